"""How jobs are said on screen, in the language in use."""

from desktop.times import about, ago, clock, exact, gigabytes
from services.i18n import tr
from services.jobs.job import State, Summary

__all__ = [
    "about",
    "ago",
    "clock",
    "exact",
    "gigabytes",
    "job_name",
    "job_progress",
    "state_icon",
    "state_word",
]


def job_name(summary: Summary) -> str:
    """A job by the person's word for it: 'run 7', 'Export q4_k_m'."""
    number = summary.id.lstrip("0")
    if summary.kind == "train":
        return tr("run {run}", run=number)
    if summary.kind == "export":
        return tr("Export {name}", name=summary.title)
    if summary.kind == "serve":
        return tr("Server for {name}", name=summary.title)
    if summary.kind == "download":
        return tr("Download {name}", name=summary.title)
    if summary.kind == "import":
        return tr("Import {name}", name=summary.title)
    return f"{summary.title} {number}"


def job_progress(summary: Summary) -> str:
    """Where a job is: '312 of 465 steps · 1:16 left'."""
    if summary.state is State.WAITING:
        return tr("waits for its turn")
    if summary.serving is not None:
        return tr("is answering")
    if not summary.total:
        return tr("is starting")
    if summary.kind == "train":
        text = tr("{step} of {total} steps", step=f"{summary.step:,}", total=f"{summary.total:,}")
    else:
        text = f"{100 * summary.step / summary.total:.0f} %"
    if summary.remaining_s is not None:
        text += " · " + tr("{time} left", time=clock(summary.remaining_s))
    return text


def state_word(state: State) -> str:
    """A job's state in a word."""
    return {
        State.WAITING: tr("waiting"),
        State.RUNNING: tr("running"),
        State.PAUSED: tr("paused"),
        State.FAILED: tr("stopped by an error"),
        State.FINISHED: tr("finished"),
        State.STOPPED: tr("stopped early"),
        State.INTERRUPTED: tr("interrupted"),
    }[state]


def state_icon(state: State) -> tuple[str, str]:
    """(icon, colour role) of a job's state; shape tells as much as colour."""
    return {
        State.WAITING: ("circle-dashed", "text3"),
        State.RUNNING: ("play-circle", "accent"),
        State.PAUSED: ("pause-circle", "text2"),
        State.FAILED: ("warning-circle", "err"),
        State.FINISHED: ("check-circle", "ok"),
        State.STOPPED: ("stop-circle", "text2"),
        State.INTERRUPTED: ("warning", "warn"),
    }[state]
