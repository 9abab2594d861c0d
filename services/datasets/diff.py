"""What differs between two revisions, from the log of the way between them."""

import sqlite3
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from services.datasets.changes import Column, Log, ids_of
from services.datasets.marks import MARKS, Marks, marks_of
from services.datasets.values import Stored, decode
from services.datasets.view import Live, View


@dataclass
class Diff:
    """From one revision to another. cells: {(row id, column): (old, new)} of rows that both have, ABSENT where a row
    had no such key. added and removed: row ids in their order. moved: rows that both have stand in another order.
    columns_added and columns_removed: names; columns_renamed: old name -> new name. marks: row id -> (old, new)."""

    cells: dict[tuple[int, str], tuple[Any, Any]] = field(default_factory=dict)
    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    moved: bool = False
    columns_added: list[str] = field(default_factory=list)
    columns_removed: list[str] = field(default_factory=list)
    columns_renamed: dict[str, str] = field(default_factory=dict)
    marks: dict[int, tuple[Marks, Marks]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.cells or self.added or self.removed or self.moved or self.columns_added
                    or self.columns_removed or self.columns_renamed or self.marks)  # fmt: skip


def diff(connection: sqlite3.Connection, live: Live, log: Log, start: int, goal: int, *, moves: bool = True) -> Diff:
    """Compare revisions start and goal. KeyError if one is unknown. moves: whether `moved` is wanted, which compares
    all rows."""
    before, after = View(connection, live, log, start), View(connection, live, log, goal)
    cells: set[tuple[int, int]] = set()
    rows: set[int] = set()
    sorted_anew = False
    undo, do = log.path(start, goal)
    for revision in undo + do:
        for change in log.changes(revision, forward=True):
            if change.kind == "cell":
                cells.add((change.row, change.column))
            elif change.kind in ("in", "out"):
                rows.update(ids_of(change.new).tolist())
            sorted_anew |= change.kind == "order"
    out = _columns(before.columns, after.columns)
    if rows:
        _order(out, before, after, sorted(rows), moves and not sorted_anew)
    if sorted_anew and moves:
        out.moved = _moved(out, before, after)
    fresh = {*out.added, *out.removed}
    names = {c.id: c.name for c in [*before.columns, *after.columns]}
    by_column: dict[int, list[int]] = {}
    for row, column in sorted(cells):
        if row not in fresh and (column in names or column == MARKS):
            by_column.setdefault(column, []).append(row)
    for column, touched in by_column.items():
        was, now = before.get_cells(column, touched), after.get_cells(column, touched)
        for row in touched:
            if was[row] != now[row] and column == MARKS:
                out.marks[row] = (marks_of(was[row]), marks_of(now[row]))
            elif was[row] != now[row]:
                out.cells[row, names[column]] = (decode(was[row]), decode(now[row]))
    out.cells = dict(sorted(out.cells.items(), key=lambda entry: entry[0][0]))
    return out


def _columns(before: list[Column], after: list[Column]) -> Diff:
    old, new = {c.id: c.name for c in before}, {c.id: c.name for c in after}
    return Diff(
        columns_added=[name for i, name in new.items() if i not in old],
        columns_removed=[name for i, name in old.items() if i not in new],
        columns_renamed={old[i]: new[i] for i in old if i in new and old[i] != new[i]},
    )


def _order(out: Diff, before: View, after: View, rows: list[int], moves: bool) -> None:
    was, now = before.order.positions(rows), after.order.positions(rows)
    come = {row: p for row, p, q in zip(rows, now, was, strict=True) if p >= 0 and q < 0}
    gone = {row: p for row, p, q in zip(rows, was, now, strict=True) if p >= 0 and q < 0}
    out.added, out.removed = sorted(come, key=lambda r: come[r]), sorted(gone, key=lambda r: gone[r])
    if moves and len(come) + len(gone) < len(rows):
        out.moved = _moved(out, before, after)


def _moved(out: Diff, before: View, after: View) -> bool:
    """Whether the rows that both have stand in another order."""
    was, now = before.order.array(), after.order.array()
    return not np.array_equal(was[~np.isin(was, out.removed)], now[~np.isin(now, out.added)])


class ChangedCells:
    """The cells that differ from a base revision, kept up cell by cell while a person types.

    cells: (row id, column name). base, revision: between which. versions: how many versions there were.
    """

    def __init__(
        self, base: int, revision: int, versions: int, found: Diff, columns: list[str], originals: dict[Any, Stored]
    ) -> None:
        self.base = base
        self.revision = revision
        self.versions = versions
        self.cells: set[tuple[int, str]] = set(found.cells) | {(row, c) for row in found.added for c in columns}
        self._added = set(found.added)
        self._originals = originals

    def follow(self, revision: int, edits: list[tuple[int, str, Stored, Stored]]) -> None:
        """Take in an edit of cells only: (row, column, old, new)."""
        for row, column, old, new in edits:
            original = self._originals.setdefault((row, column), old)
            if row in self._added:
                continue
            if new == original:
                self.cells.discard((row, column))
            else:
                self.cells.add((row, column))
        self.revision = revision
