"""Random recipes for laws: any value a field takes, in every combination that a file can hold."""

import math
from typing import Any

from hypothesis import strategies as st

from services.recipes import FIELDS, Parameter, Recipe, contradictions

TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), max_size=20)
_NAMES = st.lists(
    st.text(st.characters(codec="utf-8", categories=("L", "N", "Pd", "Pc")), min_size=1, max_size=8), max_size=3
)


def values(parameter: Parameter) -> st.SearchStrategy[Any]:
    """Any value that the parameter takes."""
    if parameter.choices:
        return st.sampled_from(parameter.choices)
    if parameter.kind == "names":
        return _NAMES.map(",".join)
    if parameter.kind == "text":
        return TEXTS
    assert parameter.minimum is not None and parameter.maximum is not None
    numbers: st.SearchStrategy[Any]
    if parameter.kind == "whole":
        numbers = st.integers(int(parameter.minimum), int(parameter.maximum))
    else:
        numbers = st.floats(
            parameter.minimum,
            parameter.maximum,
            exclude_min=parameter.minimum_open,
            exclude_max=parameter.maximum_open,
            allow_subnormal=False,
        )
    return numbers | st.none() if parameter.optional else numbers


@st.composite
def recipes(draw: st.DrawFn) -> Recipe:
    """A recipe with a handful of values changed; half of them also hold keys that Tunesmith does not know."""
    names = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=12, unique=True))
    data = {name: draw(values(FIELDS[name])) for name in names}
    if draw(st.booleans()):
        data["media_dir"] = draw(TEXTS)
        data["swanlab_run"] = draw(st.lists(st.integers() | TEXTS, max_size=2))
    if isinstance(data.get("val_size"), float) and data["val_size"] >= 1:
        data["val_size"] = math.floor(data["val_size"])
    return Recipe.model_validate(data)


sound_recipes = recipes().filter(lambda recipe: not contradictions(recipe))
"""Recipes in which no field contradicts another: what a file can be read into."""
