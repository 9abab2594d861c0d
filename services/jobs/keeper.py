"""The keeper of one worker: `python -m services.jobs.keeper JOB_DIR`.

A worker can die without a word: killed, out of memory, a driver that takes the process with it, an import that fails.
The keeper runs it as a child, writes the missing end into the journal, and starts the next job of the queue. It holds
nothing that the worker needs: if the keeper is killed, the worker goes on.
"""

import contextlib
import signal
import subprocess
import sys
from pathlib import Path

from services.i18n import N_
from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import Job, State
from services.jobs.journal import JournalWriter, read_journal
from services.jobs.launch import NO_WINDOW, worker_command
from services.locks import FileLock

CARD_TAKEN = 4
"""Exit code of a worker that found the card taken and did nothing."""

_LOG_TAIL = 4000  # characters


def main() -> int:
    """Run the worker of the job folder given, to its end and beyond."""
    job = Job(Path(sys.argv[1]))
    if job.summary().state is State.FINISHED:  # started twice; who wants more of a finished run asks for a new one
        queue.start_next()
        return 0
    before = len(read_journal(job.journal_path))
    code = _run_worker(job)
    if code == CARD_TAKEN:
        queue.enqueue(job, front=True)
        return 0
    with contextlib.suppress(OSError):  # a full drive: without an end the job shows as interrupted, and others wait
        _end_journal(job, code, before)
    queue.start_next()
    return 0


def _run_worker(job: Job) -> int:
    with job.log_path.open("ab") as log:
        return subprocess.call(
            worker_command(job),
            cwd=job.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            creationflags=NO_WINDOW,
        )


def _end_journal(job: Job, code: int, before: int) -> None:
    """Say how the worker ended, if it did not say so itself."""
    lock = FileLock(job.lock_path)
    if not lock.try_acquire(create_folder=False):  # another worker has the job by now, or it was deleted
        return
    with contextlib.ExitStack() as stack:
        stack.callback(lock.release)
        events = read_journal(job.journal_path)
        if len(events) > before and isinstance(events[-1], ev.ENDINGS):
            return
        with contextlib.closing(JournalWriter(job.journal_path)) as journal:
            journal.append(_death(job, code, began=len(events) > before), durable=True)


def _death(job: Job, code: int, *, began: bool) -> ev.Failed:
    """The end of a worker that said none. began: it said Started, so that its imports were well."""
    detail = ""
    with contextlib.suppress(OSError):
        detail = job.log_path.read_text(encoding="utf-8", errors="replace")[-_LOG_TAIL:]
    if code > 0 and not began and detail.strip():
        return ev.Failed(
            sentence=N_("The worker could not begin: {reason}"),
            way_out=N_("Health shows what is missing and mends it."),
            action="health.open",
            values={"reason": detail.strip().splitlines()[-1][:300]},
            detail=detail,
        )
    if code < 0:
        name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
        sentence, values = N_("The worker was ended from outside ({signal})."), {"signal": name}
    else:
        sentence, values = N_("The worker ended without a word (exit code {code})."), {"code": str(code)}
    return ev.Failed(
        sentence=sentence,
        way_out=N_("Resume goes on from the last checkpoint; the log has the details."),
        action="job.resume",
        values=values,
        detail=detail,
    )


if __name__ == "__main__":
    raise SystemExit(main())
