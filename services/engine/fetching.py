"""What both ways of fetching a model share: room on the drive, bytes as progress, a folder that appears whole."""

import collections
import contextlib
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from services import files
from services.catalogue.download import READY
from services.catalogue.entry import ModelError
from services.i18n import N_
from services.jobs import events as ev
from services.workers.shell import WorkerContext

_POLL_S = 0.5
_RATE_OVER = 20  # readings: the last ten seconds


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
    """While the block runs, say how many bytes lie in folder, as Progress of total_bytes, and the time left."""
    over = threading.Event()

    def watch() -> None:
        seen: collections.deque[tuple[float, int]] = collections.deque(maxlen=_RATE_OVER)
        while not over.wait(_POLL_S):
            done = min(size_of(folder), total_bytes)
            seen.append((time.monotonic(), done))
            left = remaining(seen, total_bytes)
            context.say(ev.Progress(step=done, total=total_bytes, phase=phase, remaining_s=left))

    thread = threading.Thread(target=watch, name="progress", daemon=True)
    thread.start()
    try:
        yield
        context.say(ev.Progress(step=total_bytes, total=total_bytes, phase=phase))
    finally:
        over.set()
        thread.join()


def remaining(seen: Sequence[tuple[float, int]], total_bytes: int) -> float | None:
    """Seconds left by how fast the bytes came of late. seen: (seconds, bytes), oldest first. None: nothing came."""
    if len(seen) < 2 or seen[-1][1] <= seen[0][1]:
        return None
    (then, before), (now, done) = seen[0], seen[-1]
    return (total_bytes - done) * (now - then) / (done - before)


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
