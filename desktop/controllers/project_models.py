"""Which model and template a page of a project begins with, and which there are. Read in threads."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from desktop.widgets.text import Text
from services.catalogue import ModelEntry, local_models
from services.errors import TunesmithError
from services.i18n import tr
from services.projects.project import Project
from services.resources import resource

if TYPE_CHECKING:
    from desktop.views.page import Page
    from services.recipes import Recipe

SAMPLE_TOKENIZER = "SmolLM2-135M-Instruct"
"""Name of the sample's tokenizer, which comes with the program: there is always one to look with."""


@dataclass(frozen=True)
class ModelChoice:
    """A model to look at rows with. id: as recipes name it. folder: has its tokenizer."""

    id: str
    name: str
    folder: Path


def model_choices(wanted: str = "") -> list[ModelChoice]:
    """Models on this PC with a tokenizer, the wanted one (id or folder) first; the sample's tokenizer if there is none
    of its name."""
    found = [_choice(entry) for entry in local_models() if (entry.path / "tokenizer.json").is_file()]
    if wanted and all(wanted not in (c.id, str(c.folder)) for c in found):
        folder = Path(wanted)
        if folder.is_absolute() and (folder / "tokenizer.json").is_file():
            found.insert(0, ModelChoice(wanted, folder.name, folder))
    if all(c.name.lower() != SAMPLE_TOKENIZER.lower() for c in found):
        found.append(ModelChoice("sample", SAMPLE_TOKENIZER, resource("sample", "tokenizer")))
    return sorted(found, key=lambda c: wanted not in (c.id, str(c.folder)))


def _choice(entry: ModelEntry) -> ModelChoice:
    return ModelChoice(entry.id, entry.name, entry.path)


def draft_recipe(project: Project) -> "Recipe":
    """The recipe in the making as it is on the disk, or a fresh one."""
    from services.recipes import Recipe
    from services.recipes.file import recipe_data
    from services.recipes.recipe import validated

    try:
        return validated(recipe_data((project.folder / "recipe.yaml").read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, TunesmithError):
        return Recipe()


def put_into_recipe(page: "Page", said: Text, **values: Any) -> None:
    """Put values into the recipe in the making, open the training page, and say so with an Undo."""
    window = page.main
    train = window.frame.tabs.page_of("train:")
    shown = getattr(train, "recipe", None)
    ahead = shown if shown is not None and shown != type(shown)() else None  # it may be ahead of the disk

    def put(recipe: "Recipe") -> None:
        opened = window.open_page("train")
        if opened is not None:
            opened.set_recipe(recipe)  # type: ignore[attr-defined]

    def done(before: "Recipe") -> None:
        put(before.with_values(**values))
        window.toast(said, action=lambda: tr("Undo"), run=lambda: put(before))

    def read() -> "Recipe":
        from desktop.controllers.train import TrainController

        training = TrainController(window)
        return ahead if ahead is not None else training.load_draft(training.choices())

    page.run(read, done)
