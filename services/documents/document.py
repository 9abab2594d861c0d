"""What a document is here: its blocks of text in order, with their headings and pages."""

from dataclasses import dataclass, field
from typing import Any, Literal

from services.datasets.conversation import Problem
from services.errors import TunesmithError

BlockKind = Literal["heading", "paragraph", "item", "table", "code"]


class DocumentError(TunesmithError):
    """A document that gives no text, or a server's answers that cannot be used."""


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of a document. level: of a heading, from 1. page: from 1, 0 where the kind has no pages."""

    kind: BlockKind
    text: str
    level: int = 0
    page: int = 0


@dataclass
class Document:
    """A document's text. name: of its file. notes: what was left out and why, for the person."""

    name: str
    blocks: list[Block] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)

    @property
    def characters(self) -> int:
        """Length of all its text."""
        return sum(len(block.text) for block in self.blocks)

    def note(self, code: str, sentence: str, **values: Any) -> None:
        """Say something about it."""
        self.notes.append(Problem(code, sentence, values=values, blocks=False))
