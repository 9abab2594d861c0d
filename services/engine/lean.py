"""A quick start: libraries that a run does not use are not imported by those that it does.

transformers and peft import bitsandbytes (and with it torch's compiler), datasets (with pandas) and scipy whenever they
are installed. For a run that needs neither that is a third of the time until the first step (measured: 4 of 12 s).
"""

import importlib
import sys
from typing import Any

_OWN_ROWS = ("sft", "pt", "rm", "dpo", "kto", "orpo", "simpo")  # these rows never become a `datasets` data set


def unused(recipe: dict[str, Any]) -> list[str]:
    """Libraries that the run of a recipe (plain data) has no use for."""
    found = ["scipy"]  # transformers takes it for the losses of object detectors
    optim = str(recipe.get("optim", ""))
    if not recipe.get("quantization_bit") and not any(word in optim for word in ("8bit", "bnb", "paged", "lion")):
        found.append("bitsandbytes")
    if recipe.get("stage", "sft") in _OWN_ROWS:
        found.append("datasets")
    return found


def hide(names: list[str]) -> list[str]:
    """From now on libraries look as if they were not installed; returns those it hid. One that is imported stays.

    None in sys.modules is how Python spells that a module is not to be found.
    """
    absent = [name for name in names if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]
    return absent


def import_training(recipe: dict[str, Any]) -> None:
    """Import what training needs and nothing that this recipe does not. For a process that trains once and ends."""
    hide(unused(recipe))
    for name in ("torch", "transformers.trainer", "peft"):
        importlib.import_module(name)
