"""One training run as its stage sees it: the request, the folder, the words to the person."""

import pkgutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.jobs import events as ev
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from services.recipes.recipe import Recipe
from services.templates.template import Template


def stage_names() -> list[str]:
    """Stages that can be trained, told from their files so that no training library is imported."""
    return [module.name for module in pkgutil.iter_modules([str(Path(__file__).with_name("stages"))])]


@dataclass
class TrainRun:
    """A run at work. folder: the job folder. say, commands: the worker's journal and control files."""

    project: Project
    folder: Path
    request: TrainRequest
    recipe: Recipe
    model_dir: Path
    template: Template
    say: Callable[..., None]
    commands: Callable[[int], set[str]]
    checkpoint: Path | None = None
    """The checkpoint that this attempt goes on from."""
    adapter: Path | None = None
    """The adapter that the run begins with, its optimiser fresh."""
    replanned: bool = False
    """Whether the checkpoint was planned otherwise, so that its learning rate does not hold."""
    train_rows: list[dict[str, Any]] = field(default_factory=list)
    eval_rows: list[dict[str, Any]] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """Goes into run.json."""

    def message(self, text: str, level: str = "info", **values: Any) -> None:
        """A sentence for the person."""
        self.say(ev.Message(text=text, level=level, values=values))

    def warn(self, text: str, **values: Any) -> None:
        """A warning for the person."""
        self.message(text, "warning", **values)

    def phase(self, name: str, step: int = 0, total: int = 0) -> None:
        """Name the part at work."""
        self.say(ev.Progress(step=step, total=total, phase=name))
