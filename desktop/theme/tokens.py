"""The numbers of the look, read once from resources/themes/tokens.json. Plain data: no Qt here."""

import functools
import json
from typing import Any

from services.resources import resource


@functools.cache
def tokens() -> dict[str, Any]:
    """The whole file: colours, text_pairs, families, type, spacing, sizes, radii."""
    data: dict[str, Any] = json.loads(resource("themes", "tokens.json").read_text(encoding="utf-8"))
    return data


def size(name: str) -> int:
    """A size in px by name: 'tab', 'road', 'inspector' ... KeyError for unknown ones."""
    return int(tokens()["sizes"][name])


def spacing(name: str) -> int:
    """A distance in px by name: 'page', 'card', 'dock' ..."""
    return int(tokens()["spacing"][name])


def radius(name: str) -> int:
    """A corner radius in px by name: 'control', 'card', 'dialog' ..."""
    return int(tokens()["radii"][name])


def line_px(role: str) -> int:
    """Line pitch in px of a type role: 20 for 'body'."""
    return int(tokens()["type"][role]["line"])
