"""A quick start: libraries that a run does not use are not imported by those that it does.

transformers and peft import bitsandbytes (and with it torch's compiler) and datasets (with pandas) whenever they are
installed. For a run that needs neither that is a third of the time until the first step (measured: 1.7 of 6 s).
"""

import contextlib
import importlib
import sys
from collections.abc import Iterator

from services.recipes.recipe import Recipe

_OWN_ROWS = ("sft", "pt")  # stages whose rows never become a `datasets` data set


def unused(recipe: Recipe) -> list[str]:
    """Libraries that a recipe's run has no use for."""
    found = []
    if not recipe.quantization_bit and not any(word in recipe.optim for word in ("8bit", "bnb", "paged", "lion")):
        found.append("bitsandbytes")
    if recipe.stage in _OWN_ROWS:
        found.append("datasets")
    return found


@contextlib.contextmanager
def hidden(names: list[str]) -> Iterator[None]:
    """For the block, libraries look as if they were not installed; those that are imported already stay.

    None in sys.modules is how Python spells that a module is not to be found.
    """
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


def import_training(recipe: Recipe) -> None:
    """Import what training needs and nothing that this recipe does not. For a process that trains once."""
    with hidden(unused(recipe)):
        for name in ("torch", "transformers.trainer", "peft"):
            importlib.import_module(name)
