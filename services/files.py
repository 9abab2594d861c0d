"""Writing files so that a kill at any instant leaves the old or the new one, never half of one."""

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_RETRY_S = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)  # antivirus holds a new file for seconds


def replace(source: Path, target: Path) -> None:
    """Rename over target, again while another program (antivirus, an indexer) holds it. Raises OSError at last."""
    for delay_s in _RETRY_S:
        try:
            source.replace(target)
            return
        except PermissionError:
            if sys.platform != "win32":
                raise
            time.sleep(delay_s)
    source.replace(target)


def sync_dir(folder: Path) -> None:
    """Make a rename in folder durable. Windows has no such call and needs none."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def atomic(target: Path) -> Iterator[BinaryIO]:
    """A binary file that takes target's place when the block ends well; else target is as it was."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".tmp")
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        replace(part, target)
        sync_dir(target.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def write_bytes(target: Path, data: bytes) -> None:
    """Replace target by data, atomically and durably."""
    with atomic(target) as file:
        file.write(data)


def write_text(target: Path, text: str) -> None:
    """Replace target by text in UTF-8 with \\n line ends, atomically and durably."""
    write_bytes(target, text.encode("utf-8"))


def _umask() -> int:
    if sys.platform == "win32":
        return 0
    mask = os.umask(0)
    os.umask(mask)
    return mask
