"""The shell of every worker: lock, journal, control files, endings. `python -m services.workers.KIND JOB_DIR`.

A worker module is three lines: a `work(context)` function and `main = worker_main(work)`.
"""

import contextlib
import errno
import logging
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from services import __version__
from services.errors import TunesmithError, our_fault
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import CONTROLS, Job
from services.jobs.journal import JournalWriter
from services.jobs.keeper import CARD_TAKEN
from services.jobs.queue import take_card
from services.locks import FileLock

log = logging.getLogger("tunesmith.worker")

_DRIVE_IS_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}


class PausedByPersonError(Exception):
    """Raised by work after it has checkpointed for a pause. step: where."""

    def __init__(self, step: int) -> None:
        super().__init__(step)
        self.step = step


class StoppedByPersonError(Exception):
    """Raised by work after it has saved what is usable. Carries the result of what was done."""

    def __init__(self, step: int = 0, result: dict[str, Any] | None = None) -> None:
        super().__init__(step)
        self.step = step
        self.result = result or {}


class WorkerContext:
    """What a worker may touch: its job, its journal, its control files."""

    def __init__(self, job: Job, journal: JournalWriter) -> None:
        self.job = job
        self.journal = journal

    def say(self, event: ev.Event, *, durable: bool = False) -> None:
        """Append an event to the journal."""
        self.journal.append(event, durable=durable)

    def take_control(self, step: int = 0) -> set[str]:
        """Consume pending control files (by rename, then removal), acknowledging each. Returns their names."""
        taken = set()
        folder = self.job.folder / "control"
        for name in CONTROLS:
            try:
                (folder / name).rename(folder / f".{name}.taken")
            except FileNotFoundError:
                continue
            (folder / f".{name}.taken").unlink(missing_ok=True)
            self.say(ev.Acknowledged(command=name, step=step))
            taken.add(name)
        return taken

    def warn(self, text: str, **values: Any) -> None:
        """Tell the person something that the work goes on in spite of; values fill the text."""
        self.say(ev.Message(text=text, level="warning", values=values))

    def task(self, task_id: str, title: str, state: str, detail: str = "", **values: Any) -> None:
        """Tick a named part of the job."""
        self.say(ev.Task(id=task_id, title=title, state=state, detail=detail, values=values))


Work = Callable[[WorkerContext], dict[str, Any] | None]


def worker_main(work: Work) -> Callable[[], int]:
    """Makes the `main` of a worker module from its work. work returns the result of Finished."""

    def main() -> int:
        return run_job(Job(Path(sys.argv[1])), work)

    return main


def run_job(job: Job, work: Work) -> int:
    """Run work on a job in this process.

    Exit code 0 when finished, paused or stopped; 1 failed; 3 already running; 4 the card is taken by another job.
    """
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    lock = FileLock(job.lock_path)
    if not _acquire(lock, job):
        log.warning("job %s already has a worker", job.id)
        return 3
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        if job.request.needs_card:
            card = take_card(job)
            if card is None:
                log.warning("the card is taken; job %s goes back to the queue", job.id)
                return CARD_TAKEN
            stack.callback(card.release)
        journal = stack.enter_context(contextlib.closing(JournalWriter(job.journal_path)))
        return _run(WorkerContext(job, journal), work)


def _acquire(lock: FileLock, job: Job) -> bool:
    """Take the lock, waiting for moments: the keeper of an earlier attempt may be writing how that one ended.

    Not taken if the job is finished by now, or if what ended while we waited was another worker at work on it: there
    is nothing left to do for this one.
    """
    known = len(job.events())
    deadline = time.monotonic() + 1.0
    while not lock.try_acquire():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    events = job.events()
    # only what was said meanwhile: a pause or stop before it may be what this worker is to go on from
    ended = any(isinstance(event, ev.Started | ev.Finished | ev.Paused) for event in events[known:])
    if ended or (events and isinstance(events[-1], ev.Finished) and not events[-1].stopped):
        lock.release()
        return False
    return True


def _run(context: WorkerContext, work: Work) -> int:
    job = context.job
    earlier = job.events()
    attempt = 1 + sum(isinstance(e, ev.Started) for e in earlier)
    checkpoints = [e.step for e in earlier if isinstance(e, ev.Checkpoint) and (job.folder / e.path).is_dir()]
    context.say(
        ev.Started(
            attempt=attempt,
            from_step=max(checkpoints, default=0),
            version=__version__,
            pid=os.getpid(),
            python=sys.version.split()[0],
        ),
        durable=True,
    )
    try:
        result = work(context)
    except PausedByPersonError as pause:
        context.say(ev.Paused(step=pause.step), durable=True)
    except StoppedByPersonError as stop:
        context.say(ev.Finished(step=stop.step, stopped=True, result=stop.result), durable=True)
    except TunesmithError as error:
        log.exception("job %s failed", job.id)
        context.say(failure(error), durable=True)
        return 1
    except Exception as error:
        full = isinstance(error, OSError) and error.errno in _DRIVE_IS_FULL
        log.exception("job %s failed by %s", job.id, "a full drive" if full else "a fault of ours")
        told = failure(_full_drive(job)) if full else failure(our_fault(), detail=traceback.format_exc()[-4000:])
        with contextlib.suppress(OSError):  # it may still be full; the keeper tries once more
            context.say(told, durable=True)
        return 1
    else:
        context.say(ev.Finished(result=result or {}), durable=True)
    return 0


def _full_drive(job: Job) -> TunesmithError:
    return TunesmithError(
        N_("The drive of {folder} is full; what was saved before is untouched."),
        way_out=N_("Free some space and press Resume; nothing up to the last checkpoint is lost."),
        action="job.resume",
        folder=str(job.folder),
    )


def failure(error: TunesmithError, detail: str = "") -> ev.Failed:
    """The event of an error."""
    return ev.Failed(
        sentence=error.message,
        way_out=error.way_out_message,
        action=error.action,
        values={k: v if isinstance(v, (int, float, str)) else str(v) for k, v in error.values.items()},
        detail=detail,
    )
