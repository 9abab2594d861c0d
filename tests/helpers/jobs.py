"""Helpers for tests that run real jobs in real processes."""

import os
import signal
import time
from collections.abc import Callable

import psutil

from services.jobs import events as ev
from services.jobs.job import Job, State


def wait_for(condition: Callable[[], object], timeout_s: float = 60.0) -> None:
    """Poll until condition is true; AssertionError after timeout_s."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


def wait_state(job: Job, *states: State, timeout_s: float = 60.0) -> State:
    """Wait until a job is in one of the states; returns it."""
    try:
        wait_for(lambda: job.summary().state in states, timeout_s)
    except AssertionError:
        log = job.log_path.read_text(encoding="utf-8", errors="replace")[-2000:] if job.log_path.exists() else ""
        raise AssertionError(f"never {states}: {job.summary()}\n{log}") from None
    return job.summary().state


def worker_pid(job: Job) -> int | None:
    """Process id of the newest attempt, or None."""
    pids = [e.pid for e in job.events() if isinstance(e, ev.Started)]
    return pids[-1] if pids else None


def kill_worker(job: Job) -> bool:
    """kill -9 the job's worker if it lives. Returns whether it did."""
    pid = worker_pid(job)
    if pid is None or not job.alive():
        return False
    try:
        os.kill(pid, getattr(signal, "SIGKILL", signal.SIGTERM))
    except ProcessLookupError:
        return False
    wait_for(lambda: _gone(pid))
    wait_for(lambda: not job.alive())
    return True


def _gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # also where it ends while it is looked at
        return True


def curve(job: Job, name: str = "loss") -> dict[int, float]:
    """Step -> value of a run's one line, over all attempts."""
    from services.jobs.metrics import read_metrics

    column = read_metrics(job.journal_path).columns[name]
    return dict(zip(column.steps.tolist(), column.values.tolist(), strict=True))
