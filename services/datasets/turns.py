"""A cell that holds a conversation, turn by turn: reading it, editing operations, and writing it back.

A `TurnCell` never changes; each operation gives another one. What an operation does not touch stays byte for byte: keys
that nobody knows, the spelling of numbers, blanks of JSON that a file keeps as text. Operations are plain text work on
the cell's JSON, so that the log of the data set keeps what changed and not the cell.
"""

import json
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

from services.datasets.jsontext import Split, put, split_list, take, value_at
from services.datasets.mapping import Tags
from services.datasets.turn_items import Field, Turn, is_openai, read_turn, role_for
from services.datasets.values import ABSENT, dump, from_text, load, to_text

Shape = Literal["turns", "pairs", "message", "text", "broken"]
"""How a cell holds its turns. turns: a list of objects; pairs: a list of [question, answer]; message: one object; text:
what is said stands in the cell itself; broken: text that should be a list, and is none."""


@dataclass(frozen=True)
class _Pieces:
    """Where the turns of a cell are read from. split: of a list; raw: of anything else."""

    split: Split | None
    raw: str


@dataclass(frozen=True)
class TurnCell:
    """The turns of one cell. speaker: who speaks in a cell of text. as_text: the list is kept as JSON text in a text
    cell. original: the value as it was read; it is given back while nothing has changed."""

    shape: Shape
    pieces: _Pieces
    tags: Tags
    original: Any
    speaker: str = ""
    as_text: bool = False
    changed: bool = False

    # ---- reading

    @cached_property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, in order. In pairs each question and each answer is one."""
        split = self.pieces.split
        if self.shape in ("text", "broken"):
            value = self.value()
            plain = self.shape == "text" and (isinstance(value, str) or value is None or value is ABSENT)
            field = Field("text" if plain else "raw", (), self.pieces.raw, null=value is None)
            return (Turn(self.speaker, "", (field,), self.pieces.raw),)
        if split is None:
            return (self._read(self.pieces.raw),)
        if self.shape == "pairs":
            return tuple(turn for item in split.items for turn in _pair(item))
        return tuple(self._read(item) for item in split.items)

    @cached_property
    def places(self) -> tuple[int, ...]:
        """Of each turn, which item of the list it stands in."""
        if self.shape == "pairs" and self.pieces.split is not None:
            return tuple(i for i, item in enumerate(self.pieces.split.items) for _ in _pair(item))
        return tuple(range(len(self.turns)))

    @property
    def is_list(self) -> bool:
        """Whether turns can be added, removed and moved."""
        return self.shape in ("turns", "pairs")

    @property
    def has_roles(self) -> bool:
        """Whether a turn says who speaks, so that it can be changed."""
        return self.shape in ("turns", "message")

    def value(self) -> Any:
        """What belongs into the cell; the very value that was read while nothing has changed."""
        if not self.changed:
            return self.original
        if self.shape in ("text", "broken"):
            return from_text(self.pieces.raw, self.original if self.original is not None else "")
        text = self.pieces.split.text() if self.pieces.split is not None else self.pieces.raw
        return text if self.as_text else load(text)

    # ---- editing; numbers of turns from 0. IndexError for one that is not there

    def with_text(self, turn: int, field: Field, text: str) -> "TurnCell":
        """Type over a field. Text stays text, an empty field that was null stays null, anything else is read as JSON
        where it can be."""
        if self.shape in ("text", "broken"):
            same = text == self.pieces.raw
            return self if same else replace(self, pieces=_Pieces(None, text), changed=True)
        if field.text == text:
            return self
        if not field.path and field.kind == "raw":
            return self._with_raw(turn, _as_json(text))
        raw = self._item(turn)
        try:
            old = value_at(raw, field.path)
        except KeyError:
            old = ABSENT
        return self._with_raw(turn, put(raw, field.path, from_text(text, "" if old is None else old)))

    def with_speaker(self, turn: int, speaker: str) -> "TurnCell":
        """Let another one speak. An answer that becomes a tool call gets a call to fill in where calls stand apart."""
        if not self.has_roles:
            return self
        raw = self._item(turn)
        if not isinstance(load(raw), dict):
            raw = dump(self._fresh(speaker, to_text(load(raw))))
            return self._with_raw(turn, raw)
        raw = put(raw, (self.tags.role_tag,), role_for(speaker, self.tags))
        if is_openai(self.tags) and speaker == "function" and not self.turns[turn].calls:
            raw = put(raw, ("tool_calls",), [_empty_call()])
        elif is_openai(self.tags) and speaker != "function" and self.turns[turn].calls:
            raw = take(take(raw, ("tool_calls",)), ("function_call",))
        return self._with_raw(turn, raw)

    def with_trained(self, turn: int, trained: bool) -> "TurnCell":
        """Have an answer trained or not, by the key that it has (weight where it has none: loss outside OpenAI's)."""
        if not self.has_roles or self.turns[turn].trained == trained:
            return self
        raw = self._item(turn)
        item = load(raw)
        if not isinstance(item, dict):
            return self
        if "loss" in item or ("weight" not in item and not is_openai(self.tags)):
            raw = put(raw, ("loss",), trained)
        if "weight" in item or (is_openai(self.tags) and "loss" not in item):
            raw = put(raw, ("weight",), int(trained))
        return self._with_raw(turn, raw)

    def inserted(self, at: int, speaker: str, text: str = "") -> "TurnCell":
        """A new turn before the turn at (pairs: a pair before its pair)."""
        if self.shape == "pairs":
            pair = ["", text] if speaker == "assistant" else [text, ""]
            return self.with_raw_at(at, dump(pair))
        return self.with_raw_at(at, dump(self._fresh(speaker, text)))

    def with_raw_at(self, at: int, raw: str) -> "TurnCell":
        """A turn from its JSON before the turn at; the inverse of `removed`."""
        split = self._list()
        return self._with_split(split.inserted(self._place(at), raw))

    def removed(self, turn: int) -> "TurnCell":
        """Without a turn (pairs: without its pair)."""
        return self._with_split(self._list().removed(self.places[turn]))

    def duplicated(self, turn: int) -> "TurnCell":
        """With a copy of a turn below it."""
        split, place = self._list(), self.places[turn]
        return self._with_split(split.inserted(place + 1, split.items[place]))

    def moved(self, turn: int, goal: int) -> "TurnCell":
        """With a turn standing at another place; its inverse is moved(goal, turn)."""
        start, end = self.places[turn], self.places[goal]
        return self if start == end else self._with_split(self._list().moved(start, end))

    def joined(self, turn: int, between: str = "\n") -> "TurnCell":
        """With a turn and the next one as one: the first one's role, both texts, the calls of both."""
        if self.shape != "turns":
            return self
        split = self._list()
        first, second = (load(split.items[i]) for i in (turn, turn + 1))
        if not isinstance(first, dict) or not isinstance(second, dict):
            return self
        raw, key = split.items[turn], self.tags.content_tag
        raw = put(raw, (key,), _joined_content(first.get(key), second.get(key), between))
        if isinstance(first.get("tool_calls"), list) and isinstance(second.get("tool_calls"), list):
            raw = put(raw, ("tool_calls",), [*first["tool_calls"], *second["tool_calls"]])
        for name, value in second.items():
            if name not in first and name not in (key, "weight", "loss"):
                raw = put(raw, (name,), value)
        return self._with_split(split.with_item(turn, raw).removed(turn + 1))

    def split_at(self, turn: int, field: Field, at: int) -> "TurnCell":
        """With a turn cut in two at a character of its text; a line end between two texts falls away (joining
        brings it back). Calls and what else stands apart go with the second part, thoughts stay with the first."""
        if self.shape != "turns" or field.kind != "text" or not field.path:
            return self
        head, tail = field.text[:at], field.text[at:]
        if head.endswith("\n") and head[:-1] and tail:
            head = head[:-1]
        elif tail.startswith("\n") and tail[1:] and head:
            tail = tail[1:]
        split, raw = self._list(), self._item(turn)
        first = put(take(take(raw, ("tool_calls",)), ("function_call",)), field.path, head)
        second = put(raw, field.path, tail)
        for key in ("reasoning_content", "reasoning", "thinking"):
            second = take(second, (key,))
        return self._with_split(split.with_item(turn, first).inserted(turn + 1, second))

    def with_call(self, turn: int) -> "TurnCell":
        """With one more call of a tool, to fill in."""
        raw = self._item(turn)
        item = load(raw) if self.has_roles else None
        if not isinstance(item, dict):
            return self
        calls = item.get("tool_calls")
        known = calls if isinstance(calls, list) else []
        return self._with_raw(turn, put(raw, ("tool_calls",), [*known, _empty_call()]))

    def without_call(self, turn: int, number: int) -> "TurnCell":
        """Without a call; without the list of calls if it was the last."""
        raw = self._item(turn)
        item = load(raw) if self.has_roles else None
        if not isinstance(item, dict):
            return self
        calls = item.get("tool_calls")
        if not isinstance(calls, list):
            return self._with_raw(turn, take(raw, ("function_call",)))
        raw = take(raw, ("tool_calls",) if len(calls) == 1 else ("tool_calls", number))
        return self._with_raw(turn, raw)

    # ---- inside

    def _read(self, raw: str) -> Turn:
        return read_turn(raw, self.tags)

    def _place(self, at: int) -> int:
        return self.places[at] if at < len(self.places) else len(self._list().items)

    def _item(self, turn: int) -> str:
        split = self.pieces.split
        return split.items[self.places[turn]] if split is not None else self.pieces.raw

    def _list(self) -> Split:
        if self.pieces.split is None:
            raise IndexError("the cell is no list")
        return self.pieces.split

    def _with_raw(self, turn: int, raw: str) -> "TurnCell":
        if self.pieces.split is None:
            return self if raw == self.pieces.raw else replace(self, pieces=_Pieces(None, raw), changed=True)
        if raw == self._item(turn):
            return self
        return self._with_split(self.pieces.split.with_item(self.places[turn], raw))

    def _with_split(self, split: Split) -> "TurnCell":
        return self if split == self.pieces.split else replace(self, pieces=_Pieces(split, ""), changed=True)

    def _fresh(self, speaker: str, text: str) -> dict[str, Any]:
        made: dict[str, Any] = {self.tags.role_tag: role_for(speaker, self.tags)}
        if speaker == "function" and is_openai(self.tags):
            return {**made, self.tags.content_tag: text or None, "tool_calls": [_empty_call()]}
        made[self.tags.content_tag] = text
        if speaker == "observation" and is_openai(self.tags):
            made["tool_call_id"] = ""
        return made


def read_plain(value: Any, tags: Tags, speaker: str) -> TurnCell:
    """A cell that is one text, whatever stands in it (a system prompt, a list of tools)."""
    return TurnCell("text", _Pieces(None, to_text(value)), tags, value, speaker)


def read_cell(value: Any, tags: Tags, *, speaker: str = "", pairs: bool = False, wants_list: bool = False) -> TurnCell:
    """The turns of a cell's value. speaker: who speaks where the cell is plain text. pairs: a list is one of pairs.
    wants_list: the cell should be a list, so that empty is an empty list and other text is broken."""
    if isinstance(value, list):
        shape: Shape = "pairs" if pairs else "turns"
        return TurnCell(shape, _Pieces(split_list(dump(value)), ""), tags, value)
    if isinstance(value, dict):
        return TurnCell("message", _Pieces(None, dump(value)), tags, value)
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        found = _read_text(value, tags, pairs=pairs, wants_list=wants_list)
        if found is not None:
            return found
    if wants_list and (value is None or value is ABSENT or value == ""):
        return TurnCell("pairs" if pairs else "turns", _Pieces(split_list("[]"), ""), tags, value)
    if not wants_list:
        return read_plain(value, tags, speaker)
    return TurnCell("broken", _Pieces(None, to_text(value)), tags, value, speaker)


def _read_text(value: str, tags: Tags, *, pairs: bool, wants_list: bool) -> TurnCell | None:
    """A list, or a turn, that a file keeps as JSON text; None for text that is only text."""
    try:
        meant = load(value)
    except (ValueError, RecursionError):
        return None
    if isinstance(meant, dict):
        if wants_list or tags.role_tag not in meant:
            return None
        return TurnCell("message", _Pieces(None, value), tags, value, as_text=True)
    if not wants_list and not any(isinstance(item, dict) and tags.role_tag in item for item in meant):
        return None
    return TurnCell("pairs" if pairs else "turns", _Pieces(split_list(value), ""), tags, value, as_text=True)


def _pair(raw: str) -> tuple[Turn, ...]:
    """The question and the answer of a pair; what is no pair is shown as its JSON."""
    item = load(raw)
    if not isinstance(item, list) or len(item) != 2:
        return (Turn("", "", (Field("raw", (), raw),), raw),)
    return tuple(
        Turn(speaker, "", (Field("text" if isinstance(text, str) else "raw", (at,), to_text(text)),), raw)
        for at, (speaker, text) in enumerate(zip(("user", "assistant"), item, strict=True))
    )


def _joined_content(first: Any, second: Any, between: str) -> Any:
    if isinstance(first, list) or isinstance(second, list):
        return [*_parts(first), *_parts(second)]
    texts = ["" if value is None else to_text(value) for value in (first, second)]
    if first is None and second is None:
        return None
    return between.join(text for text in texts if text) if not all(texts) else between.join(texts)


def _parts(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    return [] if value in (None, "") else [{"type": "text", "text": to_text(value)}]


def _empty_call() -> dict[str, Any]:
    return {"id": "", "type": "function", "function": {"name": "", "arguments": "{}"}}


def _as_json(text: str) -> str:
    """A text as it stands if it is JSON, else as a JSON string."""
    try:
        load(text)
    except (json.JSONDecodeError, ValueError, RecursionError):
        return dump(text)
    return text.strip()
