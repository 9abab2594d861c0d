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
_SCHEMA = 1
_STARTS = 2  # a worker that was started so often without a word is said to have failed
_AWAY_S = 30 * 24 * 3600.0  # a project that is gone (an unplugged drive) keeps its place in the queue for so long


class QueueBusy(TunesmithError):
    """The queue could not be changed because another process holds it for too long."""


class QueueNewer(TunesmithError):
    """The queue's file is of a newer Tunesmith and is left as it is."""


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
        data["stamps"][str(job.folder)] = _stamp(job)
    start_next(starter=starter)


def follow_move(project: Project) -> list[Job]:
    """Give waiting jobs of a project whose folder was moved their place in the queue back. Returns them.

    A job is taken for the one that waits by its folder's name and the time of its job.yaml, which a move keeps, and
    only when the old project folder is gone: a copy of a project starts nothing by itself.
    """
    moved: list[Job] = []
    if not any(not Job(path).project_dir.is_dir() for path in waiting()):
        return moved
    here = {job.folder.name: job for job in project.jobs()}
    with _queue() as data:
        for place, path in enumerate(data["waiting"]):
            old, job = Job(Path(path)), here.get(Path(path).name)
            if job is None or old.project_dir.is_dir() or str(job.folder) in data["waiting"]:
                continue
            if data["stamps"].get(path) == _stamp(job):
                data["waiting"][place] = str(job.folder)
                data["stamps"][str(job.folder)] = data["stamps"].pop(path)
                data["away"].pop(path, None)
                moved.append(job)
    return moved


def _stamp(job: Job) -> int:
    """The time of a job's job.yaml in ns, which is written once; 0 if it cannot be told."""
    try:
        return (job.folder / "job.yaml").stat().st_mtime_ns
    except OSError:
        return 0


def waiting() -> list[Path]:
    """Folders of the waiting jobs, in order."""
    return [Path(p) for p in _read()["waiting"]]


def to_tend() -> bool:
    """Whether a job waits, or was started and has not been seen to live: `start_next` looks after both."""
    data = _read()
    return bool(data["waiting"] or data["launched"])


def ask(job: Job, command: str) -> bool:
    """Ask a job to 'pause', 'stop' or 'save'. A job that only waits leaves the queue; returns whether it did so.

    JobError if it neither runs, nor starts, nor waits: there is nobody to ask.
    """
    if command != "save" and not job.alive() and remove(job):
        return True
    if not job.alive() and str(job.folder) not in _read()["launched"]:
        raise JobError(N_("Job {id} is not running."), way_out=N_("`tunesmith job resume` starts it."), id=job.id)
    job.ask(command)
    return False


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
        starts = _settle_launched(data)
        card_free = not is_locked(card_lock_path()) and not any(e["card"] for e in data["launched"].values())
        for path in list(data["waiting"]):
            job = Job(Path(path))
            if _is_away(data, job):
                continue
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
                data["launched"][path] = {"time": time.time(), "card": needs_card, "starts": starts.get(path, 0) + 1}
                card_free = card_free and not needs_card
                started.append(job)
    return started


def _start(job: Job, starter: Starter) -> bool:
    job.forget_asked()  # here and not in the worker, which would also forget what is asked while it starts
    try:
        starter(keeper_command(job), job.folder)
    except OSError as error:
        log.exception("job %s could not be started", job.id)
        _say_failed(
            job,
            N_("The training program could not be started: {reason}"),
            N_("Health shows what is missing and mends it."),
            reason=str(error),
        )
        return False
    return True


def _say_failed(job: Job, sentence: str, way_out: str, **values: Any) -> None:
    """Write the end of a job whose worker cannot."""
    with contextlib.closing(JournalWriter(job.journal_path)) as journal:
        journal.append(ev.Failed(sentence=sentence, way_out=way_out, action="health.open", values=values), durable=True)


def _settle_launched(data: dict[str, Any]) -> dict[str, int]:
    """Forget the started jobs that live or spoke; what never did (the machine went down) waits again, in front.

    Returns how often each that waits again was started.
    """
    now = time.time()
    starts: dict[str, int] = {}
    for path, entry in list(data["launched"].items()):
        job = Job(Path(path))
        if job.alive() or _spoke_since(job, entry["time"]) or not job.folder.is_dir():
            del data["launched"][path]
        elif not 0 <= now - entry["time"] < _LAUNCH_GRACE_S:
            del data["launched"][path]
            if path in data["waiting"]:
                continue
            if entry["starts"] < _STARTS:
                data["waiting"].insert(0, path)
                starts[path] = entry["starts"]
            else:
                _say_failed(
                    job,
                    N_("The worker was started {n} times and never said a word."),
                    N_("Health shows what is missing and mends it."),
                    n=entry["starts"],
                )
    return starts


def _is_away(data: dict[str, Any], job: Job) -> bool:
    """Whether a job's whole project is gone for now: a drive that is not plugged in. Its place is kept for long."""
    if job.project_dir.is_dir():
        data["away"].pop(str(job.folder), None)
        return False
    since = data["away"].setdefault(str(job.folder), time.time())
    return bool(time.time() - since < _AWAY_S)


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
    """The queue as it stands; nothing of a file that is not understood. Changes nothing on disk."""
    try:
        data = _understood(_path().read_bytes())
    except FileNotFoundError:
        data = None
    return data if data is not None and data["schema"] <= _SCHEMA else _understood(b"{}") or {}


def _understood(raw: bytes) -> dict[str, Any] | None:
    """The queue's data of a file's bytes, whole and typed; keys that we do not know stay. None if it is no queue."""
    try:
        data = orjson.loads(raw)
        if (schema := int(data.get("schema", _SCHEMA))) > _SCHEMA:
            return {"schema": schema}  # its other keys may mean anything
        return {
            **data,
            "schema": schema,
            "waiting": [str(path) for path in data.get("waiting", [])],
            "launched": {
                str(path): {"time": float(e["time"]), "card": bool(e["card"]), "starts": int(e.get("starts", 1))}
                for path, e in data.get("launched", {}).items()
            },
            "away": {str(path): float(since) for path, since in data.get("away", {}).items()},
            "stamps": {str(path): int(stamp) for path, stamp in data.get("stamps", {}).items()},
        }
    except (ValueError, TypeError, KeyError, AttributeError):  # what other shapes of JSON raise
        return None


def _for_change() -> dict[str, Any]:
    """The queue's data for who holds its lock. A broken file is kept aside; QueueNewer for one that is not ours."""
    try:
        data = _understood(_path().read_bytes())
    except FileNotFoundError:
        return _read()
    if data is None:  # not ours to lose: keep it aside and begin anew
        files.replace(_path(), _path().with_suffix(".broken"))
        return _read()
    if data["schema"] > _SCHEMA:
        raise QueueNewer(
            N_("The job queue was written by a newer Tunesmith."),
            way_out=N_("Update Tunesmith, or start jobs from the newer one."),
        )
    return data


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
        data = _for_change()
        before = orjson.dumps(data)
        yield data
        for beside in ("away", "stamps"):
            data[beside] = {path: value for path, value in data[beside].items() if path in data["waiting"]}
        after = orjson.dumps(data)
        if after != before:
            files.write_bytes(_path(), after)
