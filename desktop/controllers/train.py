"""What the training page does: gathers what a recipe needs, forecasts it, keeps the draft, and starts it."""

import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.controllers.run_speeds import learn_speed
from desktop.controllers.train_lengths import LengthCounter, RowLengths
from services import files
from services.catalogue import ModelEntry, find_model, local_models
from services.datasets.conversation import Conversation
from services.datasets.store import DatasetStore
from services.errors import TunesmithError
from services.hardware import Card, best_card, disk_free_gib
from services.i18n import N_
from services.jobs.job import Job, State
from services.jobs.kinds.train import TrainRequest
from services.jobs.metrics import read_metrics
from services.projects.project import Project
from services.recipes import Recipe, read_recipe, save_recipe, split_names
from services.recipes.file import recipe_data
from services.recipes.forecast import Forecast, Variant, cheaper_variants, forecast
from services.recipes.model_info import ModelInfo, read_model_info
from services.recipes.recipe import validated
from services.templates.custom import custom_templates
from services.templates.load import OWN, template_names

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

SAMPLE = "smollm2-135m-instruct"
_STAGE_OF_FORMAT = {"preference": "dpo", "kto": "kto", "text": "pt"}
_SUITS = {"dpo": ("dpo", "rm", "orpo", "simpo"), "kto": ("kto",), "pt": ("pt",), "sft": ("sft", "ppo", "grpo")}
_TAUGHT_BY = 3  # runs
_QUESTIONS = 3  # asked before and after, so that a run shows what it changed


class TrainError(TunesmithError):
    """A run that cannot start as it stands."""


@dataclass(frozen=True)
class Choices:
    """What can be chosen: models on this PC, data sets with their rows, the stage that each set's rows suit, and names
    of templates."""

    models: list[ModelEntry] = field(default_factory=list)
    datasets: dict[str, int] = field(default_factory=dict)
    stages: dict[str, str] = field(default_factory=dict)
    templates: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outlook:
    """A recipe's forecast with what it was held to. forecast None: no model is chosen, or its size is unknown.

    lengths None: rows are not counted (yet); the forecast then takes each to be as long as it may be. problem: why the
    model's size is unknown.
    """

    forecast: Forecast | None
    variants: list[Variant]
    rows: int
    free_gib: float
    lengths: RowLengths | None = None
    problem: TunesmithError | None = None


class TrainController:
    """The recipe in the making of a project."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._card: Card | None = None
        self._models: dict[Path, ModelInfo] = {}
        self._guard = threading.Lock()
        self._saved = 0
        self._learnt: set[str] = set()
        self.counter = LengthCounter(self.project)

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
        """The recipe as it was left, contradictions and all, or a first one over what there is."""
        try:
            return validated(recipe_data(self.draft_path.read_text(encoding="utf-8")))
        except (OSError, UnicodeDecodeError, TunesmithError):
            return first_recipe(choices)

    def save_draft(self, recipe: Recipe, number: int) -> None:
        """Keep the recipe; an older one (of a lower number) never replaces a newer. A project that another window
        holds is left alone."""
        with self._guard:
            if number > self._saved and not self._window.read_only:
                self._saved = number
                files.write_text(self.draft_path, save_recipe(recipe))

    def choices(self) -> Choices:
        """Models and data sets, read from disk (slow: off the window's thread)."""
        counts: dict[str, int] = {}
        stages: dict[str, str] = {}
        for name in self.project.dataset_names():
            try:
                with DatasetStore.open(self.project.dataset_path(name), read_only=True) as store:
                    counts[name] = store.count()
                    stages[name] = _STAGE_OF_FORMAT.get(store.mapping.format, "sft")
            except TunesmithError:  # damaged, or of a newer program: its own page says so
                continue
        templates = [OWN, *(t.name for t in custom_templates(self.project.folder)), *template_names()]
        return Choices(local_models(), counts, stages, templates)

    # --- the forecast ---------------------------------------------------------------------------------------------

    def outlook(self, recipe: Recipe, choices: Choices, lengths: RowLengths | None) -> Outlook:
        """What a run of the recipe takes here (reads headers and the card: off the window's thread)."""
        rows = sum(choices.datasets.get(name, 0) for name in split_names(recipe.dataset))
        free_gib = disk_free_gib(self.project.folder)
        if not recipe.model_name_or_path:
            return Outlook(None, [], rows, free_gib, lengths)
        try:
            model = self._model_info(find_model(recipe.model_name_or_path).path)
        except TunesmithError as error:
            return Outlook(None, [], rows, free_gib, lengths, error)
        if self._card is None:
            self._card = best_card()
        counted = lengths.lengths if lengths is not None else None
        trained = lengths.trained if lengths is not None else None
        found = forecast(recipe, model, counted, self._card, rows=rows, trained=trained)
        variants = []
        if not found.fits:
            variants = cheaper_variants(recipe, model, counted, self._card, rows=rows, trained=trained)
        return Outlook(found, variants, rows, free_gib, lengths)

    def _model_info(self, path: Path) -> ModelInfo:
        if path not in self._models:
            self._models[path] = read_model_info(path)
        return self._models[path]

    def finished_runs(self) -> list[Job]:
        """The latest finished jobs that have not yet said how fast they were."""
        supervisor = self._window.supervisor
        done = [s.id for s in supervisor.summaries() if s.state == State.FINISHED] if supervisor is not None else []
        new = [job_id for job_id in sorted(done)[-_TAUGHT_BY:] if job_id not in self._learnt]
        self._learnt.update(new)
        return [supervisor.job(job_id) for job_id in new]

    def learn_speeds(self, jobs: list[Job]) -> bool:
        """Let runs say how fast they were; whether there was something new (slow)."""
        learnt = [self._learn(job) for job in jobs]
        return any(learnt)

    def _learn(self, job: Job) -> bool:
        try:
            request = job.request
        except TunesmithError:
            return False
        if not isinstance(request, TrainRequest):
            return False
        if self._card is None:
            self._card = best_card()
        return learn_speed(request.recipe, read_metrics(job.journal_path), self._card) is not None

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
    """A first recipe over what there is: the one model, or the sample; the largest data set, in the stage it suits."""
    usable = [m.id for m in choices.models if m.usable]
    sample = [SAMPLE] if SAMPLE in usable else usable
    largest = max(choices.datasets, key=lambda n: choices.datasets[n], default="")
    recipe = Recipe(model_name_or_path=sample[0] if sample else "", dataset=largest)
    return recipe.with_values(stage=stage_for(recipe.stage, [largest], choices))


def stage_for(stage: str, names: list[str], choices: Choices) -> str:
    """The stage that the rows of data sets suit: the present one if it is one of these."""
    wanted = next((choices.stages[name] for name in names if name in choices.stages), "sft")
    return stage if stage in _SUITS[wanted] else wanted


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
