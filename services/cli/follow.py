"""Following a job from the command line: the same journal that the window reads, as a progress bar or as JSON lines."""

import sys
import time
from collections.abc import Callable

import click
import msgspec
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from services.errors import TunesmithError
from services.i18n import N_, tr
from services.jobs import events as ev
from services.jobs.job import Job, State, Summary
from services.jobs.journal import JournalTail

_POLL_S = 0.1
_START_WAIT_S = 60.0
_OVER = (State.FINISHED, State.STOPPED, State.FAILED, State.PAUSED, State.INTERRUPTED)

Listener = Callable[[ev.AnyEvent], None]


class JobFailed(TunesmithError):
    """The job that was followed failed: its own sentence and way out."""


def follow(job: Job, *, as_json: bool, listener: Listener | None = None) -> Summary:
    """Print a job's events until it ends. Returns its last summary.

    Ctrl+C asks the job to stop and goes on following; a second one leaves it running. JobFailed if it failed.
    """
    show: _Bar | _Lines = _Lines() if as_json else _Bar(job)
    tail = JournalTail(job.journal_path)
    asked = False
    with show:
        while True:
            try:
                summary = job.summary()
                for event in tail.read():
                    show.event(event)
                    if listener is not None:
                        listener(event)
                if summary.state in _OVER:
                    break
                time.sleep(_POLL_S)
            except KeyboardInterrupt:
                if asked:
                    raise
                asked = True
                job.ask("stop")
                click.echo("Stopping and saving. Press Ctrl+C again to leave it running.", err=True)
    if summary.failure is not None and summary.state is State.FAILED:
        failed = summary.failure
        raise JobFailed(failed.sentence, way_out=failed.way_out, action=failed.action, **failed.values)
    if summary.state is State.INTERRUPTED:
        raise JobFailed(
            N_("The worker of job {id} was ended from outside."),
            way_out=N_("`tunesmith job resume` goes on from the last checkpoint."),
            id=job.id,
        )
    return summary


class _Lines:
    """Every event as one JSON line, as the journal has it."""

    def __enter__(self) -> "_Lines":
        return self

    def __exit__(self, *error: object) -> None:
        return

    def event(self, event: ev.AnyEvent) -> None:
        click.echo(msgspec.json.encode(event).decode("utf-8"))
        sys.stdout.flush()


class _Bar:
    """A progress bar with the loss beside it; messages and ticks above it."""

    def __init__(self, job: Job) -> None:
        self._console = Console(highlight=False, soft_wrap=True)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[loss]}"),
            TimeRemainingColumn(compact=True),
            console=self._console,
        )
        self._title = f"{job.id} {job.request.title()}"
        self._task: TaskID | None = None
        self._loss = ""

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def event(self, event: ev.AnyEvent) -> None:
        match event:
            case ev.Progress():
                self._on_progress(event)
            case ev.Metric(name="loss"):
                self._loss = f"loss {event.value:.3f}"
            case ev.Message():
                self._console.print(tr(event.text, **event.values), markup=False)
            case ev.Task(state="done" | "failed" | "skipped"):
                mark = {"done": "✓", "failed": "✗", "skipped": "–"}[event.state]
                detail = f" · {tr(event.detail, **event.values)}" if event.detail else ""
                self._console.print(f"{mark} {tr(event.title, **event.values)}{detail}", markup=False)
            case ev.Checkpoint():
                self._console.print(f"saved {event.path}", markup=False)
            case ev.Serving():
                self._console.print(f"answering at {event.url}", markup=False)

    def _on_progress(self, event: ev.Progress) -> None:
        text = event.phase or self._title
        if self._task is None:
            self._task = self._progress.add_task(text, total=event.total or None, loss="")
        self._progress.update(
            self._task, description=text, completed=event.step, total=event.total or None, loss=self._loss
        )
