"""The machine's queue of jobs: one job that needs the card at a time, over all projects; others run beside it.

`queue.json` in the data folder lists job folders in order. Whoever changes it holds `queue.lock` for that moment; a
worker that needs the card holds `card.lock` while it lives, which is the truth about the card. A worker that finds the
card taken puts its job back at the front and leaves, so that a doubled start costs nothing. Every keeper starts the
next job when its own has ended, so that a night's queue runs with the window closed.
"""

import contextlib
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

from services import files
from services.errors import TunesmithError
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import Job, JobError, State
from services.jobs.journal import JournalWriter
from services.jobs.launch import Starter, keeper_command, start_detached
from services.jobs.requests import JobRequest
from services.locks import FileLock, is_locked
from services.paths import data_dir
from services.projects.project import Project

log = logging.getLogger("tunesmith.queue")

_LAUNCH_GRACE_S = 30.0  # a started worker that has not taken its lock after this long is taken for dead
_LOCK_WAIT_S = 10.0
_QUIET_WAIT_S = 1.0


class QueueBusy(TunesmithError):
    """The queue could not be changed because another process holds it for too long."""


def card_lock_path() -> Path:
    """The lock that a worker which needs the card holds while it lives."""
    return data_dir() / "queue" / "card.lock"


def take_card(job: Job) -> FileLock | None:
    """Hold the card for a job in this process; None if another job has it."""
    lock = FileLock(card_lock_path())
    if not lock.try_acquire():
        return None
    files.write_text(_holder_path(), str(job.folder))
    return lock


def submit(project: Project, request: JobRequest, *, starter: Starter = start_detached) -> Job:
    """Write a job folder, queue it and start what may start now. Returns the job at once."""
    job = Job.create(project.jobs_dir, request)
    enqueue(job, starter=starter)
    return job


def resume(job: Job, *, starter: Starter = start_detached) -> None:
    """Queue a job that was paused, failed, was interrupted or stopped, to go on from its last checkpoint.

    JobError if it runs already or is complete.
    """
    if not _quiet(job):
        raise JobError(N_("Job {id} is already running."), id=job.id)
    if job.summary().state is State.FINISHED:
        raise JobError(
            N_("This run is complete."),
            way_out=N_("Raise the number of epochs, or choose other rows, and start again."),
            id=job.id,
        )
    enqueue(job, starter=starter)


def _quiet(job: Job) -> bool:
    """Whether nobody holds the job, or lets it go within moments (a keeper that writes how the worker ended)."""
    deadline = time.monotonic() + _QUIET_WAIT_S
    while job.alive():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def enqueue(job: Job, *, front: bool = False, starter: Starter = start_detached) -> None:
    """Put a job at the end (or front) of the queue and start what may start now."""
    with _queue() as data:
        waiting = data["waiting"]
        if str(job.folder) not in waiting:
            waiting.insert(0 if front else len(waiting), str(job.folder))
        data["launched"].pop(str(job.folder), None)
    start_next(starter=starter)


def waiting() -> list[Path]:
    """Folders of the waiting jobs, in order."""
    return [Path(p) for p in _read()["waiting"]]


def remove(job: Job) -> bool:
    """Take a waiting job out of the queue. Returns whether it stood there; its folder stays."""
    with _queue() as data:
        found = str(job.folder) in data["waiting"]
        data["waiting"] = [p for p in data["waiting"] if p != str(job.folder)]
    return found


def move(job: Job, place: int) -> None:
    """Put a waiting job at a place (0 is next)."""
    with _queue() as data:
        if str(job.folder) in data["waiting"]:
            data["waiting"].remove(str(job.folder))
            data["waiting"].insert(place, str(job.folder))


def start_next(*, starter: Starter = start_detached) -> list[Job]:
    """Start every waiting job that may run now. Returns those that were started."""
    started: list[Job] = []
    with _queue() as data:
        card_free = not is_locked(card_lock_path()) and not _card_job_is_starting(data)
        for path in list(data["waiting"]):
            job = Job(Path(path))
            try:
                needs_card = job.request.needs_card
            except JobError:
                log.warning("dropped from the queue, its folder is gone or unreadable: %s", path)
                data["waiting"].remove(path)
                continue
            if needs_card and not card_free:
                _ask_holder_to_yield()
                continue
            if job.alive():  # its keeper is writing how it ended, and starts the next when that is done
                continue
            data["waiting"].remove(path)
            if _start(job, starter):
                data["launched"][path] = {"time": time.time(), "card": needs_card}
                card_free = card_free and not needs_card
                started.append(job)
    return started


def _start(job: Job, starter: Starter) -> bool:
    job.forget_asked()  # here and not in the worker, which would also forget what is asked while it starts
    try:
        starter(keeper_command(job), job.folder)
    except OSError as error:
        log.exception("job %s could not be started", job.id)
        with contextlib.closing(JournalWriter(job.journal_path)) as journal:
            journal.append(
                ev.Failed(
                    sentence=N_("The training program could not be started: {reason}"),
                    way_out=N_("Health shows what is missing and mends it."),
                    action="health.open",
                    values={"reason": str(error)},
                ),
                durable=True,
            )
        return False
    return True


def _card_job_is_starting(data: dict[str, Any]) -> bool:
    now = time.time()
    for path, entry in list(data["launched"].items()):
        job = Job(Path(path))
        settled = job.alive() or not 0 <= now - entry["time"] < _LAUNCH_GRACE_S or _spoke_since(job, entry["time"])
        if settled:
            del data["launched"][path]
        elif entry["card"]:
            return True
    return False


def _spoke_since(job: Job, when: float) -> bool:
    try:
        return job.journal_path.stat().st_mtime >= when
    except FileNotFoundError:
        return False


def _ask_holder_to_yield() -> None:
    """A server that only waits for chat messages gives the card to a job that trains; chat starts it again."""
    try:
        holder = Job(Path(_holder_path().read_text(encoding="utf-8")))
        if holder.request.yields_card and holder.alive():
            holder.ask("stop")
    except (OSError, JobError):
        return


def _holder_path() -> Path:
    return card_lock_path().with_name("card.holder")


def _path() -> Path:
    return data_dir() / "queue" / "queue.json"


def _read() -> dict[str, Any]:
    try:
        data = orjson.loads(_path().read_bytes())
    except FileNotFoundError:
        data = {}
    except orjson.JSONDecodeError:  # not ours to lose: keep it aside and begin anew
        files.replace(_path(), _path().with_suffix(".broken"))
        data = {}
    return {"waiting": list(data.get("waiting", [])), "launched": dict(data.get("launched", {}))}


@contextlib.contextmanager
def _queue() -> Iterator[dict[str, Any]]:
    """The queue's data under its lock; written back, when changed, as the block ends well."""
    lock = FileLock(_path().with_name("queue.lock"))
    deadline = time.monotonic() + _LOCK_WAIT_S
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            raise QueueBusy(
                N_("The job queue is held by another Tunesmith process."), way_out=N_("Try again in a moment.")
            )
        time.sleep(0.01)
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        data = _read()
        before = orjson.dumps(data)
        yield data
        after = orjson.dumps(data)
        if after != before:
            files.write_bytes(_path(), after)
