"""JSON text by its pieces: where they stand, and putting another piece in the place of one, all else byte for byte.

Nothing here makes text longer or shorter than the edit asks for: blanks, line ends, the order of keys, the spelling of
numbers and escapes, and keys that nobody knows stay as they are. Texts are valid JSON; else json.JSONDecodeError.
"""

import json
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.datasets.values import decoder, dump, load

_DECODER = decoder()
_BLANKS = re.compile(r"[ \t\r\n]*")

Path = tuple[str | int, ...]
"""The way to a piece: keys of objects and places in lists."""


@dataclass(frozen=True, slots=True)
class Member:
    """A key of an object. start, end: of its value; key_start, key_end: of the key with its quotes."""

    key: str
    key_start: int
    key_end: int
    start: int
    end: int


@dataclass(frozen=True)
class Split:
    """A list's text in pieces: head + items joined by gaps + tail is the text. head ends with [, tail begins with ]."""

    head: str
    items: tuple[str, ...]
    gaps: tuple[str, ...]
    tail: str

    def text(self) -> str:
        """The whole again."""
        parts = [self.head]
        for number, item in enumerate(self.items):
            parts += [self.gaps[number - 1] if number else "", item]
        return "".join([*parts, self.tail])

    def with_item(self, at: int, item: str) -> "Split":
        """Another item in the place of one."""
        return Split(self.head, (*self.items[:at], item, *self.items[at + 1 :]), self.gaps, self.tail)

    def inserted(self, at: int, item: str) -> "Split":
        """One more item before the place at, spaced like the first two."""
        gaps = self.gaps
        if self.items:
            gap, slot = (gaps[0] if gaps else ","), max(at - 1, 0)
            gaps = (*gaps[:slot], gap, *gaps[slot:])
        return Split(self.head, (*self.items[:at], item, *self.items[at:]), gaps, self.tail)

    def removed(self, at: int) -> "Split":
        """Without an item; the inverse of `inserted`."""
        slot = max(at - 1, 0)
        gaps = (*self.gaps[:slot], *self.gaps[slot + 1 :])
        return Split(self.head, (*self.items[:at], *self.items[at + 1 :]), gaps, self.tail)

    def moved(self, start: int, goal: int) -> "Split":
        """With the item at start standing at goal; what is between items stays where it is."""
        items = list(self.items)
        items.insert(goal, items.pop(start))
        return Split(self.head, tuple(items), self.gaps, self.tail)


def split_list(text: str) -> Split | None:
    """The pieces of a list's text; None if it is another value."""
    start = _blank(text, 0)
    if text[start : start + 1] != "[":
        return None
    spans = list_items(text, start)
    if not spans:
        tail = text.rindex("]")
        return Split(text[:tail], (), (), text[tail:])
    gaps = tuple(text[a[1] : b[0]] for a, b in pairwise(spans))
    return Split(text[: spans[0][0]], tuple(text[a:b] for a, b in spans), gaps, text[spans[-1][1] :])


def list_items(text: str, start: int) -> list[tuple[int, int]]:
    """Where the items of the list that begins at start stand: (start, end)."""
    spans: list[tuple[int, int]] = []
    at = _blank(text, start + 1)
    if text[at : at + 1] == "]":
        return spans
    while True:
        end = _end(text, at)
        spans.append((at, end))
        at = _blank(text, end)
        sign = text[at : at + 1]
        if sign == "]":
            return spans
        if sign != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _blank(text, at + 1)


def members(text: str, start: int = 0) -> list[Member]:
    """The keys of the object that begins at start, in order, a doubled one as often as it stands there."""
    found: list[Member] = []
    at = _blank(text, start + 1)
    if text[at : at + 1] == "}":
        return found
    while True:
        key, key_end = _DECODER.raw_decode(text, at)
        if not isinstance(key, str):
            raise json.JSONDecodeError("Expecting property name enclosed in double quotes", text, at)
        colon = _blank(text, key_end)
        if text[colon : colon + 1] != ":":
            raise json.JSONDecodeError("Expecting ':' delimiter", text, colon)
        value = _blank(text, colon + 1)
        end = _end(text, value)
        found.append(Member(key, at, key_end, value, end))
        at = _blank(text, end)
        sign = text[at : at + 1]
        if sign == "}":
            return found
        if sign != ",":
            raise json.JSONDecodeError("Expecting ',' delimiter", text, at)
        at = _blank(text, at + 1)


def place(text: str, path: Path) -> tuple[int, int] | None:
    """Where the value at a path stands; None if there is none. Of a doubled key it is the last, as JSON reads it."""
    start = _blank(text, 0)
    end = len(text.rstrip(" \t\r\n"))
    for step in path:
        sign = text[start : start + 1]
        if isinstance(step, str) and sign == "{":
            named = [m for m in members(text, start) if m.key == step]
            if not named:
                return None
            start, end = named[-1].start, named[-1].end
        elif isinstance(step, int) and sign == "[":
            spans = list_items(text, start)
            if not 0 <= step < len(spans):
                return None
            start, end = spans[step]
        else:
            return None
    return start, end


def value_at(text: str, path: Path) -> Any:
    """The value at a path. KeyError if there is none."""
    found = place(text, path)
    if found is None:
        raise KeyError(path)
    return load(text[slice(*found)])


def put(text: str, path: Path, value: Any) -> str:
    """The text with another value at a path; a last key that is missing is added at the end of its object.

    KeyError if the way there is missing.
    """
    found = place(text, path)
    if found is not None:
        return text[: found[0]] + dump(value) + text[found[1] :]
    parent = place(text, path[:-1])
    if parent is None or text[parent[0]] != "{" or not isinstance(path[-1], str):
        raise KeyError(path)
    return text[: parent[0]] + _added(text[slice(*parent)], path[-1], value) + text[parent[1] :]


def take(text: str, path: Path) -> str:
    """The text without the key or item at a path; the text itself if there is none."""
    found, parent = place(text, path), place(text, path[:-1])
    if found is None or parent is None:
        return text
    inner = text[slice(*parent)]
    if inner[0] == "[":
        split = split_list(inner)
        assert split is not None and isinstance(path[-1], int)
        inner = split.removed(path[-1]).text()
    else:
        inner = _without(inner, str(path[-1]))
    return text[: parent[0]] + inner + text[parent[1] :]


def _added(text: str, key: str, value: Any) -> str:
    """An object's text with one more key at its end, spaced as the others are."""
    known = members(text)
    if not known:
        return "{" + dump({key: value})[1:-1] + "}"
    last = known[-1]
    colon = text[last.key_end : last.start]
    comma = text[known[-2].end : last.key_start] if len(known) > 1 else ("," if colon == ":" else ", ")
    return text[: last.end] + comma + dump(key) + colon + dump(value) + text[last.end :]


def _without(text: str, key: str) -> str:
    """An object's text without a key, however often it stands there."""
    while True:
        known = members(text)
        at = next((i for i, m in enumerate(known) if m.key == key), None)
        if at is None:
            return text
        if len(known) == 1:
            return text[: known[0].key_start].rstrip(" \t\r\n") + "}"
        if at == 0:
            text = text[: known[0].key_start] + text[known[1].key_start :]
        else:
            text = text[: known[at - 1].end] + text[known[at].end :]


def _blank(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    assert found is not None
    return found.end()


def _end(text: str, at: int) -> int:
    try:
        return int(_DECODER.raw_decode(text, at)[1])
    except StopIteration as stop:
        raise json.JSONDecodeError("Expecting value", text, int(stop.value or at)) from None
