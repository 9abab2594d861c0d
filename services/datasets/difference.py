"""What differs between two revisions, as a list that is cheap to keep: which rows and columns. The values of a row are
read when they are looked at.

Only the log of the way between the revisions is read, never the rows that nobody touched.
"""

import threading
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from services.datasets.changes import Column
from services.datasets.errors import DatasetError
from services.datasets.marks import marks_of
from services.datasets.order import Ids, Order
from services.datasets.readstore import ReadStore, known_revision
from services.datasets.values import ABSENT, Stored, decode
from services.datasets.view import View
from services.i18n import N_

Kind = Literal["changed", "added", "removed"]
KINDS: tuple[Kind, ...] = ("changed", "added", "removed")
MARKS = 0
"""Number of the unlisted column that holds a row's star and tags."""
_AT_ONCE = 500  # rows read in one statement


@dataclass(frozen=True)
class ColumnPair:
    """A column on both sides. before, after: its names, None where there is no such column. Number MARKS: marks."""

    number: int
    before: str | None
    after: str | None

    @property
    def name(self) -> str:
        """Its name now, else the one it had."""
        return (self.after if self.after is not None else self.before) or ""


@dataclass(frozen=True)
class CellPair:
    """A cell on both sides, marks as text; ABSENT where the row has no such key, or there is no such row or column."""

    column: ColumnPair
    before: Any
    after: Any


@dataclass(frozen=True)
class Counts:
    """How much differs. rows: kind -> rows; columns: name -> changed cells, the most first."""

    rows: dict[str, int] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    cells: int = 0


class Difference:
    """From revision start to goal: entries by number, from 0 to len, in the order of the rows.

    moved: rows that both have stand in another order. mapping: the columns mean something else. columns_added,
    columns_removed: names; columns_renamed: old name -> new name.
    """

    def __init__(self, store: ReadStore, start: int, goal: int, stop: threading.Event | None = None) -> None:
        self.store, self.start, self.goal = store, start, goal
        self._stop = stop or threading.Event()
        with store._reading(), known_revision():
            self._look()
            before, after = self._views
            touched = _changed_cells(before, after, self._live_cells)
            self._columns(before.columns, after.columns)
            self.mapping = before.mapping != after.mapping
            self._order(before.order, after.order, touched)

    def __len__(self) -> int:
        return len(self.ids)

    def __bool__(self) -> bool:
        return bool(len(self.ids) or self.moved or self.mapping or self.columns_added or self.columns_removed
                    or self.columns_renamed)  # fmt: skip

    def kind(self, entry: int) -> Kind:
        """What happened to the row of an entry."""
        return KINDS[int(self.kinds[entry])]

    def numbers(self, entry: int) -> tuple[int, int]:
        """Position of the row before and after; -1 where it is not there."""
        return int(self._places[entry, 0]), int(self._places[entry, 1])

    def columns(self, entry: int) -> list[ColumnPair]:
        """Columns in which a changed row differs; for others all columns that its side has."""
        row = int(self.ids[entry])
        if self.kind(entry) == "changed":
            return [self._pair(number) for number in self._touched[row]]
        side = "after" if self.kind(entry) == "added" else "before"
        return [pair for pair in self.pairs.values() if getattr(pair, side) is not None]

    def cells(self, entry: int) -> list[CellPair]:
        """The cells that differ, read now."""
        row, kind = int(self.ids[entry]), self.kind(entry)
        with self.store._reading(), known_revision():
            if self.store._live.current != self._current:
                self._look()  # the rows below the views are others; what differs between two revisions is not
            before, after = self._views
            found = []
            for pair in self.columns(entry):
                old = before.get_cell(row, pair.number) if pair.before is not None and kind != "added" else None
                new = after.get_cell(row, pair.number) if pair.after is not None and kind != "removed" else None
                if old != new or type(old) is not type(new):
                    read = _marks_text if pair.number == MARKS else decode
                    found.append(CellPair(pair, read(old), read(new)))
            return found

    def select(self, kind: str = "", column: str | None = None) -> Ids:
        """Entries of a kind ('' for all) that differ in a column (None for any; '' is that of star and tags)."""
        chosen = np.arange(len(self.ids), dtype=np.int64)
        if kind:
            chosen = chosen[self.kinds[chosen] == KINDS.index(kind)]
        if column is not None:
            numbers = {pair.number for pair in self._all_pairs() if pair.name == column}
            touched = self._touched
            chosen = np.asarray([e for e in chosen.tolist() if numbers & set(touched.get(int(self.ids[e]), ()))],
                                dtype=np.int64)  # fmt: skip
        return chosen

    # ---- inside

    def _look(self) -> None:
        store = self.store
        self._current = store._live.current
        self._views = tuple(
            View(store._connection, store._live, store._log, revision) for revision in (self.start, self.goal)
        )

    def _columns(self, before: list[Column], after: list[Column]) -> None:
        old, new = {c.id: c.name for c in before}, {c.id: c.name for c in after}
        self.pairs = {n: ColumnPair(n, old.get(n), new.get(n)) for n in [*new, *(n for n in old if n not in new)]}
        self.columns_added = [name for n, name in new.items() if n not in old]
        self.columns_removed = [name for n, name in old.items() if n not in new]
        self.columns_renamed = {old[n]: new[n] for n in old if n in new and old[n] != new[n]}

    def _pair(self, number: int) -> ColumnPair:
        return self.pairs.get(number) or ColumnPair(number, "", "")

    def _all_pairs(self) -> Iterable[ColumnPair]:
        return [*self.pairs.values(), self._pair(MARKS)]

    def _order(self, before: Order, after: Order, touched: dict[int, list[int]]) -> None:
        was, now = before.array(), after.array()
        come = gone = np.empty(0, dtype=np.int64)
        self.moved = False
        if not np.array_equal(was, now):
            come, gone = np.setdiff1d(now, was), np.setdiff1d(was, now)
            self.moved = not np.array_equal(was[~np.isin(was, gone)], now[~np.isin(now, come)])
        rank = {MARKS: -1, **{number: place for place, number in enumerate(self.pairs)}}
        kept = {
            row: numbers if len(numbers) == 1 and numbers[0] in rank
            else sorted((n for n in numbers if n in rank), key=rank.__getitem__)
            for row, numbers in touched.items()
        }  # fmt: skip
        rows = np.asarray([row for row, numbers in kept.items() if numbers], dtype=np.int64)
        ids = np.concatenate([rows, come, gone])
        kinds = np.repeat(np.arange(3, dtype=np.uint8), [len(rows), len(come), len(gone)])
        places = np.stack([np.asarray(order.positions(ids.tolist()), dtype=np.int64) for order in (before, after)], 1)
        there = (kinds != 0) | (places >= 0).all(axis=1)  # what became of a row that only one side has says its kind
        ids, kinds, places = ids[there], kinds[there], places[there]
        line = places[:, 1].astype(np.float64)
        if len(gone):  # a removed row stands behind the last row before it that is still there
            at = np.asarray(after.positions(was.tolist()), dtype=np.int64)
            line[kinds == 2] = np.maximum.accumulate(at)[places[kinds == 2, 0]] + 0.5
        chosen = np.lexsort((places[:, 0], line))
        self.ids, self.kinds, self._places = ids[chosen], kinds[chosen], places[chosen]
        self._touched = {row: kept[row] for row in self.ids[self.kinds == 0].tolist()}
        cells = Counter(number for numbers in self._touched.values() for number in numbers)
        self.counts = Counts(
            {kind: int((self.kinds == n).sum()) for n, kind in enumerate(KINDS)},
            {self._pair(number).name: count for number, count in cells.most_common()},
            cells.total(),
        )

    def _live_cells(self, column: int, rows: list[int]) -> dict[int, Stored]:
        if self._stop.is_set():
            raise DatasetError(N_("The comparison was stopped."))
        return live_cells(self.store, column, rows)


