"""What both ways of fetching a model share: room on the drive, bytes as progress, a folder that appears whole."""

import contextlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

from services import files
from services.catalogue.download import READY
from services.catalogue.entry import ModelError
from services.i18n import N_
from services.jobs import events as ev
from services.workers.shell import WorkerContext

_POLL_S = 0.5


class FetchError(ModelError):
    """A model could not be fetched."""


def check_room(folder: Path, need_bytes: int) -> None:
    """FetchError if the drive of folder has less than need_bytes free."""
    free_bytes = shutil.disk_usage(folder).free
    if free_bytes < need_bytes:
        raise FetchError(
            N_("This model needs {need:.1f} GB; the drive of {folder} has {free:.1f} GB free."),
            way_out=N_("Free some space, or choose another folder for models in Settings."),
            need=need_bytes / 1e9,
            free=free_bytes / 1e9,
            folder=str(folder),
        )


@contextlib.contextmanager
def growing(context: WorkerContext, folder: Path, total_bytes: int, phase: str) -> Iterator[None]:
    """While the block runs, say how many bytes lie in folder, as Progress of total_bytes."""
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_POLL_S):
            context.say(ev.Progress(step=min(size_of(folder), total_bytes), total=total_bytes, phase=phase))

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
        context.say(ev.Progress(step=total_bytes, total=total_bytes, phase=phase))
    finally:
        over.set()
        thread.join()


def size_of(folder: Path) -> int:
    """Bytes of all files below folder; files that vanish meanwhile count as nothing."""
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(OSError):
            total += path.stat().st_size if path.is_file() else 0
    return total


def publish(part: Path, target: Path) -> None:
    """Give a finished folder its name, its READY mark written last. An unfinished one of that name is replaced."""
    files.write_text(part / READY, "")
    if target.exists():
        shutil.rmtree(target)
    files.replace(part, target)
    files.sync_dir(target.parent)
