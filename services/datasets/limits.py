"""What may come out of a packed file: as much as the person's own data would, not what a bomb makes of a few bytes."""

from pathlib import Path
from typing import Final

from services.datasets.errors import DatasetError
from services.i18n import N_

FREE_BYTES: Final = 100 << 20
"""So much may come out of any file."""

RATIO: Final = 250
"""Beyond that, so many times the packed size: text of people packs 3 to 20 times, logs of machines up to 100."""


def check_size(path: Path, packed: int, unpacked: int) -> None:
    """DatasetError if so many bytes out of so few cannot be a person's data."""
    if unpacked > FREE_BYTES and unpacked > packed * RATIO:
        raise DatasetError(
            N_("{file} would unpack to more than {ratio} times its size, which no data of people does."),
            way_out=N_("If you trust it, unpack it yourself and import what comes out. Nothing was imported."),
            file=path.name,
            ratio=RATIO,
        )
