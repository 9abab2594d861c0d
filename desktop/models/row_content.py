"""What an inspector shows of a row beside its tokens: every cell, with what is trained. Made in any thread."""

from dataclasses import dataclass
from typing import Any

from services.datasets.conversation import Conversation
from services.datasets.formats.kto import read_label
from services.datasets.mapping import Mapping
from services.datasets.row_parts import Other, Part, other_columns, row_parts
from services.datasets.turn_items import Turn
from services.datasets.values import to_text
from services.datasets.wording import Span, word_marks

_COMPARED = 20_000  # characters of two answers that are compared
_ANSWERS = ("assistant", "function")


@dataclass(frozen=True)
class Said:
    """A turn of the row. key: of its own for good; turn: its number in the cell; trained: the loss sees it."""

    part: Part
    turn: int
    trained: bool

    @property
    def what(self) -> Turn:
        """The turn itself."""
        return self.part.cell.turns[self.turn]

    @property
    def key(self) -> str:
        """Names it among the turns of the row."""
        return f"{self.part.column}/{self.turn}"


@dataclass(frozen=True)
class RowContent:
    """said: all turns but the two answers of a pair. pair: chosen and rejected with the words that differ. label: good
    or bad, None if the row has none or it cannot be told; labelled: the column of it. others: cells beside."""

    said: tuple[Said, ...] = ()
    pair: tuple[Said, Said] | None = None
    differences: tuple[list[Span], list[Span]] = ((), ())  # type: ignore[assignment]
    label: bool | None = None
    labelled: str = ""
    others: tuple[Other, ...] = ()


def row_content(values: dict[str, Any], mapping: Mapping, conversation: Conversation | None) -> RowContent:
    """A row's cells. conversation: what training makes of it, None where it is left out."""
    parts = row_parts(values, mapping)
    trained = _trained(parts, conversation)
    said = [Said(part, t, (p, t) in trained) for p, part in enumerate(parts) for t in range(len(part.cell.turns))]
    sides = {part.role: part for part in parts if part.role in ("chosen", "rejected") and part.cell.turns}
    pair, differences = None, ([], [])  # type: ignore[var-annotated]
    if len(sides) == 2:
        ends = [next(s for s in reversed(said) if s.part is sides[role]) for role in ("chosen", "rejected")]
        pair = (ends[0], ends[1])
        said = [s for s in said if s not in ends and s.part is not sides["rejected"]]
        differences = word_marks(ends[0].what.shown[:_COMPARED], ends[1].what.shown[:_COMPARED])
    others = other_columns(values, list(values), mapping)
    tag = next((other for other in others if other.role == "kto_tag"), None)
    return RowContent(
        tuple(said),
        pair,
        differences,
        read_label(tag.value)[0] if tag is not None else None,
        tag.column if tag is not None else "",
        tuple(other for other in others if other is not tag),
    )


def _trained(parts: tuple[Part, ...], conversation: Conversation | None) -> set[tuple[int, int]]:
    """Which turns are trained: (number of the part, number of the turn)."""
    if conversation is None:
        return set()
    found: set[tuple[int, int]] = set()
    answers: list[tuple[int, int]] = []
    for p, part in enumerate(parts):
        last = len(part.cell.turns) - 1
        if part.role in ("chosen", "rejected", "text") and last >= 0:
            found.add((p, last))
        elif part.role in ("history", "messages", "prompt", "response"):
            answers += [(p, t) for t, turn in enumerate(part.cell.turns) if turn.speaker in _ANSWERS]
    meant = [turn for turn in conversation.turns if turn.role in _ANSWERS]
    if len(meant) == len(answers):
        pair_follows = conversation.chosen is not None
        found |= {at for at, turn in zip(answers, meant, strict=True) if turn.trained and not pair_follows}
    return found


def other_text(value: Any) -> str:
    """A cell beside the conversation, as text."""
    return to_text(value)
