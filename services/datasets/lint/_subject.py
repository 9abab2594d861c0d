"""A row as checks see it: its cells, what it means, what reading it said, and its texts with their places."""

import hashlib
from collections.abc import Iterable
from functools import cached_property
from itertools import pairwise
from typing import Any

from services.datasets.conversation import Conversation, Problem, Turn
from services.datasets.lint._pieces import Piece, pieces_of, replaced
from services.datasets.mapping import Mapping, RowProblem


class Subject:
    """One row. id: its number for good. values: its cells. talk: the conversation, None if it gives none. problems: all
    that deriving it said."""

    def __init__(self, row_id: int, values: dict[str, Any], mapping: Mapping) -> None:
        self.id, self.values, self.mapping = row_id, values, mapping
        notes: list[Problem] = []
        self.talk: Conversation | None = None
        try:
            self.talk = mapping.conversation(values, notes)
        except RowProblem as error:
            notes.append(error.problem)
        self.problems = [problem for i, problem in enumerate(notes) if problem not in notes[:i]]

    @cached_property
    def pieces(self) -> list[Piece]:
        """All its texts with their places."""
        return pieces_of(self.values, self.mapping)

    @cached_property
    def pairs(self) -> list[tuple[str, str]]:
        """(question, answer) of each exchange; of a preference row its question with the chosen answer."""
        if self.talk is None:
            return []
        turns = [*self.talk.turns, *([self.talk.chosen] if self.talk.chosen else [])]
        return [
            (before.content, turn.content)
            for before, turn in pairwise(turns)
            if before.role == "user" and turn.role == "assistant"
        ]

    @cached_property
    def question(self) -> str:
        """Everything that the last answer answers, as one text: system, earlier turns, the question."""
        if self.talk is None or self.talk.text is not None:
            return ""
        turns = self.talk.turns if self.talk.chosen else self.talk.turns[:-1]
        return "\n".join([self.talk.system or "", *(_said(turn) for turn in turns)]).strip()

    @cached_property
    def answer(self) -> str:
        """The last answer (the chosen one), or the text of a row of raw text."""
        if self.talk is None:
            return ""
        if self.talk.text is not None:
            return self.talk.text
        last = self.talk.chosen or (self.talk.turns[-1] if self.talk.turns else None)
        return _said(last) if last else ""

    @cached_property
    def content(self) -> str:
        """All that is trained and read, as one text; equal for rows that teach the same."""
        if self.talk is None:
            return ""
        more = _said(self.talk.rejected) if self.talk.rejected else ""
        label = "" if self.talk.label is None else str(self.talk.label)
        return "\x1e".join([self.question, self.answer, more, label])

    def cells(self, texts: dict[Piece, str]) -> tuple[tuple[int, str, Any], ...]:
        """The edit that puts these texts in the place of their pieces."""
        return tuple((self.id, column, value) for column, value in replaced(self.values, texts).items())


def _said(turn: Turn) -> str:
    """A turn as one text, calls of tools included."""
    if not turn.tool_calls:
        return turn.content
    calls = [str(call.get("function")) for call in turn.tool_calls]
    return "\n".join([turn.content, *calls])


def key_of(*texts: str) -> int:
    """63 bits that stand for these texts; never 0."""
    digest = hashlib.blake2b("\x1f".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") >> 1 or 1


def plain(text: str) -> str:
    """A text without differences in case and blanks."""
    return " ".join(text.casefold().split())


def excerpt(text: str, start: int = 0, end: int = 0, around: int = 24) -> str:
    """What stands from start to end with a little around it, in one line, at most some 80 characters."""
    end = min(max(end, start), start + 60)
    left, right = max(0, start - around), min(len(text), end + around)
    words = " ".join(text[left:right].split())
    return ("…" if left else "") + words + ("…" if right < len(text) else "")


def first_role(pieces: Iterable[Piece], *roles: str) -> list[Piece]:
    """The pieces that have one of these roles."""
    return [piece for piece in pieces if piece.role in roles]
