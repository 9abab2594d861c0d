"""A job: a folder that holds a request, a journal, control files and what the worker made.

0007-train-support/
    job.yaml        the typed request
    journal.jsonl   what the worker said
    control/        pause, stop, save: files that ask the worker for something
    lock            held by the worker while it lives
    worker.log      its stdout and stderr
"""

import contextlib
import re
import shutil
import time
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from services import files
from services.errors import TunesmithError
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.journal import read_journal
from services.locks import FileLock, is_locked

if TYPE_CHECKING:  # requests bring pydantic, which a window without a project does without
    from services.jobs.requests import JobRequest

CONTROLS = ("pause", "stop", "save")

_NUMBER_WAIT_S = 5.0


class JobError(TunesmithError):
    """A job that is not there or cannot do what was asked."""


class State(StrEnum):
    """What a job is doing, told from its journal and its lock and from nothing else."""

    WAITING = "waiting"  # never started
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    FINISHED = "finished"
    STOPPED = "stopped"  # finished early, by the person
    INTERRUPTED = "interrupted"  # its worker died without a word


@dataclass
class Summary:
    """A job in one glance. step/total/phase: the last Progress; ended: time of the ending event, or None."""

    id: str
    title: str
    kind: str
    state: State
    step: int = 0
    total: int = 0
    phase: str = ""
    remaining_s: float | None = None
    started: float | None = None
    ended: float | None = None
    attempt: int = 0
    last: ev.AnyEvent | None = None
    failure: ev.Failed | None = None
    serving: ev.Serving | None = None
    result: dict[str, object] = field(default_factory=dict)


class Job:
    """One job folder. `id` is its number as text ('0007'), `folder` its absolute path."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.id = self.folder.name.split("-", 1)[0]
        self._request: JobRequest | None = None

    @classmethod
    def create(cls, jobs_dir: Path, request: "JobRequest") -> "Job":
        """Make the next job folder of a project with the request in it. JobError, and no folder, if it cannot be."""
        from services.jobs.requests import dump_request
        from services.yaml import dump_yaml

        text = dump_yaml(dump_request(request))
        folder: Path | None = None
        try:
            jobs_dir.mkdir(parents=True, exist_ok=True)
            with _numbering(jobs_dir):
                found = (re.match(r"(\d{4,})-", p.name) for p in jobs_dir.iterdir())
                number = 1 + max((int(m[1]) for m in found if m), default=0)
                folder = jobs_dir / f"{number:04d}-{request.kind}-{slug(request.title())}".rstrip("-")
                folder.mkdir()
            (folder / "control").mkdir()
            files.write_text(folder / "job.yaml", text)
        except OSError as error:
            if folder is not None:
                shutil.rmtree(folder, ignore_errors=True)
            raise JobError(
                N_("A new job cannot be written to {folder}: {reason}."),
                way_out=N_("Check that the drive is there, has room, and that you may write to the folder."),
                folder=str(jobs_dir),
                reason=error.strerror or str(error),
            ) from error
        return cls(folder)

    @property
    def request(self) -> "JobRequest":
        """The typed request. JobError if job.yaml is missing or not understood."""
        if self._request is None:
            from services.jobs.requests import load_request
            from services.yaml import load_yaml

            try:
                self._request = load_request(load_yaml((self.folder / "job.yaml").read_text(encoding="utf-8")))
            except (OSError, KeyError, ValueError) as error:
                raise JobError(
                    N_("Job {id} has no readable job.yaml: {reason}"),
                    way_out=N_("Start it anew; its other files are untouched."),
                    id=self.id,
                    reason=str(error).splitlines()[0],
                ) from error
        return self._request

    @property
    def project_dir(self) -> Path:
        """The project that the job belongs to."""
        return self.folder.parent.parent

    @property
    def journal_path(self) -> Path:
        return self.folder / "journal.jsonl"

    @property
    def lock_path(self) -> Path:
        return self.folder / "lock"

    @property
    def log_path(self) -> Path:
        return self.folder / "worker.log"

    def alive(self) -> bool:
        """Whether a worker holds the job's lock now, whatever any process id says."""
        return is_locked(self.lock_path)

    def events(self) -> list[ev.AnyEvent]:
        """All events so far, of all attempts."""
        return read_journal(self.journal_path)

    def ask(self, command: str) -> None:
        """Ask the worker for 'pause', 'stop' or 'save'; it acknowledges by an event. ValueError for others."""
        if command not in CONTROLS:
            raise ValueError(command)
        files.write_bytes(self.folder / "control" / command, b"")

    def forget_asked(self) -> None:
        """What was asked of an earlier attempt is not asked of the next."""
        for name in CONTROLS:
            (self.folder / "control" / name).unlink(missing_ok=True)

    def last_checkpoint(self) -> Path | None:
        """Newest checkpoint that a Checkpoint event calls whole and that is still there."""
        found = [e for e in self.events() if isinstance(e, ev.Checkpoint) and (self.folder / e.path).is_dir()]
        return self.folder / max(found, key=lambda e: e.step).path if found else None

    def summary(self) -> Summary:
        """The job in one glance, from journal and lock."""
        # the lock first: a worker that ends between the two reads has its ending in the journal by then
        alive = self.alive()
        fold = SummaryFold(self)
        fold.apply(self.events())
        return fold.summary(alive=alive)


