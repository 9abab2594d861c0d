"""Models that are being fetched on this machine: by this window, an earlier one, or the command line.

Their jobs lie in the data folder and belong to no project. Journals are read off the window's thread: often while
something is on its way, seldom while a page looks, else not at all.
"""

import logging
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.threads import Task, run_in_thread
from services.jobs.job import Job, State, Summary, SummaryFold
from services.jobs.journal import JournalTail
from services.paths import data_dir

if TYPE_CHECKING:
    from services.errors import TunesmithError

log = logging.getLogger("tunesmith.window")

PREFIX = "download:"
"""Before a download's job id, where jobs of the project are listed too."""

_OFTEN_MS, _SELDOM_MS = 400, 2000
_OVER = (State.FINISHED, State.STOPPED, State.FAILED, State.PAUSED, State.INTERRUPTED)


@dataclass(frozen=True)
class Download:
    """A model on its way, or one that did not arrive. model: 'sample' or its id on the hub. summary.id has PREFIX."""

    job: Job = field(compare=False)
    model: str
    summary: Summary

    @property
    def live(self) -> bool:
        """Whether it is on its way."""
        return self.summary.state in (State.RUNNING, State.WAITING)

    @property
    def name(self) -> str:
        """As the models list says it."""
        return "SmolLM2-135M-Instruct" if self.model == "sample" else self.model.rsplit("/", 1)[-1]

    @property
    def bytes_a_s(self) -> float | None:
        """How fast it comes; None while that is not known."""
        left = self.summary.remaining_s
        return (self.summary.total - self.summary.step) / left if left else None

    def error(self) -> "TunesmithError | None":
        """Why it ended, if it failed."""
        from services.errors import TunesmithError

        failed = self.summary.failure
        if self.summary.state is not State.FAILED or failed is None:
            return None
        return TunesmithError(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)


class _Followed:
    """What is kept of one job between two looks."""

    def __init__(self, job: Job) -> None:
        self.job, self.tail, self.fold = job, JournalTail(job.journal_path), SummaryFold(job)
        self.over: Summary | None = None

    def look(self) -> Summary:
        """Read what was added since."""
        from services.catalogue.download import running_download

        alive = self.job.alive()  # before reading: a worker that ends in between has written its end
        self.fold.apply(self.tail.read())
        summary = replace(self.fold.summary(alive=alive), id=PREFIX + self.job.id)
        if summary.state is State.WAITING:  # never begun: on its way, or dead before its first word
            running = running_download(getattr(self.job.request, "model", ""))
            if running is None or running.folder != self.job.folder:
                summary = replace(summary, state=State.INTERRUPTED)
        return summary


class Downloads(QObject):
    """The machine's downloads as they are now."""

    changed = Signal()
    arrived = Signal(str)
    """Id of a model that is here now, ready to use."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._now: list[Download] = []
        self._followed: dict[Path, _Followed] = {}
        self._begun: set[Path] = set()
        self._watchers = 0
        self._again = False
        self._task: Task | None = None
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)

    def all(self) -> list[Download]:
        """Those on their way, and those that did not arrive and were not dismissed; the newest of each model."""
        return list(self._now)

    def live(self) -> list[Summary]:
        """Summaries of those on their way."""
        return [d.summary for d in self._now if d.live]

    def find(self, job_id: str) -> Download | None:
        """One of them by its id with PREFIX."""
        return next((d for d in self._now if d.summary.id == job_id), None)

    def watch(self, on: bool) -> None:
        """A page looks (or no longer looks): see also what others begin."""
        self._watchers += 1 if on else -1
        if on:
            self.look()
        else:
            self._pace()

    def start(self, model: str, *, endpoint: str = "") -> None:
        """Begin to fetch a model; what stands in the way arrives as a failed download."""
        from services.catalogue.download import start_download

        def begun(job: Job) -> None:
            self._begun.add(job.folder)
            self.look()

        run_in_thread(self, lambda: start_download(model, endpoint=endpoint), begun, self._unseen)

    def stop(self, job_id: str) -> None:
        """Ask one to stop. What a hub model has so far is kept."""
        found = self.find(job_id)
        if found is not None:
            self._queue(lambda: found.job.ask("stop"))

    def dismiss(self, job_id: str) -> None:
        """Forget one that did not arrive."""
        import shutil

        found = self.find(job_id)
        if found is not None and not found.live:
            self._queue(lambda: shutil.rmtree(found.job.folder, ignore_errors=True))

    def look(self) -> None:
        """Read the journals, off the window's thread."""
        if self._task is not None:
            self._again = True
            return
        self._task = run_in_thread(self, self._read, self._seen, self._unseen)

    def end(self) -> None:
        """Look no more; what is on its way goes on."""
        self._timer.stop()
        self._watchers = 0
        if self._task is not None:
            self._task.cancel()

    def _queue(self, work: object) -> None:
        run_in_thread(self, work, lambda _: self.look(), self._unseen)  # type: ignore[arg-type]

    def _read(self) -> tuple[list[Download], list[str]]:
        """What is to be shown, and the models that have arrived since the last look."""
        if not (data_dir() / "downloads").is_dir():
            return [], []
        from services.catalogue.download import READY, download_jobs
        from services.catalogue.local import SAMPLE_ID, folder_of

        newest: dict[str, Download] = {}
        arrived = []
        for job in download_jobs(self._followed):
            self._followed[job.folder] = _Followed(job)
        watched = self._begun | {d.job.folder for d in self._now}
        for folder, followed in sorted(self._followed.items()):
            if not folder.is_dir():
                del self._followed[folder]
                continue
            job, was_over = followed.job, followed.over is not None
            summary = followed.over or followed.look()
            model = str(getattr(job.request, "model", ""))
            if summary.state in _OVER and not was_over:
                followed.over = summary
                if summary.state is State.FINISHED and folder in watched:
                    arrived.append(SAMPLE_ID if model == "sample" else model)
            newest.pop(model, None)
            ready = folder_of(SAMPLE_ID if model == "sample" else model) / READY
            if summary.state is not State.FINISHED and not (summary.state in _OVER and ready.is_file()):
                newest[model] = Download(job, model, summary)
        return list(newest.values()), arrived

    def _seen(self, found: tuple[list[Download], list[str]]) -> None:
        self._task = None
        now, arrived = found
        different = now != self._now
        self._now = now
        self._pace()
        for model in arrived:  # first: who shows it then does not show a list without it in between
            self.arrived.emit(model)
        if different:
            self.changed.emit()
        if self._again:
            self._again = False
            self.look()

    def _unseen(self, error: Exception) -> None:
        self._task = None
        log.error("the downloads cannot be read", exc_info=error)

    def _pace(self) -> None:
        if any(d.live for d in self._now):
            self._timer.start(_OFTEN_MS)
        elif self._watchers > 0:
            self._timer.start(_SELDOM_MS)
        else:
            self._timer.stop()
