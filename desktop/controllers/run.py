"""What the run page does: reads a run through the supervisor, and asks it for things."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.times import ago, clock
from services.i18n import tr
from services.jobs.job import Job, State, Summary
from services.jobs.metrics import RunMetrics

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.recipes import Recipe

_RESUMABLE = (State.PAUSED, State.FAILED, State.INTERRUPTED, State.STOPPED)


class RunController:
    """One run of the open project, by job id ('0007')."""

    def __init__(self, window: "MainWindow", job_id: str) -> None:
        """ProjectError if there is no such run."""
        assert window.project is not None
        self._window = window
        self.job: Job = window.project.job(job_id)
        self.job_id = job_id

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

    def changed_recipe(self) -> "Recipe":
        """The recipe, to be changed and started anew. RecipeError if this version does not understand it."""
        from services.recipes import read_recipe

        return read_recipe(self.recipe())

    def continued_recipe(self) -> "Recipe":
        """A recipe that goes on from this run's weights, on the same rows or on others."""
        recipe = self.changed_recipe()
        return recipe.with_values(adapter_name_or_path=self.job_id, create_new_adapter=False, resume_from_checkpoint="")

    def take_recipe(self, recipe: "Recipe") -> None:
        """Open the training page with a recipe. The one that stood there comes back by Undo."""
        window = self._window
        was_open = window.frame.tabs.page_of("train:") is not None
        page: Any = window.open_page("train")
        if page is None:
            return
        before = page.recipe if was_open else page.controller.load_draft(page.choices)
        page.set_recipe(recipe)
        if before != recipe:
            window.toast(
                lambda: tr("This is the recipe of {run} now.", run=run_name(self.job_id)()),
                action=lambda: tr("Undo"),
                run=lambda: page.set_recipe(before),
            )

    def can_continue(self) -> bool:
        """Whether it left an adapter that another run can go on with."""
        return not self.running() and (self.job.folder / "adapter_model.safetensors").exists()

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
    """'step 312 of 465 · 1:16 left', 'step 465 of 465 · 2 hours ago', or what it is at before the first step."""
    if summary.state is State.WAITING:
        return tr("waits for its turn")
    if not summary.total:
        text = tr(summary.phase) if summary.phase else ""
    else:
        text = tr("step {step} of {total}", step=f"{summary.step:,}", total=f"{summary.total:,}")
    if summary.state is State.RUNNING and summary.remaining_s is not None:
        after = tr("{time} left", time=clock(summary.remaining_s))
    elif summary.state is State.RUNNING:
        after = ""
    else:
        after = ago(summary.ended) if summary.ended is not None else ""
    return " · ".join(part for part in (text, after) if part)
