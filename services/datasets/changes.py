"""The log: what an edit changed, in a form that can be done, undone and replayed.

Kinds: 'cell' (row, column, old, new; with `at` a splice: from there on the piece old became the piece new), 'out' and
'in' (rows leaving and entering the order: positions in old, ids in new), 'order' (all rows in another order: new holds
where each stood), 'columns' and 'mapping' (whole, as JSON). A move is an 'out' and an 'in'; a row's cells stay in the
table when it is deleted, so that undo is quick.
"""

import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal, Protocol

import numpy as np

from services.datasets.order import Ids, Order
from services.datasets.values import Stored

Kind = Literal["cell", "out", "in", "order", "columns", "mapping"]
_SPLICE_FROM = 256  # shorter values are logged whole


@dataclass(frozen=True)
class Column:
    """A column: its number for good, and its present name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the log; see the module for what old and new hold."""

    kind: Kind
    old: Stored
    new: Stored
    row: int = 0
    column: int = 0
    at: int | None = None


Cells = dict[tuple[int, int], Stored]
"""(row, column) -> cell."""


class State(Protocol):
    """What changes are applied to: the live store, or a view of another revision."""

    order: Order

    def get_cells(self, column: int, rows: Sequence[int]) -> dict[int, Stored]: ...
    def set_cells(self, cells: list[tuple[int, int, Stored]]) -> None: ...
    def set_columns(self, columns: list[Column]) -> None: ...
    def set_mapping(self, text: str) -> None: ...


def cell_change(row: int, column: int, old: Stored, new: Stored) -> Change:
    """A change of one cell; long values that share their ends are logged as a splice."""
    whole = Change("cell", old, new, row, column)
    if type(old) is not type(new) or old is None or new is None or min(len(old), len(new)) < _SPLICE_FROM:
        return whole
    head = common_length(old, new)
    tail = common_length(old[head:][::-1], new[head:][::-1])
    if (head + tail) * 2 < len(old):
        return whole
    return Change("cell", old[head : len(old) - tail], new[head : len(new) - tail], row, column, head)


