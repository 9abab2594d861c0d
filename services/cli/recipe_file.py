"""A recipe as a command takes it: a YAML file, and --set KEY=VALUE over it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])


def recipe_of(path: Path, changes: tuple[str, ...]) -> dict[str, Any]:
    """The recipe of a file with changes, checked, as a request keeps it. RecipeError for whatever is wrong.

    A --set that names no parameter is refused; a key of the file that does nothing is said on stderr.
    """
    from services.recipes.file import read_recipe_file
    from services.recipes.notes import not_applied, notes

    _need_pairs(changes)
    recipe = read_recipe_file(path, changes)
    idle = {*recipe.unknown_keys, *not_applied(recipe)}
    for note in notes(recipe):
        if note.field in idle:
            click.echo(f"note: {note.text()}", err=True)
    return _from_here(recipe.model_dump(mode="json", exclude_defaults=True))


def _from_here(data: dict[str, Any]) -> dict[str, Any]:
    """A model's or adapter's folder that is named from the current folder, named from anywhere."""
    for key, sign in (("model_name_or_path", "config.json"), ("adapter_name_or_path", "adapter_config.json")):
        folder = Path(str(data.get(key) or "")).expanduser()
        if data.get(key) and (folder / sign).is_file():
            data[key] = str(folder.resolve())
    return data


def set_option(name: str, help_text: str) -> Callable[[F], F]:
    """Adds `--set KEY=VALUE`, repeatable, passed as `name`; one without a `=` is wrong usage."""
    return click.option("--set", name, multiple=True, metavar="KEY=VALUE", help=help_text, callback=_pairs)


def _pairs(context: click.Context, option: click.Parameter, settings: tuple[str, ...]) -> tuple[str, ...]:
    _need_pairs(settings)
    return settings


def _need_pairs(settings: tuple[str, ...]) -> None:
    for setting in settings:
        if not setting.partition("=")[0].strip() or "=" not in setting:
            raise click.UsageError(f"--set needs KEY=VALUE, not {setting!r}")
