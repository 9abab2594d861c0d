"""Room on the drive, asked before the work and not after it."""

import contextlib
import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from services.errors import TunesmithError
from services.i18n import N_

_GIB = 1 << 30
_SPARE_BYTES = 64 << 20  # journal, log, tokenizer files


class DiskFull(TunesmithError):
    """The drive has no room for what is to be written."""

    def __init__(self, folder: Path, need_bytes: int, free_bytes: int) -> None:
        super().__init__(
            N_("This needs {need_gib} GiB in {folder}; the drive has {free_gib} GiB free."),
            way_out=N_("Free some space, or choose a folder on another drive."),
            folder=str(folder),
            need_gib=f"{need_bytes / _GIB:.1f}",
            free_gib=f"{free_bytes / _GIB:.1f}",
        )


def free_bytes(folder: Path) -> int:
    """Bytes free on the drive of a folder, which need not exist yet."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return shutil.disk_usage(place).free


def need_space(folder: Path, bytes_wanted: int) -> None:
    """Raise DiskFull unless the drive of a folder has room for bytes_wanted and a little more."""
    free = free_bytes(folder)
    if free < bytes_wanted + _SPARE_BYTES:
        raise DiskFull(folder, bytes_wanted + _SPARE_BYTES, free)


@contextlib.contextmanager
def full_drive_is_a_sentence(folder: Path, bytes_wanted: int) -> Iterator[None]:
    """Turns the system's 'no space left' in the block into DiskFull: others write to the drive as well."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            raise DiskFull(folder, bytes_wanted, free_bytes(folder)) from error
        raise
