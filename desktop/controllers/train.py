"""What the training page does: gathers what a recipe needs, forecasts it, keeps the draft, and starts it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from services import files
from services.catalogue import ModelEntry, find_model, local_models
from services.datasets.conversation import Conversation
from services.datasets.store import DatasetStore
from services.errors import TunesmithError
from services.hardware import Card, best_card, disk_free_gib
from services.i18n import N_
from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from services.recipes import Recipe, load_recipe, read_recipe, save_recipe, split_names
from services.recipes.forecast import Forecast, Variant, cheaper_variants, forecast
from services.recipes.model_info import ModelInfo, read_model_info

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

SAMPLE = "smollm2-135m-instruct"
_QUESTIONS = 3  # asked before and after, so that a run shows what it changed


class TrainError(TunesmithError):
    """A run that cannot start as it stands."""


@dataclass(frozen=True)
class Choices:
    """What can be chosen: models on this PC and data sets with their rows."""

    models: list[ModelEntry] = field(default_factory=list)
    datasets: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Outlook:
    """A recipe's forecast with what it was held to. forecast None: no model is chosen, or its size is unknown."""

    forecast: Forecast | None
    variants: list[Variant]
    rows: int
    free_gib: float
    model: ModelInfo | None


class TrainController:
    """The recipe in the making of a project."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._card: Card | None = None

    @property
    def project(self) -> Project:
        """The open project."""
        project = self._window.project
        assert project is not None
        return project

    # --- the draft ------------------------------------------------------------------------------------------------

    @property
    def draft_path(self) -> Path:
        """Where the recipe in the making is kept, as YAML that a person may read."""
        return self.project.folder / "recipe.yaml"

    def load_draft(self, choices: Choices) -> Recipe:
        """The recipe as it was left, or a first one over what there is."""
        try:
            return load_recipe(self.draft_path.read_text(encoding="utf-8"))
        except (OSError, TunesmithError):
            return first_recipe(choices)

    def save_draft(self, recipe: Recipe) -> None:
        """Keep the recipe; a project that another window holds is left alone."""
        if not self._window.read_only:
            files.write_text(self.draft_path, save_recipe(recipe))

    def choices(self) -> Choices:
        """Models and data sets, read from disk (slow: off the window's thread)."""
        counts: dict[str, int] = {}
        for name in self.project.dataset_names():
            with DatasetStore.open(self.project.dataset_path(name), read_only=True) as store:
                counts[name] = store.count()
        return Choices(local_models(), counts)

    # --- the forecast ---------------------------------------------------------------------------------------------

    def outlook(self, recipe: Recipe, choices: Choices) -> Outlook:
        """What a run of the recipe takes here (reads headers and the card: off the window's thread)."""
        rows = sum(choices.datasets.get(name, 0) for name in split_names(recipe.dataset))
        free_gib = disk_free_gib(self.project.folder)
        try:
            model = read_model_info(find_model(recipe.model_name_or_path).path)
        except TunesmithError:
            return Outlook(None, [], rows, free_gib, None)
        if self._card is None:
            self._card = best_card()
        found = forecast(recipe, model, None, self._card, rows=rows)
        variants = [] if found.fits else cheaper_variants(recipe, model, None, self._card, rows=rows)
        return Outlook(found, variants, rows, free_gib, model)

    # --- starting -------------------------------------------------------------------------------------------------

    def start(self, recipe: Recipe, name: str = "") -> Job:
        """Check the recipe and queue the run. RecipeError or TrainError with what is wrong."""
        checked = read_recipe(recipe.model_dump(exclude_defaults=True))
        names = split_names(checked.dataset)
        if not checked.model_name_or_path:
            raise TrainError(N_("No model is chosen."), way_out=N_("Choose one on the first card."))
        if not names:
            raise TrainError(N_("No data set is chosen."), way_out=N_("Choose one on the second card."))
        revisions: dict[str, int] = {}
        questions: list[str] = []
        for dataset in [*names, *split_names(checked.eval_dataset)]:
            path = self.project.dataset_path(dataset)
            if not path.exists():
                raise TrainError(
                    N_("This project has no data set {name}."),
                    way_out=N_("Choose another one on the second card."),
                    name=dataset,
                )
            with DatasetStore.open(path, read_only=True) as store:
                revisions[dataset] = store.revision
                if len(questions) < _QUESTIONS and dataset in names:
                    questions += _questions(store, _QUESTIONS - len(questions))
        assert self._window.supervisor is not None
        request = TrainRequest(
            name=name or names[0],
            recipe=checked.model_dump(mode="json", exclude_defaults=True),
            dataset_versions=revisions,
            sample_prompts=questions,
        )
        job: Job = self._window.supervisor.submit(request)
        return job


def first_recipe(choices: Choices) -> Recipe:
    """A first recipe over what there is: the one model, or the sample; the largest data set."""
    usable = [m.id for m in choices.models if m.usable]
    largest = max(choices.datasets, key=lambda n: choices.datasets[n], default="")
    return Recipe(model_name_or_path=usable[0] if usable else "", dataset=largest)


def _questions(store: DatasetStore, count: int) -> list[str]:
    """The first so many different one-line questions of a data set."""
    found: dict[str, None] = {}
    for _, conversation in store.conversations():
        if isinstance(conversation, Conversation):
            for turn in conversation.turns[:1]:
                if turn.role == "user" and turn.content.strip():
                    found[turn.content] = None
        if len(found) >= count:
            break
    return list(found)