def common_length(a: str | bytes, b: str | bytes) -> int:
    """Length of the common beginning, by bisection over slices (which compare at memory speed)."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def order_change(kind: Literal["out", "in"], positions: Ids, ids: Ids) -> Change:
    """Rows leaving or entering at ascending positions."""
    return Change(kind, positions.astype("<i8").tobytes(), ids.astype("<i8").tobytes())


def permutation_change(places: Ids) -> Change:
    """All rows in another order. places: (rows,) for each position, the position of its row before.

    Kept as 4 bytes a row, the bytes of equal weight side by side so that they pack well.
    """
    plain = np.ascontiguousarray(places.astype("<u4").view(np.uint8).reshape(-1, 4).T)
    return Change("order", None, zlib.compress(plain.tobytes(), 1))


def places_of(blob: Stored) -> Ids:
    """The inverse of `permutation_change`."""
    assert isinstance(blob, bytes)
    octets = np.frombuffer(zlib.decompress(blob), dtype=np.uint8).reshape(4, -1)
    return np.ascontiguousarray(octets.T).view("<u4").reshape(-1).astype(np.int64)


def columns_text(columns: Iterable[Column]) -> str:
    """Columns as JSON."""
    return json.dumps([[c.id, c.name] for c in columns], ensure_ascii=False)


def columns_from(text: str) -> list[Column]:
    """The inverse of `columns_text`."""
    return [Column(number, name) for number, name in json.loads(text)]


def ids_of(blob: Stored) -> Ids:
    """Positions or ids of an 'in' or 'out'."""
    assert isinstance(blob, bytes)
    return np.frombuffer(blob, dtype="<i8")


def replay(changes: Iterable[Change], state: State, *, forward: bool, bases: Cells | None = None) -> None:
    """Do changes (in their order), or undo them (give them newest first).

    bases: cells as they are before, as far as the caller knows them; others are read where a splice needs them.
    """
    for kind, group in groupby(changes, key=lambda change: change.kind):
        if kind == "cell":
            _replay_cells(list(group), state, bases or {}, forward=forward)
            continue
        for change in group:
            come = change.new if forward else change.old
            if kind in ("in", "out"):
                positions, ids = ids_of(change.old), ids_of(change.new)
                if (kind == "in") == forward:
                    state.order.put(positions, ids)
                else:
                    state.order.take(positions)
            elif kind == "order":
                places = places_of(change.new)
                state.order.permute(places if forward else np.argsort(places))
            elif kind == "columns":
                state.set_columns(columns_from(str(come)))
            else:
                state.set_mapping(str(come))


def _replay_cells(changes: list[Change], state: State, bases: Cells, *, forward: bool) -> None:
    """All cells at once: what splices need is read in few statements, and each cell is written once."""
    missing: dict[int, dict[int, None]] = {}
    seen = set(bases)
    for change in changes:
        place = (change.row, change.column)
        if place not in seen:
            seen.add(place)
            if change.at is not None:
                missing.setdefault(change.column, {})[change.row] = None
    read = {
        (row, column): cell
        for column, rows in missing.items()
        for row, cell in state.get_cells(column, list(rows)).items()
    }
    cells: Cells = {}
    for change in changes:
        place = (change.row, change.column)
        gone, come = (change.old, change.new) if forward else (change.new, change.old)
        if change.at is not None:
            base = cells[place] if place in cells else bases[place] if place in bases else read[place]
            come = _splice(base, change.at, gone, come)
        cells[place] = come
    state.set_cells([(row, column, value) for (row, column), value in cells.items()])


def _splice(base: Stored, at: int, gone: Stored, come: Stored) -> Stored:
    assert base is not None and gone is not None and come is not None
    return base[:at] + come + base[at + len(gone) :]  # type: ignore[operator]


class Log:
    """The revisions of a store and their changes. A tree of which the ancestors of the current one are the past."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, parent: int, label: str, time: float, changes: list[Change]) -> int:
        """Record a revision; returns its number, which is never used again."""
        revision = self._connection.execute(
            "INSERT INTO revisions (parent, label, time) VALUES (?, ?, ?)", (parent, label, time)
        ).lastrowid
        assert revision is not None
        self._connection.executemany(
            "INSERT INTO changes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(revision, i, c.kind, c.row, c.column, c.at, c.old, c.new) for i, c in enumerate(changes)],
        )
        return revision

    def changes(self, revision: int, *, forward: bool) -> Iterator[Change]:
        """The changes of a revision, newest first unless forward."""
        rows = self._connection.execute(
            "SELECT kind, old, new, row, column, at FROM changes WHERE revision = ? ORDER BY seq "
            + ("ASC" if forward else "DESC"),
            (revision,),
        )
        return (Change(*row) for row in rows.fetchall())

    def parent(self, revision: int) -> int:
        """The revision before; 0 is the beginning, before which there is nothing. KeyError if unknown."""
        found = self._connection.execute("SELECT parent FROM revisions WHERE id = ?", (revision,)).fetchone()
        if found is None:
            raise KeyError(revision)
        return int(found[0])

    def label(self, revision: int) -> str:
        """What the edit was called (N_-marked English)."""
        return str(self._connection.execute("SELECT label FROM revisions WHERE id = ?", (revision,)).fetchone()[0])

    def path(self, start: int, goal: int) -> tuple[list[int], list[int]]:
        """Revisions to undo, in order, and then those to do, in order, to come from start to goal.

        KeyError if one is unknown. A parent's number is always the smaller one.
        """
        undo: list[int] = []
        do: list[int] = []
        while start != goal:
            if start > goal:
                undo.append(start)
                start = self.parent(start)
            else:
                do.append(goal)
                goal = self.parent(goal)
        return undo, do[::-1]

    def move(self, start: int, goal: int, state: State) -> None:
        """Bring state from revision start to goal."""
        undo, do = self.path(start, goal)
        for revision in undo:
            replay(self.changes(revision, forward=False), state, forward=False)
        for revision in do:
            replay(self.changes(revision, forward=True), state, forward=True)

    def prune(self, tip: int, current: int) -> None:
        """Forget the undone revisions from tip down to current, up to one that a version names or that branches."""
        while tip not in (current, 0):
            kept = self._connection.execute(
                "SELECT 1 FROM versions WHERE revision = ?1 UNION ALL"
                " SELECT 1 FROM revisions WHERE parent = ?1 LIMIT 1",
                (tip,),
            ).fetchone()
            if kept:
                return
            parent = self.parent(tip)
            for change in self.changes(tip, forward=True):
                if change.kind == "in":
                    self._forget_rows(tip, ids_of(change.new))
            self._connection.execute("DELETE FROM changes WHERE revision = ?", (tip,))
            self._connection.execute("DELETE FROM revisions WHERE id = ?", (tip,))
            tip = parent

    def _forget_rows(self, revision: int, ids: Ids) -> None:
        """Remove rows that this revision made (not those it only moved: they leave before they enter)."""
        left = {int(i) for c in self.changes(revision, forward=True) if c.kind == "out" for i in ids_of(c.new)}
        self._connection.executemany("DELETE FROM rows WHERE id = ?", [(int(i),) for i in ids if int(i) not in left])
