"""What the run page does: reads a run through the supervisor, and asks it for things."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.times import clock
from services.i18n import tr
from services.jobs.job import Job, State, Summary
from services.jobs.metrics import RunMetrics

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_RESUMABLE = (State.PAUSED, State.FAILED, State.INTERRUPTED, State.STOPPED)


class RunController:
    """One run of the open project, by job id ('0007')."""

    def __init__(self, window: "MainWindow", job_id: str) -> None:
        self._window = window
        self.job_id = job_id

    @property
    def job(self) -> Job:
        """The job folder. ProjectError if it is gone."""
        assert self._window.project is not None
        return self._window.project.job(self.job_id)

    def summary(self) -> Summary | None:
        """What is known of the run now."""
        supervisor = self._window.supervisor
        return supervisor.summary(self.job_id) if supervisor is not None else None

    def metrics(self, job_id: str = "") -> RunMetrics:
        """The curves of this run, or of another."""
        supervisor = self._window.supervisor
        return supervisor.metrics(job_id or self.job_id) if supervisor is not None else RunMetrics()

    def recipe(self) -> dict[str, Any]:
        """The recipe as it was given."""
        return dict(getattr(self.job.request, "recipe", {}))

    def other_runs(self) -> list[tuple[str, Callable[[], str]]]:
        """(id, name) of the other runs that have a loss curve, newest first."""
        supervisor = self._window.supervisor
        if supervisor is None:
            return []
        found = [s for s in supervisor.summaries() if s.kind == "train" and s.id != self.job_id]
        return [(s.id, run_name(s.id)) for s in reversed(found) if "loss" in supervisor.metrics(s.id).columns]

    def ask(self, command: str) -> None:
        """'pause', 'stop' or 'save'."""
        if self._window.supervisor is not None:
            self._window.supervisor.ask(self.job_id, command)

    def resume(self) -> None:
        """Go on from the last checkpoint."""
        if self._window.supervisor is not None:
            self._window.supervisor.resume(self.job_id)

    def can_resume(self) -> bool:
        """Whether there is something to go on with."""
        summary = self.summary()
        return summary is not None and summary.state in _RESUMABLE

    def running(self) -> bool:
        """Whether it is at work."""
        summary = self.summary()
        return summary is not None and summary.state is State.RUNNING

    def has_model(self) -> bool:
        """Whether the run left weights that can be tried and exported."""
        folder = self.job.folder
        return any((folder / name).exists() for name in ("adapter_model.safetensors", "model.safetensors"))


def run_name(job_id: str) -> Callable[[], str]:
    """'run 7', in the language in use."""
    return lambda: tr("run {run}", run=job_id.lstrip("0"))


def where(summary: Summary) -> str:
    """'step 312 of 465 · 1:16 left'."""
    if not summary.total:
        return summary.phase and tr(summary.phase)
    text = tr("step {step} of {total}", step=f"{summary.step:,}", total=f"{summary.total:,}")
    if summary.state is State.RUNNING and summary.remaining_s is not None:
        text += " · " + tr("{time} left", time=clock(summary.remaining_s))
    return text