def _marks_text(stored: Stored) -> Any:
    """Star and tags as a person reads them: '★ billing, check'."""
    marks = marks_of(stored)
    text = ("★ " if marks.star else "") + ", ".join(marks.tags)
    return text.strip() or ABSENT


def live_cells(store: ReadStore, column: int, rows: list[int]) -> dict[int, Stored]:
    """A column's cells of many rows as they are kept now. Within a transaction of the store."""
    found: dict[int, Stored] = {}
    for start in range(0, len(rows), _AT_ONCE):
        part = rows[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        found.update(store._connection.execute(f"SELECT id, c{column} FROM rows WHERE id IN ({marks})", part))
    return found


def _changed_cells(before: View, after: View, live: Any) -> dict[int, list[int]]:
    """Row -> columns whose cells differ. Every cell that was edited on the way lies over the rows of one of the views
    (or of both)."""
    missing: dict[int, set[int]] = {}
    for one, other in ((before.overrides, after.overrides), (after.overrides, before.overrides)):
        for row, cells in one.items():
            has = other.get(row, {})
            for column in cells:
                if column not in has:
                    missing.setdefault(column, set()).add(row)
    fill = {column: live(column, sorted(rows)) for column, rows in missing.items()}
    found: dict[int, list[int]] = {}
    for row in before.overrides.keys() | after.overrides.keys():
        old, new = before.overrides.get(row, {}), after.overrides.get(row, {})
        for column in old.keys() | new.keys() if old and new else old or new:
            was = old[column] if column in old else fill[column].get(row)
            now = new[column] if column in new else fill[column].get(row)
            if was != now or type(was) is not type(now):
                found.setdefault(row, []).append(column)
    return found


__all__ = ["ABSENT", "KINDS", "MARKS", "CellPair", "ColumnPair", "Counts", "Difference", "live_cells"]
