"""What a check is: one that looks at a row by itself, one that mends texts, and one that compares rows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from services.datasets.conversation import Problem, Sure
from services.datasets.lint._options import Option
from services.datasets.lint._pieces import Piece, PieceRole
from services.datasets.lint._subject import Subject
from services.datasets.mapping import Mapping
from services.i18n import N_

Ids = npt.NDArray[np.int64]
Keys = npt.NDArray[np.int64]
Read = Callable[[Sequence[int]], list[Subject]]
"""Reads rows by id, in this order; one that is gone is left out."""


@dataclass(frozen=True)
class Fix:
    """An edit that mends a finding. sentence: what it does, N_-marked, with values. cells: (row id, column, value).
    delete: ids of rows to delete."""

    sentence: str
    cells: tuple[tuple[int, str, Any], ...] = ()
    delete: tuple[int, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Example:
    """Rows that show what a check finds and what it leaves alone: those whose place is in `found` are found.

    mapping: what the columns mean; None: alpaca's instruction, input and output.
    """

    rows: tuple[dict[str, Any], ...]
    found: tuple[int, ...]
    mapping: Mapping | None = None


class Check:
    """A check that looks at each row by itself; an object of it lives for one run over a set.

    id: the code of the problems it stands for. title, help: N_-marked. verb: the words of its fix's button, N_-marked,
    "" if it has none. on: whether it runs where nobody has chosen. options: its settings. version: raise it when what
    it finds changes, so that kept findings are looked for again. example: rows for its contract test.
    """

    id: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str] = ""
    verb: ClassVar[str] = ""
    on: ClassVar[bool] = True
    options: ClassVar[tuple[Option, ...]] = ()
    version: ClassVar[int] = 1
    example: ClassVar[Example | None] = None

    def __init__(self, mapping: Mapping, chosen: dict[str, Any] | None = None) -> None:
        self.mapping = mapping
        self._chosen = chosen or {}

    def option(self, option_id: str) -> Any:
        """The value of one of its settings. KeyError for one it has not."""
        option = next((option for option in self.options if option.id == option_id), None)
        if option is None:
            raise KeyError(option_id)
        return self._chosen.get(option_id, option.default)

    def prepare(self, path: Path) -> None:
        """Told before a run where the data set's file is; what it reads there belongs into `state`."""

    def state(self) -> str:
        """What, beside rows and settings, its findings depend on (other files); asked after `prepare`."""
        return ""

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """Problems of a row that are this check's. problems: all that deriving the row said."""
        return [problem for problem in problems if problem.code == self.id]

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """An edit that mends it, or None."""
        return None


class TextCheck(Check):
    """A check of texts one by one. One finding a row, however many of its texts have it; the fix mends them all."""

    roles: ClassVar[tuple[PieceRole, ...]] = ("question", "answer", "system", "text", "rejected")
    sentence: ClassVar[str]
    way_out: ClassVar[str] = ""
    does: ClassVar[str] = ""
    sure: ClassVar[Sure] = "likely"

    def look(self, text: str, row: Subject) -> str | None:
        """The place that shows it (what stands there), or None."""
        raise NotImplementedError

    def mended(self, text: str, row: Subject) -> str:
        """The text without it; the same where the program cannot know."""
        return text

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """The first text of the row that has it."""
        for piece in row.pieces:
            if piece.role in self.roles and piece.text:
                seen = self.look(piece.text, row)
                if seen is not None:
                    return [self.problem(piece, seen)]
        return []

    def problem(self, piece: Piece, seen: str) -> Problem:
        """What is said of a text."""
        values = {"column": piece.column, "seen": seen}
        return Problem(self.id, self.sentence, self.way_out, values, piece.column, blocks=False, sure=self.sure)

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """All texts of the row mended; nothing where that changes none, or leaves one empty."""
        texts: dict[Piece, str] = {}
        for piece in row.pieces:
            if piece.role in self.roles and piece.text and self.look(piece.text, row) is not None:
                new = self.mended(piece.text, row)
                if new != piece.text and new.strip():
                    texts[piece] = new
        return Fix(self.does, row.cells(texts)) if texts else None


class SetCheck(Check):
    """A check that compares rows by keys: whole numbers that equal or alike rows share.

    width: how many keys a row has. scope: "group" if only rows that share a key (0 is none) can have to do with each
    other, so that an edit concerns its group; "all" if every row counts.
    """

    width: ClassVar[int] = 1
    scope: ClassVar[Literal["group", "all"]] = "group"
    linked: ClassVar[slice] = slice(None)  # which of the keys link rows

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """Nothing: a single row is never the problem."""
        return []

    def keys(self, row: Subject) -> tuple[int, ...]:
        """(width,) numbers below 2**63; 0 where the row takes no part."""
        raise NotImplementedError

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Problems of these rows, or of the set as a whole (None). ids: (n,) ascending. keys: (n, width)."""
        raise NotImplementedError


def groups_of(ids: Ids, column: Keys) -> Iterator[Ids]:
    """Places of rows that share a key other than 0: arrays of two or more, each ascending. column: (n,)."""
    order = np.argsort(column, kind="stable")
    ordered = column[order]
    starts = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(ordered) else np.array([0])
    stops = np.append(starts[1:], len(ordered))
    wanted = (stops - starts > 1) & (ordered[np.minimum(starts, len(ordered) - 1)] != 0) if len(ordered) else []
    for start, stop in zip(starts[wanted], stops[wanted], strict=True) if len(ordered) else ():
        yield order[start:stop]


def delete_row(row: Subject) -> Fix:
    """The fix that deletes the row."""
    return Fix(N_("Delete the row."), delete=(row.id,))
