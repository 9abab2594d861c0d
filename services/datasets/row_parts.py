"""A row as the cells that make its conversation, in the order in which they are said, and those that play no part."""

from dataclasses import dataclass
from typing import Any

from services.datasets.formats import formats
from services.datasets.mapping import Mapping
from services.datasets.turns import TurnCell, read_cell, read_plain
from services.datasets.values import ABSENT

ORDER = ("system", "tools", "history", "messages", "prompt", "query", "response", "chosen", "rejected", "text")
MEDIA = ("images", "videos", "audios")
_SPEAKERS = {"system": "system", "tools": "", "prompt": "user", "query": "user", "response": "assistant",
             "chosen": "assistant", "rejected": "assistant", "text": "assistant"}  # fmt: skip
_LISTS = ("history", "messages")
_ANSWERS = ("response", "chosen", "rejected", "text")


@dataclass(frozen=True)
class Part:
    """A cell that is part of the conversation. role: what its column means. column: the row's own spelling of it."""

    role: str
    column: str
    cell: TurnCell

    @property
    def trained(self) -> bool:
        """Whether plain text in it is trained; turns say it themselves."""
        return self.role in _ANSWERS


@dataclass(frozen=True)
class Other:
    """A cell that is not part of the conversation. role: of pictures and sounds, the label; '' for none."""

    role: str
    column: str
    value: Any


def row_parts(values: dict[str, Any], mapping: Mapping) -> tuple[Part, ...]:
    """The parts of a row's conversation; none while nothing says what the columns mean."""
    if mapping.format not in formats:
        return ()
    known = formats.get(mapping.format).roles
    parts = []
    for role in ORDER:
        column = mapping.column(role)
        if column and (role in known or (role == "prompt" and mapping.format == "text")):
            spelled = _spelling(column, values)
            parts.append(Part(role, spelled, _cell(values.get(spelled, ABSENT), role, mapping)))
    return tuple(parts)


def other_columns(values: dict[str, Any], columns: list[str], mapping: Mapping) -> tuple[Other, ...]:
    """The cells beside the conversation: label, pictures, and columns that play no role."""
    shown = {part.column for part in row_parts(values, mapping)}
    roles = {column: role for role, column in mapping.columns.items()}
    return tuple(Other(roles.get(name, ""), name, values.get(name, ABSENT)) for name in columns if name not in shown)


def is_conversation(values: dict[str, Any], column: str, mapping: Mapping) -> bool:
    """Whether a cell holds turns: it is then edited turn by turn and not as text."""
    role = next((role for role, name in mapping.columns.items() if name == column), "")
    if role not in ORDER or mapping.format not in formats or role not in formats.get(mapping.format).roles:
        return False
    if role in _LISTS:
        return True
    return role not in ("system", "tools") and _cell(values.get(column, ABSENT), role, mapping).shape != "text"


def swapped(values: dict[str, Any], mapping: Mapping) -> list[tuple[str, Any]]:
    """The cells that let chosen and rejected change places: (column, value); none where the row has no such pair."""
    pair = [_spelling(mapping.column(role), values) for role in ("chosen", "rejected")]
    if not all(pair) or pair[0] == pair[1]:
        return []
    first, second = (values.get(column, ABSENT) for column in pair)
    return [(pair[0], second), (pair[1], first)]


def _cell(value: Any, role: str, mapping: Mapping) -> TurnCell:
    if role in ("system", "tools"):
        return read_plain(value, mapping.tags, _SPEAKERS[role])
    return read_cell(
        value, mapping.tags, speaker=_SPEAKERS.get(role, ""), pairs=role == "history", wants_list=role in _LISTS
    )


def _spelling(column: str, values: dict[str, Any]) -> str:
    """The row's own spelling of a column's name: upper and lower case may differ."""
    if column in values:
        return column
    return next((key for key in values if key.casefold() == column.casefold()), column)
