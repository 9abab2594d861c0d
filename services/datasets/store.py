"""The data set: rows as they came in one SQLite file, with every edit kept.

One edit is one revision is one transaction: when a method returns, it is on the disk. Undo and redo move a pointer
and survive a restart. One process writes (an OS lock in a file beside says who); all others read, and see its edits.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from typing import Any

import numpy as np

from services.datasets.changes import (
    Cells,
    Change,
    Column,
    columns_text,
    order_change,
    permutation_change,
    replay,
)
from services.datasets.columns import add_columns
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.marks import change_marks, star, with_tag, without_tag
from services.datasets.order import Ids
from services.datasets.readstore import ReadStore, Version
from services.datasets.rows import insert_rows
from services.datasets.splices import cell_changes
from services.datasets.values import Stored, encode
from services.i18n import N_

__all__ = ["DatasetStore", "Version"]


class DatasetStore(ReadStore):
    """An open data set. Safe to use from several threads; close it (or use `with`) when done."""

    # ---- edits: each is one revision and returns its number

    def set_cells(self, cells: Iterable[tuple[int, str, Any]], label: str = N_("Edit")) -> int:
        """Change cells: (row id, column, value); ABSENT as value takes the key away."""
        wanted = {(row, column): encode(value) for row, column, value in cells}
        edits: list[tuple[int, str, Stored, Stored]] = []
        bases: Cells = {}

        def build() -> list[Change]:
            edits.extend(self._differing(wanted))
            numbers = self.column_numbers()
            bases.update({(row, numbers[name]): old for row, name, old, _ in edits})
            return [change for row, name, old, new in edits for change in cell_changes(row, numbers[name], old, new)]

        with self._guard:
            before = self._live.current
            revision = self.edit(label, build, bases=bases)
            if self._changed and self._changed.revision == before and edits:
                self._changed.follow(revision, edits)
            return revision

    def insert_rows(self, at: int, values: Sequence[AnyMapping[str, Any]], label: str = N_("Insert rows")) -> list[int]:
        """Insert rows so that the first stands at position at. Unknown keys become columns. Returns the new ids."""
        ids: list[int] = []

        def build() -> list[Change]:
            changes = self._new_columns(dict.fromkeys(key for row in values for key in row))
            start = min(max(0, at), len(self._live.order))
            known = {c.name: c.id for c in self._live.columns}
            ids.extend(insert_rows(self._connection, known, values))
            positions = np.arange(start, start + len(ids), dtype=np.int64)
            return [*changes, order_change("in", positions, np.asarray(ids, dtype=np.int64))] if ids else changes

        self.edit(label, build)
        return ids

    def paste(
        self,
        cells: Iterable[tuple[int, str, Any]],
        at: int,
        values: Sequence[AnyMapping[str, Any]],
        label: str = N_("Paste"),
        *,
        new_columns: Sequence[str] = (),
        after: Callable[[], None] = lambda: None,
    ) -> list[int]:
        """Change cells and insert rows before position at, as one edit. Returns the new ids.

        new_columns: made first, where there are none of that name. after: called within the transaction.
        """
        wanted = {(row, column): encode(value) for row, column, value in cells}
        ids: list[int] = []

        def build() -> list[Change]:
            changes = self._new_columns(dict.fromkeys([*new_columns, *(key for row in values for key in row)]))
            for row, name, old, new in self._differing(wanted):
                changes += cell_changes(row, self._column(name).id, old, new)
            start = min(max(0, at), len(self._live.order))
            ids.extend(insert_rows(self._connection, {c.name: c.id for c in self._live.columns}, values))
            if ids:
                positions = np.arange(start, start + len(ids), dtype=np.int64)
                changes.append(order_change("in", positions, np.asarray(ids, dtype=np.int64)))
            return changes

        self.edit(label, build, lambda revision: after())
        return ids

    def delete_rows(self, ids: Iterable[int], label: str = N_("Delete rows")) -> int:
        """Delete rows."""
        gone = list(dict.fromkeys(ids))
        return self.edit(label, lambda: self._out(gone)[0])

    def move_rows(self, ids: Iterable[int], at: int, label: str = N_("Move rows")) -> int:
        """Move rows, keeping their order in ids, to before the row that is at position at now."""
        moved = list(dict.fromkeys(ids))

        def build() -> list[Change]:
            changes, positions = self._out(moved)
            start = at - sum(p < at for p in positions)
            start = min(max(0, start), len(self._live.order) - len(moved))
            goal = np.arange(start, start + len(moved), dtype=np.int64)
            if list(goal) == positions:
                return []
            return [*changes, order_change("in", goal, np.asarray(moved, dtype=np.int64))] if moved else []

        return self.edit(label, build)

    def add_column(self, name: str, at: int | None = None, label: str = N_("Add column")) -> int:
        """Add a column, at a place among the columns or at the end. Rows have no such key until a cell is set."""

        def build() -> list[Change]:
            self._check_name(name)
            changes = self._new_columns([name])
            if at is None:
                return changes
            columns = [c for c in self._live.columns if c.name != name]
            columns.insert(at, self._column(name))
            return [Change("columns", changes[0].old, columns_text(columns))]

        return self.edit(label, build)

    def rename_column(self, old: str, new: str, label: str = N_("Rename column")) -> int:
        """Rename a column; the mapping follows."""

        def build() -> list[Change]:
            column = self._column(old)
            if old == new:
                return []
            self._check_name(new)
            columns = [Column(c.id, new) if c == column else c for c in self._live.columns]
            return [self._columns_change(columns), *self._mapping_change(self.mapping.renamed(old, new))]

        return self.edit(label, build)

    def delete_column(self, name: str, label: str = N_("Delete column")) -> int:
        """Delete a column; it plays no role any more."""

        def build() -> list[Change]:
            gone = self._column(name)
            columns = [c for c in self._live.columns if c != gone]
            return [self._columns_change(columns), *self._mapping_change(self.mapping.renamed(name, ""))]

        return self.edit(label, build)

    def set_mapping(self, mapping: Mapping, label: str = N_("Change what the columns mean")) -> int:
        """Say what the columns mean. An edit like any other, so that undo brings the old meaning back."""
        return self.edit(label, lambda: self._mapping_change(mapping))

    def edit(
        self,
        label: str,
        build: Callable[[], list[Change]],
        after: Callable[[int], None] = lambda revision: None,
        bases: Cells | None = None,
    ) -> int:
        """Make one revision of the changes that build returns (called within the transaction; none = no revision).

        after: called with the revision, still within the transaction. bases: where build leaves the cells as they were
        before, if it has them. On any error nothing has changed.
        """
        with self._writing():
            changes = build()
            if not changes:
                return self._live.current
            replay(changes, self._live, forward=True, bases=bases)
            parent, tip = self._live.current, self._live.tip
            revision = self._log.add(parent, label, time.time(), changes)
            self._live.set_place(revision, revision)
            after(revision)
            if tip != parent:
                self._log.prune(tip, parent)
            return revision

    def edit_beside_cells(self, label: str, build: Callable[[], list[Change]]) -> int:
        """`edit` for changes of which no cell of a column is one: what is known of changed cells stays known."""
        with self._guard:
            before = self._live.current
            revision = self.edit(label, build)
            if self._changed and self._changed.revision == before:
                self._changed.follow(revision, [])
            return revision

    # ---- marks and order

    def set_star(self, ids: Iterable[int], on: bool = True) -> int:
        """Star rows, or take the star away. One edit; returns the revision."""
        return change_marks(self, ids, star(on), N_("Star rows") if on else N_("Take stars away"))

    def add_tag(self, ids: Iterable[int], tag: str) -> int:
        """Tag rows. One edit; returns the revision. DatasetError for a tag that is empty or too long."""
        return change_marks(self, ids, with_tag(tag), N_("Tag rows"))

    def remove_tag(self, ids: Iterable[int], tag: str) -> int:
        """Take a tag from rows. One edit; returns the revision."""
        return change_marks(self, ids, without_tag(tag), N_("Take a tag away"))

    def reorder(self, ids: Sequence[int] | Ids, label: str = N_("Keep this order")) -> int:
        """Put all rows in this order for good, as one edit of a few bytes a row. Returns the revision.

        DatasetError unless ids are all rows, each once.
        """

        def build() -> list[Change]:
            places = self._live.order.places_in(np.asarray(ids, dtype=np.int64))
            if places is None:
                raise DatasetError(
                    N_("The rows have changed meanwhile; their order was left as it is."),
                    way_out=N_("Sort them again."),
                )
            return [permutation_change(places)] if bool(np.any(places[1:] < places[:-1])) else []

        return self.edit_beside_cells(label, build)

    def remember(self, name: str, value: str) -> None:
        """Keep a fact about the set (see `fact`); within `edit`'s after it is kept together with that edit."""
        if self._connection.in_transaction:
            self._live.set_fact(f"note:{name}", value)
            return
        with self._writing():
            self._live.set_fact(f"note:{name}", value)

    # ---- undo and redo

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        with self._reading():
            return self._live.current != 0

    @property
    def can_redo(self) -> bool:
        """Whether there is an undone edit to do again."""
        with self._reading():
            return self._live.current != self._live.tip

    @property
    def undo_label(self) -> str:
        """What the edit that `undo` takes back was called, "" if none."""
        with self._reading():
            return self._log.label(self._live.current) if self._live.current else ""

    @property
    def redo_label(self) -> str:
        """What the edit that `redo` does again was called, "" if none."""
        with self._reading():
            _, ahead = self._log.path(self._live.current, self._live.tip)
            return self._log.label(ahead[0]) if ahead else ""

    def step_size(self, *, forward: bool = False) -> int:
        """How many cells and rows the next undo (forward: redo) changes; 0 if there is none."""
        with self._reading():
            revision = self._live.current
            if forward:
                _, ahead = self._log.path(self._live.current, self._live.tip)
                revision = ahead[0] if ahead else 0
            found = self._connection.execute(
                "SELECT count(DISTINCT CASE WHEN kind = 'cell' THEN row * 2048 + column END) + sum(kind <> 'cell'),"
                " coalesce(sum(CASE WHEN kind IN ('in', 'out') THEN length(new) / 8 END), 0), sum(kind = 'order')"
                " FROM changes WHERE revision = ?",
                (revision,),
            ).fetchone()
            return int(found[0] or 0) + int(found[1]) + (len(self._live.order) if found[2] else 0)

    def undo(self) -> int:
        """Take back the last edit; returns the revision that is current now. Nothing happens without one."""
        with self._writing():
            if self._live.current:
                goal, tip = self._log.parent(self._live.current), self._live.tip
                self._log.move(self._live.current, goal, self._live)
                self._live.set_place(goal, tip)
            return self._live.current

    def redo(self) -> int:
        """Do the last undone edit again; returns the revision that is current now. Nothing happens without one."""
        with self._writing():
            _, ahead = self._log.path(self._live.current, self._live.tip)
            if ahead:
                tip = self._live.tip
                self._log.move(self._live.current, ahead[0], self._live)
                self._live.set_place(ahead[0], tip)
            return self._live.current

    # ---- versions

    def save_version(self, name: str = "") -> Version:
        """Name the current revision. DatasetError if the name is taken."""
        with self._writing():
            taken = {v.name for v in self._versions()}
            number = len(taken) + 1
            while not name and f"version {number}" in taken:
                number += 1
            version = Version(name or f"version {number}", self._live.current, time.time())
            if version.name in taken:
                raise DatasetError(
                    N_("There is already a version called {name}."), way_out=N_("Choose another name."), name=name
                )
            self._connection.execute(
                "INSERT INTO versions VALUES (?, ?, ?)", (version.name, version.revision, version.time)
            )
            return version

    # ---- inside

    def _differing(self, wanted: dict[tuple[int, str], Stored]) -> list[tuple[int, str, Stored, Stored]]:
        """(row, column, old, new) of the cells that are not yet as wanted. DatasetError if a row or column is gone."""
        self._places(list(dict.fromkeys(row for row, _ in wanted)))
        by_column: dict[str, list[int]] = {}
        for row, name in wanted:
            by_column.setdefault(name, []).append(row)
        present = {name: self._live.get_cells(self._column(name).id, rows) for name, rows in by_column.items()}
        found = [(row, name, present[name][row], new) for (row, name), new in wanted.items()]
        return [each for each in found if each[2] != each[3] or type(each[2]) is not type(each[3])]

    def _column(self, name: str) -> Column:
        for column in self._live.columns:
            if column.name == name:
                return column
        raise DatasetError(
            N_("There is no column {name}."),
            way_out=N_("There are: {names}."),
            name=name,
            names=", ".join(c.name for c in self._live.columns) or "-",
        )

    def _check_name(self, name: str) -> None:
        if not name or any(c.name == name for c in self._live.columns):
            raise DatasetError(
                N_("There is already a column {name}.") if name else N_("A column needs a name."),
                way_out=N_("Choose another name."),
                name=name,
            )

    def _new_columns(self, names: Iterable[str]) -> list[Change]:
        """Make columns for those names that have none; the change that says so, if any (already in effect)."""
        return add_columns(self._connection, self._live, names)

    def _columns_change(self, columns: list[Column]) -> Change:
        return Change("columns", columns_text(self._live.columns), columns_text(columns))

    def _mapping_change(self, mapping: Mapping) -> list[Change]:
        new = mapping.model_dump_json(exclude_defaults=True)
        return [Change("mapping", self._live.mapping, new)] if new != self._live.mapping else []

    def _out(self, ids: list[int]) -> tuple[list[Change], list[int]]:
        """The change that takes rows out of the order, and where they are, in the order of ids."""
        positions = self._places(ids)
        pairs = sorted(zip(positions, ids, strict=True))
        if not pairs:
            return [], []
        places, sorted_ids = (np.asarray(part, dtype=np.int64) for part in zip(*pairs, strict=True))
        return [order_change("out", places, sorted_ids)], positions
