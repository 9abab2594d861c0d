"""The window's view of a project's jobs: one object that starts workers, follows their journals and says what changed.

The journals are read on a thread of its own, so that a run of a million events costs the window nothing; what it read
arrives on the window's thread as signals. Jobs that were running when the window opens are adopted by being read: the
supervisor owns no worker, and closing it ends none.
"""

import logging
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, QProcess, Qt, Signal, Slot

from services.errors import TunesmithError
from services.jobs import queue
from services.jobs.job import Job, JobError, State, Summary, SummaryFold
from services.jobs.journal import JournalTail
from services.jobs.metrics import RunMetrics
from services.jobs.requests import JobRequest
from services.projects.project import Project

log = logging.getLogger("tunesmith.supervisor")

_POLL_S = 0.15
_CHUNK = 1 << 20  # bytes of a journal read at a time
_QUEUE_EVERY_S = 2.0


def start_detached(arguments: list[str], folder: Path) -> None:
    """Start a process by QProcess, detached; OSError if it cannot be started."""
    process = QProcess()
    process.setProgram(arguments[0])
    process.setArguments(arguments[1:])
    process.setWorkingDirectory(str(folder))
    process.setStandardInputFile(QProcess.nullDevice())
    process.setStandardOutputFile(QProcess.nullDevice())
    process.setStandardErrorFile(QProcess.nullDevice())
    result: Any = process.startDetached()
    if not (result[0] if isinstance(result, tuple) else result):  # some bindings give (started, pid)
        raise OSError(process.errorString())


class _Followed:
    """What the follower keeps of one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.tail = JournalTail(job.journal_path)
        self.fold = SummaryFold(job)
        self.said: Summary | None = None


class _Follower(threading.Thread):
    """Reads journals on its own thread and hands what it read to the functions it was given.

    A plain thread without Qt objects of its own: Python may collect garbage on any thread, and a Qt object must not be
    destroyed on a foreign one.
    """

    def __init__(self, project: Project, say: "_Say") -> None:
        super().__init__(name="jobs", daemon=True)
        self._project = project
        self._say = say
        self._jobs: dict[str, _Followed] = {}
        self._unreadable: set[str] = set()
        self._next_queue_s = 0.0
        self._ended = threading.Event()

    def run(self) -> None:
        """Poll until ended."""
        first = True
        try:
            queue.follow_move(self._project)
        except (OSError, TunesmithError):
            log.exception("could not look for moved jobs of %s", self._project.folder)
        try:
            while True:
                self._poll()
                if first:
                    self._say.loaded()
                    first = False
                if self._ended.wait(_POLL_S):
                    return
        except RuntimeError:  # what Qt's binding raises when the supervisor was destroyed without close()
            log.exception("nobody listens to the jobs of %s any more", self._project.folder)

    def end(self) -> None:
        """Ask the thread to end and wait until it has."""
        self._ended.set()
        self.join()

    def _poll(self) -> None:
        try:
            self._find_jobs()
            queued = {str(p) for p in queue.waiting()}
            for job_id, followed in list(self._jobs.items()):
                if not followed.job.folder.is_dir():
                    del self._jobs[job_id]
                    self._say.vanished(job_id)
                else:
                    self._follow(job_id, followed, queued)
            self._tend_queue()
        except (OSError, TunesmithError):
            log.exception("could not follow the jobs of %s", self._project.folder)

    def _follow(self, job_id: str, followed: _Followed, queued: set[str]) -> None:
        alive = followed.job.alive()  # before reading: a worker that ends in between has written its end
        while events := followed.tail.read(_CHUNK):
            followed.fold.apply(events)
            self._say.events(job_id, events)
        summary = followed.fold.summary(alive=alive, queued=str(followed.job.folder) in queued)
        if summary != followed.said:
            followed.said = summary
            self._say.summary(job_id, summary)

    def _find_jobs(self) -> None:
        for job in self._project.jobs():
            if job.id in self._jobs or job.id in self._unreadable:
                continue
            try:
                self._jobs[job.id] = _Followed(job)
            except JobError:
                log.exception("job %s is left out", job.id)
                self._unreadable.add(job.id)

    def _tend_queue(self) -> None:
        """Start what waits although nobody is left to start it (a keeper was killed)."""
        if time.monotonic() >= self._next_queue_s:
            self._next_queue_s = time.monotonic() + _QUEUE_EVERY_S
            if queue.to_tend():
                queue.start_next(starter=start_detached)


class _Say(NamedTuple):
    """Where a follower's findings go: each is the emit of a queued signal."""

    events: Callable[[str, list[Any]], None]
    summary: Callable[[str, Summary], None]
    vanished: Callable[[str], None]
    loaded: Callable[[], None]