class SummaryFold:
    """Keeps a Summary as events come; `alive` is told apart, when asked."""

    def __init__(self, job: Job) -> None:
        request = job.request
        self._out = Summary(job.id, request.title(), request.kind, State.WAITING)

    def apply(self, events: Iterable[ev.AnyEvent]) -> None:
        """Fold further events in, in the order of the journal."""
        out = self._out
        for event in events:
            out.last = event
            match event:
                case ev.Progress():
                    out.phase, out.remaining_s = event.phase, event.remaining_s
                    if event.total:  # a phase that cannot be counted leaves the count where it was
                        out.step, out.total = event.step, event.total
                case ev.Started():
                    out.attempt, out.state, out.ended, out.failure = event.attempt, State.RUNNING, None, None
                    out.started = out.started or event.time
                    out.step, out.remaining_s = event.from_step, None
                case ev.Serving():
                    out.serving = event
                case ev.Paused():
                    out.state, out.ended = State.PAUSED, event.time
                case ev.Failed():
                    out.state, out.ended, out.failure = State.FAILED, event.time, event
                case ev.Finished():
                    out.state = State.STOPPED if event.stopped else State.FINISHED
                    out.ended, out.result = event.time, dict(event.result)

    def summary(self, *, alive: bool, queued: bool = False) -> Summary:
        """The job in one glance. alive: a worker holds its lock. queued: it stands in the machine's queue."""
        state = self._out.state
        if alive:
            state = State.RUNNING  # also a worker that has not yet written Started, or is leaving
        elif queued:
            state = State.WAITING
        elif state is State.RUNNING:
            state = State.INTERRUPTED
        return replace(self._out, state=state)


@contextlib.contextmanager
def _numbering(jobs_dir: Path) -> Iterator[None]:
    """Give out numbers one after the other: two windows must not give two jobs one number.

    A folder on which nothing can be locked (some network drives) is not a reason to refuse a job.
    """
    lock = FileLock(jobs_dir / ".numbering")
    deadline = time.monotonic() + _NUMBER_WAIT_S
    while not lock.try_acquire() and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield
    finally:
        lock.release()


def slug(text: str) -> str:
    """A folder-safe form of a person's words; letters of any script stay. At most 40 characters."""
    text = unicodedata.normalize("NFC", text).strip().lower()
    return re.sub(r"[^\w.]+", "-", text, flags=re.UNICODE).strip("-._")[:40]
