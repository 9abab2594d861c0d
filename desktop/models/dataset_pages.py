"""The rows that a grid has at hand: a few pages of a store, the latest used, within bounds of memory."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from desktop.models.shown_rows import ShownRows
from services.datasets.marks import Marks
from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT

PAGE = 64
"""Rows read at a time: more than stand on a screen, few enough for cells of 200 KB."""
_PAGES = 64
_NO_MARKS = Marks()
_CHARACTERS = 32_000_000  # kept at most, of all pages together
_SAMPLE = 50  # rows that tell what kind of values a column holds

KINDS = ("text", "turns", "nested", "flag", "number")


class Pages:
    """Reads rows by position. While `held` nothing is read: rows that are not at hand are None."""

    def __init__(self, store: DatasetStore, shown: ShownRows | None = None) -> None:
        self._store = store
        self._shown = shown if shown is not None else ShownRows(store)
        self._marks: dict[int, Marks] = {}
        self._pages: OrderedDict[int, tuple[list[Row], int]] = OrderedDict()
        self._characters = 0
        self._kinds: dict[str, tuple[str, Any]] = {}
        self._sample: list[Row] | None = None
        self.held = False

    def clear(self) -> None:
        """Forget all: the store has changed."""
        self._pages.clear()
        self._marks.clear()
        self._characters = 0
        self._kinds.clear()
        self._sample = None

    def forget(self, position: int) -> None:
        """The page of this position has more rows now."""
        _, gone = self._pages.pop(position // PAGE, ([], 0))
        self._characters -= gone

    def marks(self, position: int) -> Marks:
        """Star and tags of the row at a position."""
        row = self.row(position)
        return self._marks.get(row.id, _NO_MARKS) if row is not None else _NO_MARKS

    def row(self, position: int) -> Row | None:
        """The row at a position, None beyond the end."""
        number, offset = divmod(position, PAGE)
        if number in self._pages:
            self._pages.move_to_end(number)
        elif self.held or position < 0:
            return None
        else:
            if self._shown.some:
                rows = self._store.rows_of(self._shown.slice(number * PAGE, PAGE))
            else:
                rows = self._store.rows(number * PAGE, PAGE)
            self._marks |= self._store.marks([row.id for row in rows])
            weight = sum(len(v) if isinstance(v, str) else 100 for row in rows for v in row.values.values())
            self._pages[number] = (rows, weight)
            self._characters += weight
            while len(self._pages) > 2 and (len(self._pages) > _PAGES or self._characters > _CHARACTERS):
                _, (_, gone) = self._pages.popitem(last=False)
                self._characters -= gone
        rows = self._pages[number][0]
        return rows[offset] if offset < len(rows) else None

    def kind(self, column: str) -> tuple[str, Any]:
        """What a column mostly holds, one of KINDS, and one such value; told from the first rows."""
        if column not in self._kinds:
            self._kinds[column] = _kind([row.values.get(column, ABSENT) for row in self._first()])
        return self._kinds[column]

    def _first(self) -> Iterator[Row]:
        if self._sample is None:
            if self.held:
                return
            first = self._pages.get(0) if not self._shown.some else None
            self._sample = (first[0] if first else self._store.rows(0, PAGE))[:_SAMPLE]
        yield from self._sample


def _kind(values: list[Any]) -> tuple[str, Any]:
    votes: dict[str, list[Any]] = {}
    for value in values:
        if value is None or value is ABSENT or value == "":
            continue
        votes.setdefault(_kind_of(value), []).append(value)
    if not votes:
        return ("text", "")
    kind = max(votes, key=lambda k: len(votes[k]))
    return (kind, votes[kind][0])


def _kind_of(value: Any) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float):
        return "number"
    return "turns" if isinstance(value, list) else "nested"
