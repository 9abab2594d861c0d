"""`--set key=value`: changes to a recipe from the command line, typed by the parameter they name."""

from collections.abc import Iterable
from typing import Any

from services.i18n import N_
from services.recipes.check import contradictions
from services.recipes.errors import FieldProblem, RecipeError, unknown_name
from services.recipes.recipe import FIELDS, Recipe
from services.recipes.spelling import RETIRED
from services.yaml import load_yaml

_UNSET = {"", "null", "none", "default", "~"}


def parse_settings(settings: Iterable[str]) -> dict[str, Any]:
    """['lora_rank=16', 'bf16=off'] -> values by name. RecipeError for a name that is none or a missing '='.

    An empty value, 'null' or 'default' goes back to the default.
    """
    values: dict[str, Any] = {}
    problems: list[FieldProblem] = []
    for setting in settings:
        name, equals, text = setting.partition("=")
        name = RETIRED.get(name.strip(), name.strip())
        if not equals:
            problems.append(
                FieldProblem(
                    name,
                    N_("{setting} says no value."),
                    N_("Write it as key=value, for example lora_rank=16."),
                    {"setting": setting},
                )
            )
        elif name not in FIELDS:
            problems.append(unknown_name(name, FIELDS))
        else:
            values[name] = _value(name, text.strip())
    if problems:
        raise RecipeError(problems)
    return values


def apply_settings(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """The recipe with `--set` changes. RecipeError with every wrong or contradicting one."""
    changed = recipe.with_values(**parse_settings(settings))
    problems = contradictions(changed)
    if problems:
        raise RecipeError(problems)
    return changed


def _value(name: str, text: str) -> Any:
    parameter = FIELDS[name]
    if text.lower() in _UNSET and text.lower() not in {str(c) for c in parameter.choices}:
        if text and parameter.kind == "names" and parameter.default == "none":
            return "none"
        return parameter.default
    if text.startswith(("[", "{")):
        try:
            return load_yaml(text)
        except ValueError:
            return text
    return text
