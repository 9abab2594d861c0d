"""A recipe as a command takes it: a YAML file, and --set KEY=VALUE over it."""

from pathlib import Path
from typing import Any

import click


def recipe_of(path: Path, changes: tuple[str, ...]) -> dict[str, Any]:
    """The recipe of a file with changes, checked, as a request keeps it."""
    from services.errors import TunesmithError
    from services.i18n import N_
    from services.recipes.file import recipe_data
    from services.recipes.recipe import read_recipe

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TunesmithError(
            N_("The recipe {file} cannot be read: {reason}"),
            way_out=N_("Check the path; a recipe is a YAML file in UTF-8."),
            file=str(path),
            reason=str(error),
        ) from error
    data = recipe_data(text)
    for change in changes:
        key, found, value = change.partition("=")
        if not found:
            raise click.UsageError(f"--set needs KEY=VALUE, not {change!r}")
        data[key.strip()] = value.strip()
    return read_recipe(data).model_dump(mode="json", exclude_defaults=True)
