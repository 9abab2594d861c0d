"""What `data encode` and `data tokens` share: their options, and what they open."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from services.cli.recipe_file import set_option

if TYPE_CHECKING:
    from services.datasets.conversation import Conversation, Problem
    from services.datasets.store import DatasetStore
    from services.templates import EncodeOptions, Template, Tokenizer

F = TypeVar("F", bound=Callable[..., Any])


def encoding_options(command: F) -> F:
    """Adds --stage, --template, --model, --cutoff-len, --truncation, --set and --revision."""
    for option in reversed(
        [
            click.option("--stage", default="sft", show_default=True, help="sft, pt, dpo, rm, kto, orpo, simpo ..."),
            click.option(
                "--template", default="model", show_default=True, help="A named template, or the model's own."
            ),
            click.option("--model", required=True, help="Model id, `sample`, or a folder with its tokenizer."),
            click.option("--cutoff-len", type=click.IntRange(min=4), help="Tokens a row may have.  [default: 2048]"),
            click.option("--truncation", type=click.Choice(["tunesmith", "llamafactory"]), help="Whose rule cuts."),
            set_option("settings", "mask_history=true ..."),
            click.option("--revision", type=int, default=None, help="Rows as they were at a revision."),
        ]
    ):
        command = option(command)
    return command


@dataclass
class EncodingJob:
    """Everything that encoding a data set needs, open."""

    store: "DatasetStore"
    stage: str
    template: "Template"
    tokenizer: "Tokenizer"
    options: "EncodeOptions"
    revision: int | None

    def conversations(self) -> Iterator[tuple[int, "Conversation | Problem"]]:
        """The rows' conversations, in order."""
        return iter(self.store.conversations(self.revision))

    @classmethod
    @contextmanager
    def open(cls, folder: Path, name: str, chosen: dict[str, Any]) -> Iterator["EncodingJob"]:
        """Open project, data set, tokenizer and template as the options say. Raises TunesmithError, or UsageError."""
        from services.cli.commands.data._shared import open_store
        from services.templates import STAGES, load_template

        if chosen["stage"] not in STAGES:
            raise click.UsageError(f"no stage {chosen['stage']!r} reads rows; known: {', '.join(STAGES)}")
        options = _options(chosen)
        template = load_template(chosen["template"], model_folder(chosen["model"]), project=folder)
        with open_store(folder, name) as store:
            yield cls(store, chosen["stage"], template, template.tokenizer, options, chosen["revision"])


def _options(chosen: dict[str, Any]) -> "EncodeOptions":
    from services.recipes import Recipe
    from services.recipes.settings import apply_settings
    from services.templates import EncodeOptions

    options = EncodeOptions.of_recipe(apply_settings(Recipe(), chosen["settings"]))
    said = {key: chosen[key] for key in ("cutoff_len", "truncation") if chosen[key] is not None}
    return replace(options, **said)


def model_folder(text: str) -> Path:
    """A folder with a tokenizer as it is (it needs no weights), else the model of that id."""
    folder = Path(text).expanduser()
    if (folder / "tokenizer.json").is_file():
        return folder
    from services.catalogue import resolve_model

    return resolve_model(text)
