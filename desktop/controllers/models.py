"""What the models page does: what is known of a model, what this PC can do with it, adding, removing, training."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.widgets.text import Text
from services.catalogue import SAMPLE_ID, ModelEntry, add_folder, local_models
from services.catalogue.about import licence_of
from services.datasets.conversation import Conversation, Turn
from services.errors import TunesmithError
from services.hardware import Card, best_card, disk_free_gib
from services.i18n import tr
from services.jobs.job import JobError

if TYPE_CHECKING:  # recipes bring pydantic and numpy: imported where the work is, off the window's thread
    from desktop.main_window import MainWindow
    from services.projects.project import Project
    from services.recipes import Recipe
    from services.recipes.model_info import ModelInfo

METHODS = ("qlora", "lora", "full")
_EASY = 0.6  # of the memory
_FAR = 2.0
_ROWS = 1  # a row at a time is the least that must fit; the engine takes more where there is room


@dataclass(frozen=True)
class Fit:
    """What one method needs. verdict: 'easy', 'fits', 'tight', 'no', 'far', or 'card' (it needs an NVIDIA card)."""

    method: str
    needed_gib: float
    verdict: str


@dataclass(frozen=True)
class Details:
    """All that is shown of a model. rendered: a short talk as its template writes it; template_error: why not.

    used_by: ids of the project's runs that were trained from it. free_gib: on its drive. fits: empty if its size cannot
    be told (why: size_error).
    """

    entry: ModelEntry
    card: Card
    fits: list[Fit] = field(default_factory=list)
    size_error: TunesmithError | None = None
    rendered: str = ""
    template_error: TunesmithError | None = None
    licence: str = ""
    free_gib: float = 0.0
    used_by: tuple[str, ...] = ()


class ModelsController:
    """The models of this machine, seen from a window. Everything here but the properties is slow: off its thread."""

    def __init__(self, window: "MainWindow") -> None:
        self._window = window
        self._card: Card | None = None

    @property
    def project(self) -> "Project | None":
        """The open project."""
        return self._window.project

    def models(self) -> list[ModelEntry]:
        """All models, each with its problems. ModelError if the list of folders is broken."""
        return local_models()

    def details(self, entry: ModelEntry) -> Details:
        """Read headers, template, card and the project's runs."""
        if self._card is None:
            self._card = best_card()
        fits, size_error = self._fits(entry, self._card)
        rendered, template_error = _render(entry)
        return Details(
            entry,
            self._card,
            fits,
            size_error,
            rendered,
            template_error,
            licence_of(entry.path),
            disk_free_gib(entry.path) if entry.path.is_dir() else 0.0,
            self.used_by(entry),
        )

    def used_by(self, entry: ModelEntry) -> tuple[str, ...]:
        """Ids of the open project's runs that were trained from the model."""
        if self.project is None:
            return ()
        names = {entry.id, str(entry.path)} | ({"sample"} if entry.id == SAMPLE_ID else set())
        found = []
        for job in self.project.jobs():
            try:
                recipe = getattr(job.request, "recipe", {})
            except JobError:
                continue
            if recipe.get("model_name_or_path") in names:
                found.append(job.id)
        return tuple(found)

    def add(self, folder: Path) -> list[ModelEntry]:
        """Remember a folder. ModelError if it holds no model."""
        return add_folder(folder)

    def _fits(self, entry: ModelEntry, card: Card) -> tuple[list[Fit], TunesmithError | None]:
        from services.recipes.model_info import read_model_info

        if not entry.parameters:
            return [], None
        try:
            info = read_model_info(entry.path)
        except TunesmithError as error:
            return [], error
        return [_fit(method, info, card) for method in METHODS], None

    # --- training -------------------------------------------------------------------------------------------------

    def may_train(self, entry: ModelEntry) -> tuple[bool, Text]:
        """Whether a model can be taken to the training page, and the sentence beside the button. Quick."""
        if self.project is None:
            return False, lambda: tr("Open a project first; its examples are what the model learns.")
        if self._window.read_only:
            return False, lambda: tr("Another window holds this project.")
        if not entry.usable:
            return False, lambda: tr("What stands above keeps it from being trained.")
        return True, lambda: tr("Takes this model into the recipe and opens the training page.")

    def prepare(self, entry: ModelEntry, open_recipe: "Recipe | None") -> "tuple[Recipe, Recipe]":
        """The recipe in the making with this model in it, and the one before.

        open_recipe: of an open training page, which may be ahead of the draft on disk.
        """
        from desktop.controllers.train import TrainController

        training = TrainController(self._window)
        before = open_recipe if open_recipe is not None else training.load_draft(training.choices())
        wanted = before
        if before.model_name_or_path not in (entry.id, str(entry.path)):
            wanted = before.with_values(model_name_or_path=entry.id, **_of_the_old_model(before, entry))
        return wanted, before

    def open_training(self, wanted: "Recipe", before: "Recipe") -> None:
        """Show a prepared recipe on the training page. The one that stood there comes back by Undo. Quick."""
        self._put(wanted)
        if wanted != before and before.model_name_or_path:
            name = wanted.model_name_or_path
            self._window.toast(
                lambda: tr("The recipe trains {name} now.", name=name),
                action=lambda: tr("Undo"),
                run=lambda: self._put(before),
            )

    def _put(self, recipe: "Recipe") -> None:
        page = self._window.open_page("train")
        if page is not None:
            page.set_recipe(recipe)  # type: ignore[attr-defined]

    def open_recipe(self) -> "Recipe | None":
        """The recipe of the training page, if one is open and has been read. Quick."""
        page = self._window.frame.tabs.page_of("train:")
        recipe = getattr(page, "recipe", None)
        return recipe if recipe is not None and recipe != type(recipe)() else None


def _of_the_old_model(recipe: "Recipe", entry: ModelEntry) -> dict[str, object]:
    """Values that belong to the model before and are wrong for another one."""
    changes: dict[str, object] = {"adapter_name_or_path": None, "resume_from_checkpoint": None}
    if entry.has_template:
        changes["template"] = "model"
    fresh = type(recipe)()
    return {k: getattr(fresh, k) if v is None else v for k, v in changes.items() if getattr(recipe, k) != v}


def _fit(method: str, info: "ModelInfo", card: Card) -> Fit:
    from services.recipes import Recipe
    from services.recipes.forecast import forecast

    kind = "full" if method == "full" else "lora"
    recipe = Recipe().with_values(finetuning_type=kind, quantization_bit=4 if method == "qlora" else None)
    found = forecast(recipe, info, None, card, rows=_ROWS, speeds=[])
    needed = found.needed_gib
    if method == "qlora" and card.kind != "cuda":
        return Fit(method, needed, "card")
    if not found.fits:
        return Fit(method, needed, "far" if needed > _FAR * card.total_gib else "no")
    if found.tight:
        return Fit(method, needed, "tight")
    return Fit(method, needed, "easy" if needed <= _EASY * card.total_gib else "fits")


def _render(entry: ModelEntry) -> tuple[str, TunesmithError | None]:
    from services.templates import load_template

    if not entry.has_template:
        return "", None
    talk = Conversation(
        turns=(
            Turn("user", tr("How long is the guarantee?")),
            Turn("assistant", tr("Two years from the day of delivery.")),
        )
    )
    try:
        return load_template("", entry.path).render(talk), None
    except TunesmithError as error:
        return "", error
