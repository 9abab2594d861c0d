"""The texts of a row, each with the place where it stands, so that a fix can write it back there.

What the columns mean says which cells hold text: plain cells, pairs of a history, turns of a list (also where the
file spells the list as JSON text).
"""

import copy
from collections.abc import Iterator
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Any, Literal

from services.datasets.mapping import Mapping
from services.datasets.values import ABSENT, dump, load

PieceRole = Literal["question", "answer", "system", "call", "result", "text", "rejected", "tools"]

_PLAIN: dict[str, PieceRole] = {
    "prompt": "question", "query": "question", "response": "answer", "system": "system", "chosen": "answer",
    "rejected": "rejected", "text": "text", "tools": "tools",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A text. column, path: the cell, and the keys that lead to the text within it (none: the cell itself)."""

    role: PieceRole
    column: str
    text: str
    path: tuple[int | str, ...] = ()


def pieces_of(values: AnyMapping[str, Any], mapping: Mapping) -> list[Piece]:
    """All texts of a row that is read by mapping, in the order of the columns' roles."""
    found: list[Piece] = []
    for role, column in mapping.columns.items():
        cell = values.get(column, ABSENT)
        if role == "history":
            found += _history(column, cell)
        elif role == "messages" or (role == "prompt" and not isinstance(cell, str)):
            found += _turns(column, cell, mapping)
        elif role in _PLAIN:
            if isinstance(cell, str):
                found.append(Piece(_PLAIN[role], column, cell))
            elif role in ("chosen", "rejected"):
                found += [_renamed(piece, _PLAIN[role]) for piece in _answers(column, cell, mapping)]
    return found


def replaced(values: AnyMapping[str, Any], texts: AnyMapping[Piece, str]) -> dict[str, Any]:
    """The cells of a row after these texts were put in the place of their pieces: column -> new value."""
    cells: dict[str, Any] = {}
    spelled: set[str] = set()
    for piece, text in texts.items():
        if not piece.path:
            cells[piece.column] = text
            continue
        if piece.column not in cells:
            cell = values[piece.column]
            if isinstance(cell, str):
                spelled.add(piece.column)
            cells[piece.column] = load(cell) if isinstance(cell, str) else copy.deepcopy(cell)
        place = cells[piece.column]
        for key in piece.path[:-1]:
            place = place[key]
        place[piece.path[-1]] = text
    return {column: dump(value) if column in spelled else value for column, value in cells.items()}


def _renamed(piece: Piece, role: PieceRole) -> Piece:
    return Piece(role if piece.role == "answer" else piece.role, piece.column, piece.text, piece.path)


def _list(cell: Any) -> list[Any]:
    if isinstance(cell, str) and cell.lstrip()[:1] == "[":
        try:
            cell = load(cell)
        except (ValueError, RecursionError):
            return []
    return cell if isinstance(cell, list) else []


def _history(column: str, cell: Any) -> Iterator[Piece]:
    for number, pair in enumerate(_list(cell)):
        if isinstance(pair, list):
            for side, text in enumerate(pair[:2]):
                if isinstance(text, str):
                    yield Piece("answer" if side else "question", column, text, (number, side))


def _answers(column: str, cell: Any, mapping: Mapping) -> Iterator[Piece]:
    if isinstance(cell, dict):
        yield from _turn(column, cell, mapping, ())
    elif isinstance(cell, list):
        for number, item in enumerate(cell):
            if isinstance(item, str):  # the old form of a pair: both answers in one list
                yield Piece("answer" if number == 0 else "rejected", column, item, (number,))
            elif isinstance(item, dict):
                yield from _turn(column, item, mapping, (number,))


def _turns(column: str, cell: Any, mapping: Mapping) -> Iterator[Piece]:
    for number, item in enumerate(_list(cell)):
        if isinstance(item, dict):
            yield from _turn(column, item, mapping, (number,))


def _turn(column: str, item: dict[str, Any], mapping: Mapping, path: tuple[int | str, ...]) -> Iterator[Piece]:
    tags = mapping.tags
    roles: dict[str, PieceRole] = {
        "user": "question", "assistant": "answer", "tool": "result", "function": "result", "developer": "system",
        tags.user_tag: "question", tags.assistant_tag: "answer", tags.observation_tag: "result",
        tags.function_tag: "call", tags.system_tag: "system",
    }  # fmt: skip
    role = roles.get(str(item.get(tags.role_tag)), "result")
    content = item.get(tags.content_tag)
    if isinstance(content, str):
        yield Piece(role, column, content, (*path, tags.content_tag))
    elif isinstance(content, list):
        for number, part in enumerate(content):
            if isinstance(part, str):
                yield Piece(role, column, part, (*path, tags.content_tag, number))
            elif isinstance(part, dict) and isinstance(part.get("text"), str):
                yield Piece(role, column, part["text"], (*path, tags.content_tag, number, "text"))
