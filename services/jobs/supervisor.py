"""The window's view of a project's jobs: one object that starts workers, follows their journals and says what changed.

The journals are read on a thread of its own, so that a run of a million events costs the window nothing; what it read
arrives on the window's thread as signals. Jobs that were running when the window opens are adopted by being read: the
supervisor owns no worker, and closing it ends none.
"""

import logging
import time
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QThread, QTimer, Signal, Slot

from services.errors import TunesmithError
from services.jobs import queue
from services.jobs.job import Job, JobError, State, Summary, SummaryFold
from services.jobs.journal import JournalTail
from services.jobs.metrics import RunMetrics
from services.jobs.requests import JobRequest
from services.projects.project import Project

log = logging.getLogger("tunesmith.supervisor")

_POLL_MS = 150
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
    started, _pid = process.startDetached()
    if not started:
        raise OSError(process.errorString())


class _Followed:
    """What the follower keeps of one job."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.tail = JournalTail(job.journal_path)
        self.fold = SummaryFold(job)
        self.said: Summary | None = None


class _Follower(QObject):
    """Reads journals on its own thread."""

    events = Signal(str, list)
    summarised = Signal(str, object)
    vanished = Signal(str)
    first_pass = Signal()

    def __init__(self, project: Project) -> None:
        super().__init__()
        self._project = project
        self._jobs: dict[str, _Followed] = {}
        self._unreadable: set[str] = set()
        self._next_queue_s = 0.0
        self._passes = 0
        self._timer: QTimer | None = None

    @Slot()
    def start(self) -> None:
        """Begin to follow; called on the follower's thread."""
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self.poll)
        self._timer.start()
        self.poll()

    @Slot()
    def stop(self) -> None:
        """Stop the timer; called on the follower's thread."""
        if self._timer is not None:
            self._timer.stop()

    @Slot()
    def poll(self) -> None:
        """Read what is new everywhere."""
        self._find_jobs()
        try:
            queued = {str(p) for p in queue.waiting()}
            for job_id, followed in list(self._jobs.items()):
                if not followed.job.folder.is_dir():
                    del self._jobs[job_id]
                    self.vanished.emit(job_id)
                    continue
                self._follow(job_id, followed, queued)
            self._tend_queue()
        except (OSError, TunesmithError):
            log.exception("could not follow the jobs of %s", self._project.folder)
        self._passes += 1
        if self._passes == 1:
            self.first_pass.emit()

    def _follow(self, job_id: str, followed: _Followed, queued: set[str]) -> None:
        alive = followed.job.alive()  # before reading: a worker that ends in between has written its end
        while events := followed.tail.read(_CHUNK):
            followed.fold.apply(events)
            self.events.emit(job_id, events)
        summary = followed.fold.summary(alive=alive, queued=str(followed.job.folder) in queued)
        if summary != followed.said:
            followed.said = summary
            self.summarised.emit(job_id, summary)

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
            if queue.waiting():
                queue.start_next(starter=start_detached)


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

    def __init__(self, project: Project, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.project = project
        self._summaries: dict[str, Summary] = {}
        self._metrics: dict[str, RunMetrics] = {}
        self._thread = QThread(self)
        self._thread.setObjectName("jobs")
        self._follower = _Follower(project)
        self._follower.moveToThread(self._thread)
        self._thread.started.connect(self._follower.start)
        self._thread.finished.connect(self._follower.stop)
        self._follower.events.connect(self._on_events)
        self._follower.summarised.connect(self._on_summary)
        self._follower.vanished.connect(self._on_vanished)
        self._follower.first_pass.connect(self.loaded)
        self._thread.start()

    def close(self) -> None:
        """Stop following. Workers go on."""
        self._thread.quit()
        self._thread.wait()

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
        """Ask a job to 'pause', 'stop' or 'save'. A job that only waits leaves the queue."""
        job = self.job(job_id)
        if not job.alive() and command in ("pause", "stop") and queue.remove(job):
            return
        job.ask(command)

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
