"""Recognising columns by their values."""

from typing import Any

from services.datasets.formats import Sample
from services.datasets.values import load


def turns_of(value: Any) -> list[dict[str, Any]]:
    """The turns of a cell that is a list of objects, or JSON text of one; else none."""
    if isinstance(value, str) and value.lstrip().startswith("["):
        try:
            value = load(value)
        except (ValueError, RecursionError):
            return []
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def turns_column(sample: Sample, *keys: str) -> str:
    """The column most of whose cells are lists of objects that have these keys; "" if none."""
    for column in sample.columns:
        lists = [turns for turns in map(turns_of, sample.values(column)) if turns]
        right = sum(all(key in turns[0] for key in keys) for turns in lists)
        if right and right * 2 > len(sample.values(column)) - sum(v in ([], "") for v in sample.values(column)):
            return column
    return ""


def is_text(sample: Sample, column: str) -> bool:
    """Whether most cells of a column are text, and none a list or an object."""
    values = sample.values(column)
    texts = sum(isinstance(value, str) for value in values)
    return texts * 2 >= len(values) and not any(isinstance(value, list | dict) for value in values)
