"""The questions about cells. `columns` () asks every column."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from services.datasets.query.cells import Cells, Flags, shown
from services.datasets.query.filters import Asked, Filter, compare
from services.datasets.query.folding import Needle
from services.datasets.query.patterns import Pattern

_TURN_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda turn, wanted: wanted in turn,
    "starts": lambda turn, wanted: turn.strip().startswith(wanted),
    "ends": lambda turn, wanted: turn.strip().endswith(wanted),
}
_BLANKS = "".join(chr(i) for i in range(0x3001) if chr(i).isspace())


@dataclass(frozen=True)
class Contains(Filter):
    """A text stands in one of the columns, in whatever case (unless case says that it matters)."""

    text: str
    names: tuple[str, ...] = ()
    case: bool = False

    @cached_property
    def _needle(self) -> Needle:
        return Needle(self.text, case=self.case)

    def flags(self, asked: Asked) -> Flags:
        out = np.zeros(len(asked.batch.ids), dtype=np.bool_)
        for column in asked.numbers(self.names):
            out |= self._needle.flags(asked.batch.cells(column))
        return out

    def columns(self, names: Sequence[str]) -> set[str]:
        return set(self.names or names)


@dataclass(frozen=True)
class Starts(Filter):
    """One of the columns begins, or ends, with a text, in whatever case, blanks around it aside."""

    text: str
    names: tuple[str, ...] = ()
    end: bool = False

    @cached_property
    def _needle(self) -> Needle:
        return Needle(self.text)

    def flags(self, asked: Asked) -> Flags:
        folded = self.text.casefold()
        out = np.zeros(len(asked.batch.ids), dtype=np.bool_)
        for column in asked.numbers(self.names):
            cells = asked.batch.cells(column)
            for i in np.flatnonzero(self._needle.flags(cells) & ~out):
                text = cells.shown(int(i)).strip().casefold()
                out[i] = text.endswith(folded) if self.end else text.startswith(folded)
        return out

    def columns(self, names: Sequence[str]) -> set[str]:
        return set(self.names or names)


@dataclass(frozen=True)
class Matches(Filter):
    """A regular expression fits somewhere in one of the columns, or in a text within its lists and objects."""

    text: str
    names: tuple[str, ...] = ()
    case: bool = True
    compiled: Pattern | None = field(default=None, compare=False, repr=False)

    @cached_property
    def _pattern(self) -> Pattern:
        return self.compiled or Pattern(self.text, case=self.case)

    def flags(self, asked: Asked) -> Flags:
        out = np.zeros(len(asked.batch.ids), dtype=np.bool_)
        for column in asked.numbers(self.names):
            cells = asked.batch.cells(column)
            for i in self._likely(cells):
                asked.go_on()
                if not out[i]:
                    out[i] = any(self._pattern.found(text) for text in cells.texts(int(i)))
        return out

    def _likely(self, cells: Cells) -> Iterable[int]:
        """The cells in which it may fit, found in all of them at once where that is possible."""
        together = cells.below_each_other()
        spans = None if together is None else self._pattern.among(together, cells.count)
        return range(cells.count) if spans is None else cells.touched(spans).tolist()

    def columns(self, names: Sequence[str]) -> set[str]:
        return set(self.names or names)


@dataclass(frozen=True)
class Empty(Filter):
    """Each of the columns has nothing: no key, null, blanks only, or an empty list or object."""

    names: tuple[str, ...] = ()

    def flags(self, asked: Asked) -> Flags:
        tests = [
            f"(c{c} IS NULL OR c{c} IN (x'6e756c6c', x'5b5d', x'7b7d') OR (c{c} < x'' AND (c{c} = ''"
            f" OR ((c{c} < '!' OR c{c} >= char(133)) AND trim(c{c}, ?) = ''))))"
            for c in asked.numbers(self.names)
        ]
        return asked.batch.sql(" AND ".join(tests) or "1", [_BLANKS] * len(tests))


@dataclass(frozen=True)
class Equals(Filter):
    """A column says exactly this: a text, or the spelling of a number, true, false."""

    name: str
    text: str

    def flags(self, asked: Asked) -> Flags:
        tests, arguments = [], []
        for c in asked.numbers([self.name]):
            tests.append(f"(c{c} = ? OR (c{c} = ? AND c{c} <> x'6e756c6c'))")
            arguments += [self.text, self.text.encode("utf-8", "surrogatepass")]
        return asked.batch.sql(" OR ".join(tests) or "0", arguments)


@dataclass(frozen=True)
class Number(Filter):
    """A column against a number; what is no number (nor a text that is one) does not fit."""

    name: str
    sign: str
    number: float

    def flags(self, asked: Asked) -> Flags:
        values = np.full(len(asked.batch.ids), np.nan)
        for column in asked.numbers([self.name]):
            cells = asked.batch.cells(column)
            values = np.array([number_of(cells.raw(i)) for i in range(cells.count)], dtype=np.float64)
        return compare(values, self.sign, self.number)

    def columns(self, names: Sequence[str]) -> set[str]:
        return {self.name}


@dataclass(frozen=True)
class Length(Filter):
    """Characters of the columns, taken together."""

    sign: str
    number: float
    names: tuple[str, ...] = ()

    def flags(self, asked: Asked) -> Flags:
        total = np.zeros(len(asked.batch.ids), dtype=np.float64)
        for column in asked.numbers(self.names):
            total += asked.batch.lengths(column)
        return compare(total, self.sign, self.number)


@dataclass(frozen=True)
class Turns(Filter):
    """A question about the turns of one speaker within a conversation column.

    column: it. keys: what its turns call their role and their content. role: the speaker. of: "contains", "starts",
    "ends", "equals", "matches" (one of the turns does), "empty" (there is none, or one is empty) or "length" (of all);
    text, sign, number, case: what for.
    """

    column: str
    keys: tuple[str, str]
    role: str
    of: str
    text: str = ""
    sign: str = ""
    number: float = 0.0
    case: bool = True

    @cached_property
    def _pattern(self) -> Pattern:
        return Pattern(self.text, case=self.case)

    def flags(self, asked: Asked) -> Flags:
        out = np.zeros(len(asked.batch.ids), dtype=np.bool_)
        for column in asked.numbers([self.column]):
            cells = asked.batch.cells(column)
            for i in range(cells.count):
                asked.go_on()
                out[i] = self._holds(self._turns(cells.raw(i)))
        return out

    def columns(self, names: Sequence[str]) -> set[str]:
        return {self.column}

    def _turns(self, raw: bytes) -> list[str]:
        try:
            turns = json.loads(raw[1:]) if raw.startswith(b"\xfd") else []
        except ValueError:  # numbers that only our own reader takes
            turns = []
        role, content = self.keys
        found = [t.get(content) for t in turns if isinstance(t, dict) and t.get(role) == self.role]
        return [text if isinstance(text, str) else "" for text in found]

    def _holds(self, turns: list[str]) -> bool:
        if self.of in _TURN_TESTS:
            wanted, test = self.text.casefold(), _TURN_TESTS[self.of]
            return any(test(turn.casefold(), wanted) for turn in turns)
        if self.of == "equals":
            return self.text in turns
        if self.of == "matches":
            return any(self._pattern.found(turn) for turn in turns)
        if self.of == "empty":
            return not turns or any(not turn.strip() for turn in turns)
        return bool(compare(np.array([float(sum(map(len, turns)))]), self.sign, self.number)[0])


def number_of(raw: bytes) -> float:
    """The number that a cell of a buffer is or spells, NaN if none."""
    try:
        return float(shown(raw))
    except (ValueError, OverflowError):
        return float("nan")
