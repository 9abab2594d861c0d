"""Cells as they came: JSON values whose numbers keep their spelling.

A cell in Python is None, bool, int, str, list, dict or a float; a float that was read is a `SpelledFloat`, which
remembers that it was written 1e5 or 0.10 and is written so again. NaN and the infinities are SpelledFloats too.
A cell in SQLite is TEXT for text, a BLOB of JSON for anything else, and NULL where the row has no such key.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

import orjson

DEPTH: Final = 100
"""Deepest nesting of a value that is taken: what writes and compares values goes down level by level."""

Stored = str | bytes | None
"""A cell as SQLite holds it."""


class _Absent:
    """The row has no such key (which is not the same as null)."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT: Final = _Absent()


class SpelledFloat(float):
    """A number that keeps the text it was written with. Also -0, and integers too long for int()."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "SpelledFloat":
        number = super().__new__(cls, text)
        number.text = text
        return number

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        return (self.text,)


def _int(text: str) -> int | float:
    if text == "-0" or len(text) > 4000:  # int() refuses more than 4,300 digits
        return SpelledFloat(text)
    return int(text)


class DuplicateKeys:
    """Collects the keys that an object has twice, while a decoder made with `decoder(duplicates)` reads."""

    def __init__(self) -> None:
        self.found: list[tuple[str, list[Any]]] = []

    def hook(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        """The object of these pairs; the last of equal keys wins, as in every JSON library."""
        made = dict(pairs)
        if len(made) != len(pairs):
            keys = [key for key, _ in pairs]
            for key in made:
                if keys.count(key) > 1:
                    self.found.append((key, [value for name, value in pairs if name == key]))
        return made


def decoder(duplicates: DuplicateKeys | None = None) -> json.JSONDecoder:
    """A JSON decoder that keeps the spelling of numbers."""
    hook: Callable[[list[tuple[str, Any]]], Any] | None = duplicates.hook if duplicates else None
    return json.JSONDecoder(
        parse_float=SpelledFloat, parse_int=_int, parse_constant=SpelledFloat, object_pairs_hook=hook
    )


_DECODER = decoder()
_SURROGATE = re.compile("[\ud800-\udfff]")


def load(text: str) -> Any:
    """The value of a JSON text, numbers spelled. json.JSONDecodeError if it is none, RecursionError if it is nested
    too deeply to be handled safely."""
    value = _DECODER.decode(text)
    check_depth(value, text)
    return value


def check_depth(value: Any, text: str) -> None:
    """RecursionError if a value is nested deeper than DEPTH. text: what it was read from, for a quick no."""
    if text.count("[") + text.count("{") <= DEPTH:
        return
    level = [value]
    for _ in range(DEPTH):
        level = [item for outer in level for item in _inner(outer)]
        if not level:
            return
    raise RecursionError("nested too deeply")


def _inner(value: Any) -> list[Any]:
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [item for item in items if isinstance(item, dict | list)]


def dump(value: Any) -> str:
    """JSON text of a value in one line, non-ASCII as it is, numbers as spelled; half surrogates are escaped.

    TypeError for a value that JSON does not know.
    """
    try:
        return orjson.dumps(value, default=_spelled).decode("utf-8") if _from_file(value) else _write(value)
    except (TypeError, orjson.JSONEncodeError):
        return _write(value)


def _from_file(value: Any) -> bool:
    """Whether orjson writes this value as we would: it turns plain NaN to null and spells plain floats its own way."""
    if isinstance(value, dict):
        return all(_from_file(item) for item in value.values())
    if isinstance(value, list | tuple):
        return all(_from_file(item) for item in value)
    return type(value) is not float


def _spelled(value: Any) -> orjson.Fragment:
    if isinstance(value, SpelledFloat):
        return orjson.Fragment(value.text)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def _write(value: Any) -> str:
    if isinstance(value, str):
        return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps(value, ensure_ascii=False))
    if isinstance(value, SpelledFloat):
        return value.text
    if value is None or isinstance(value, bool | int | float):
        return json.dumps(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{_write(str(key))}:{_write(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(_write(item) for item in value) + "]"
    raise TypeError(f"{type(value).__name__} is not a JSON value")


def encode(value: Any) -> Stored:
    """A cell for SQLite."""
    if isinstance(value, str):
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            return _write(value).encode("utf-8")
        return str(value)
    return None if value is ABSENT else dump(value).encode("utf-8")


def decode(stored: Stored) -> Any:
    """The inverse of `encode`."""
    if isinstance(stored, str):
        return stored
    return ABSENT if stored is None else load(stored.decode("utf-8"))


def to_text(value: Any) -> str:
    """A cell as text for a grid, a CSV file or an editor: text as it is, nothing for null, else its JSON."""
    if isinstance(value, str):
        return value
    return "" if value is None or value is ABSENT else dump(value)


def from_text(text: str, old: Any) -> Any:
    """What a person means who types text over the cell `old`: text stays text, a number stays a number.

    Over text (or an empty place) it is text whatever it looks like; over another value it is read as JSON, and as
    text if it is none.
    """
    if isinstance(old, str) or old is ABSENT:
        return text
    try:
        return load(text)
    except (ValueError, RecursionError):
        return text
