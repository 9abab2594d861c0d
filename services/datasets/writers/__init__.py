"""Writers of files, one file each, by suffix: the way out for rows as they are.

To add one, put a file here with a class that has what `Writer` asks for and decorate an instance of it:
`writers.add("my-kind")(MyWriter())`.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol

from services.datasets.errors import DatasetError
from services.datasets.rows import Row
from services.i18n import N_
from services.registry import Registry, load_siblings


class Writer(Protocol):
    """Writes one kind of file, in UTF-8. suffixes: with the dot, in lower case. One whose attribute `needs_columns` is
    false makes nothing of columns."""

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows; it may go through them twice. Returns what could not be written as it is: N_-marked sentences."""


writers: Registry[Writer] = Registry("writer")

load_siblings(__name__, __path__)


def writer_for(path: Path, kind: str = "auto") -> tuple[str, Writer]:
    """(id, writer) of a kind, or by the file's suffix. DatasetError if there is none."""
    for name in writers.ids():
        writer = writers.get(name)
        if name == kind or (kind == "auto" and path.suffix.lower() in writer.suffixes):
            return name, writer
    if kind not in ("auto", *writers.ids()):
        raise DatasetError(
            N_("There is no kind of file called {kind}."),
            way_out=N_("Choose one of: {known}."),
            kind=kind,
            known=", ".join(writers.ids()),
        )
    raise DatasetError(
        N_("{file} is of a kind that cannot be written."),
        way_out=N_("Choose one of: {suffixes}."),
        file=path.name,
        suffixes=", ".join(sorted(s for writer in writers for s in writer.suffixes)),
    )
