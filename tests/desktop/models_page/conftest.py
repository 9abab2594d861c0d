"""Models and downloads as workers leave them."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.catalogue.download import downloads_dir
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import JournalWriter
from services.jobs.kinds.download import DownloadRequest
from services.locks import FileLock
from services.paths import models_dir
from tests.helpers.tiny_model import make_tiny_model


class Fetching:
    """Looks like a worker that downloads: holds the lock, writes the journal."""

    def __init__(self, model: str) -> None:
        self.job = Job.create(downloads_dir(), DownloadRequest(model=model))
        self.lock = FileLock(self.job.lock_path)
        self.journal = JournalWriter(self.job.journal_path)
        assert self.lock.try_acquire()
        self.journal.append(ev.Started(attempt=1))

    def at(self, done: int, total: int = 100_000_000, left_s: float | None = 20.0) -> None:
        self.journal.append(ev.Progress(step=done, total=total, remaining_s=left_s))

    def end(self, event: ev.Event) -> None:
        self.journal.append(event)
        self.lock.release()

    def close(self) -> None:
        self.lock.release()
        self.journal.close()


@pytest.fixture
def fetching() -> Iterator[Callable[[str], Fetching]]:
    """Makes downloads under way."""
    made: list[Fetching] = []

    def make(model: str) -> Fetching:
        made.append(Fetching(model))
        return made[-1]

    yield make
    for worker in made:
        worker.close()


@pytest.fixture
def tiny() -> Path:
    """A downloaded model that can be trained."""
    return make_tiny_model(models_dir() / "maker--tiny")


@pytest.fixture
def page(make_window, qtbot) -> Callable[..., object]:
    """Opens the models page in a window of its own, and waits until it has read."""

    def open_page(project: Path | None = None, key: str = "", **kw: object) -> object:
        window = make_window(project, **kw)
        shown = window.open_page("models", key)
        qtbot.waitUntil(lambda: shown._loaded, timeout=10_000)
        return shown

    return open_page