class JobSupervisor(QObject):
    """Jobs of one project. All methods and signals are of the thread that made it."""

    events = Signal(str, list)
    """(job id, events in the order of the journal); a resumed run's earlier events come first."""
    changed = Signal(str)
    """(job id): its summary is new."""
    removed = Signal(str)
    """(job id): its folder is gone."""
    loaded = Signal()
    """Every journal has been read once."""

    _read = Signal(str, list)
    _summarised = Signal(str, object)
    _vanished = Signal(str)
    _loaded = Signal()

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self._summaries: dict[str, Summary] = {}
        self._metrics: dict[str, RunMetrics] = {}
        queued = Qt.ConnectionType.QueuedConnection
        self._read.connect(self._on_events, queued)
        self._summarised.connect(self._on_summary, queued)
        self._vanished.connect(self._on_vanished, queued)
        self._loaded.connect(self.loaded, queued)
        say = _Say(self._read.emit, self._summarised.emit, self._vanished.emit, self._loaded.emit)
        self._follower = _Follower(project, say)
        self._follower.start()

    def close(self) -> None:
        """Stop following. Workers go on."""
        self._follower.end()

    def job(self, job_id: str) -> Job:
        """The job of that id; ProjectError if there is none."""
        return self.project.job(job_id)

    def ids(self) -> list[str]:
        """Ids of all known jobs, oldest first."""
        return sorted(self._summaries)

    def summary(self, job_id: str) -> Summary | None:
        """What is known of a job; None until it was read."""
        return self._summaries.get(job_id)

    def summaries(self) -> list[Summary]:
        """All summaries, oldest first."""
        return [self._summaries[i] for i in self.ids()]

    def metrics(self, job_id: str) -> RunMetrics:
        """The curves of a run, kept current; empty until it was read."""
        return self._metrics.setdefault(job_id, RunMetrics())

    def submit(self, request: JobRequest) -> Job:
        """Queue a new job and start what may start. Costs a folder, a file and a process start."""
        return queue.submit(self.project, request, starter=start_detached)

    def resume(self, job_id: str) -> None:
        """Go on from the last checkpoint. JobError if it runs or is complete."""
        queue.resume(self.job(job_id), starter=start_detached)

    def ask(self, job_id: str, command: str) -> None:
        """Ask a job to 'pause', 'stop' or 'save'. A waiting job leaves the queue, one that is over is let be."""
        try:
            queue.ask(self.job(job_id), command)
        except JobError:  # it ended between the last look and the click
            log.info("job %s was asked to %s and is over", job_id, command)

    def running(self) -> list[Summary]:
        """Jobs at work now."""
        return [s for s in self.summaries() if s.state is State.RUNNING]

    @Slot(str, list)
    def _on_events(self, job_id: str, events: list[object]) -> None:
        self._metrics.setdefault(job_id, RunMetrics()).apply(events)  # type: ignore[arg-type]
        self.events.emit(job_id, events)

    @Slot(str, object)
    def _on_summary(self, job_id: str, summary: Summary) -> None:
        self._summaries[job_id] = summary
        self.changed.emit(job_id)

    @Slot(str)
    def _on_vanished(self, job_id: str) -> None:
        self._summaries.pop(job_id, None)
        self._metrics.pop(job_id, None)
        self.removed.emit(job_id)
