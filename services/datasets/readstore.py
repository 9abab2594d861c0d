"""What can be read of a data set: rows, mapping, versions, earlier revisions, conversations."""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.datasets.conversation import Conversation, Problem
from services.datasets.diff import ChangedCells, Diff, diff
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.marks import Marks, read_marks, read_tag_counts
from services.datasets.order import Ids
from services.datasets.rows import Row, read_rows
from services.datasets.storefile import StoreFile
from services.datasets.values import encode
from services.datasets.view import View
from services.i18n import N_

_CHUNK = 500  # rows read at a time while iterating


@dataclass(frozen=True)
class Version:
    """A named revision. time: seconds since 1970. note: what a person wrote beside it."""

    name: str
    revision: int
    time: float
    note: str = ""


class ReadStore(StoreFile):
    """The reading half of `DatasetStore`. What is read is always the newest, whoever wrote it."""

    @property
    def columns(self) -> list[str]:
        """Names of the columns, in order."""
        with self._reading():
            return [c.name for c in self._live.columns]

    def count(self) -> int:
        """Number of rows."""
        with self._reading():
            return len(self._live.order)

    def rows(self, start: int = 0, count: int = 1 << 60) -> list[Row]:
        """The rows at positions start to start + count; fewer at the end. As fast anywhere in the set."""
        with self._reading():
            return read_rows(self._connection, self._live.order.slice(start, count), self._live.columns)

    def row(self, row_id: int) -> Row:
        """One row by its id. DatasetError if there is none (any more)."""
        with self._reading():
            self._places([row_id])
            return read_rows(self._connection, [row_id], self._live.columns)[0]

    def rows_of(self, ids: Sequence[int]) -> list[Row]:
        """The rows of these ids, in this order; those that were deleted with the cells that undo brings back.
        KeyError for an id that never was."""
        with self._reading():
            return read_rows(self._connection, ids, self._live.columns)

    def rows_by_id(self, ids: Sequence[int]) -> list[Row]:
        """Rows by their ids, in that order; those that are not there (any more) are left out."""
        with self._reading():
            places = self._live.order.positions(ids)
            there = [i for i, place in zip(ids, places, strict=True) if place >= 0]
            return read_rows(self._connection, there, self._live.columns)

    def ids(self, start: int = 0, count: int = 1 << 60) -> list[int]:
        """Ids of the rows at positions start to start + count."""
        with self._reading():
            return self._live.order.slice(start, count)

    def positions(self, ids: Sequence[int]) -> list[int]:
        """Position of each row, -1 for one that is not there."""
        with self._reading():
            return self._live.order.positions(ids)

    def all_ids(self) -> Ids:
        """(rows,) ids of all rows, in order; not to be written to."""
        with self._reading():
            return self._live.order.array()

    def column_numbers(self) -> dict[str, int]:
        """Name of each column -> its number: it is the column cN of the table `rows`."""
        with self._reading():
            return {c.name: c.id for c in self._live.columns}

    def marks(self, ids: Iterable[int]) -> dict[int, Marks]:
        """Star and tags of these rows; those without any are left out."""
        return read_marks(self, ids)

    def tag_counts(self) -> dict[str, int]:
        """Every tag in use -> how many rows have it, the most used first."""
        return read_tag_counts(self)

    @property
    def revision(self) -> int:
        """Number of the current revision; 0 before any edit. Never used twice, also after undo."""
        with self._reading():
            return self._live.current

    def changed_by_others(self) -> bool:
        """Whether another process has changed the file since the last call. What is read is always the newest."""
        with self._reading():
            changed, self._others = self._others, False
            return changed

    def born(self) -> float:
        """When the first edit was made, in seconds since 1970 (0 if none was): tells a set from another of its name."""
        with self._reading():
            found = self._connection.execute("SELECT time FROM revisions ORDER BY id LIMIT 1").fetchone()
            return float(found[0]) if found else 0.0

    def touched_since(self, revision: int) -> set[int] | None:
        """Ids of rows of which a cell was edited (or an edit undone) since a revision, marks left aside; None if that
        is not known: the revision is gone, or columns came, went or were renamed."""
        with self._reading():
            try:
                undo, do = self._log.path(self._live.current, revision)
            except KeyError:
                return None
            touched: set[int] = set()
            for between in (*undo, *do):
                for kind, row in self._connection.execute(
                    "SELECT DISTINCT kind, row FROM changes WHERE revision = ?"
                    " AND (kind = 'columns' OR kind = 'cell' AND column <> 0)",
                    (between,),
                ):
                    if kind == "columns":
                        return None
                    touched.add(int(row))
            return touched

    @property
    def mapping(self) -> Mapping:
        """What the columns mean."""
        with self._reading():
            return Mapping.model_validate_json(self._live.mapping)

    def fact(self, name: str) -> str:
        """A remembered fact about the set (where it came from), "" if unknown."""
        with self._reading():
            found = self._connection.execute("SELECT value FROM facts WHERE name = ?", (f"note:{name}",)).fetchone()
            return str(found[0]) if found else ""

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        with self._reading():
            return self._versions()

    def version(self, name: str) -> Version:
        """A version by name. DatasetError if there is none."""
        for version in self.versions():
            if version.name == name:
                return version
        raise DatasetError(
            N_("There is no version called {name}."),
            way_out=N_("There are: {names}."),
            name=name,
            names=", ".join(v.name for v in self.versions()) or "-",
        )

    def diff(self, start: int, goal: int) -> Diff:
        """What differs between two revisions. DatasetError if one is unknown."""
        with self._reading(), known_revision():
            return diff(self._connection, self._live, self._log, start, goal)

    def changed_since_version(self) -> set[tuple[int, str]]:
        """Cells (row id, column) that differ from the last version, or from the import if there is none."""
        return set(self.changed_cells().cells)

    def changed_cells(self) -> ChangedCells:
        """The same, in the form that follows edits; compares revisions unless it is known already."""
        with self._reading(), known_revision():
            known = self.changed_cells_known()
            if known is None:
                versions, current = self._versions(), self._live.current
                past = set(self._log.path(current, 0)[0])
                base = max((v.revision for v in versions if v.revision in past), default=0)
                found = Diff() if base == current else diff(
                    self._connection, self._live, self._log, base, current, moves=False
                )  # fmt: skip
                originals = {place: encode(old) for place, (old, _) in found.cells.items()}
                names = [c.name for c in self._live.columns]
                known = self._changed = ChangedCells(base, current, len(versions), found, names, originals)
            return known

    def changed_cells_known(self) -> ChangedCells | None:
        """`changed_cells` if it needs no comparison, else None: then ask for it off the window's thread."""
        with self._reading():
            known, current = self._changed, self._live.current
            versions = [row[0] for row in self._connection.execute("SELECT revision FROM versions")]
            if current in versions or not current:  # nothing has changed since
                columns = [c.name for c in self._live.columns]
                known = self._changed = ChangedCells(current, current, len(versions), Diff(), columns, {})
            return known if known and (known.revision, known.versions) == (current, len(versions)) else None

    def use_changed_cells(self, found: ChangedCells) -> None:
        """Take what another reader of this file has found by `changed_cells`."""
        self._changed = found

    def rows_at(self, revision: int, start: int = 0, count: int = 1 << 60) -> list[Row]:
        """Rows as they were at a revision. DatasetError if it is unknown."""
        with self._reading(), known_revision():
            view = self._at(revision)
            return view.rows(start, count) if view else self.rows(start, count)

    def count_at(self, revision: int) -> int:
        """Number of rows at a revision."""
        with self._reading(), known_revision():
            view = self._at(revision)
            return len(view.order) if view else len(self._live.order)

    def ids_at(self, revision: int) -> list[int]:
        """Ids of all rows at a revision, in order."""
        with self._reading(), known_revision():
            view = self._at(revision)
            return list(view.order if view else self._live.order)

    def columns_at(self, revision: int) -> list[str]:
        """Names of the columns at a revision, in order."""
        with self._reading(), known_revision():
            view = self._at(revision)
            return [c.name for c in (view.columns if view else self._live.columns)]

    def mapping_at(self, revision: int) -> Mapping:
        """What the columns meant at a revision."""
        with self._reading(), known_revision():
            view = self._at(revision)
            return Mapping.model_validate_json(view.mapping if view else self._live.mapping)

    def iterate(self, revision: int | None = None) -> Iterator[Row]:
        """All rows of a revision (the current one if None), a few at a time; edits meanwhile do not disturb it."""
        revision = self.revision if revision is None else revision
        for start in range(0, self.count_at(revision), _CHUNK):
            yield from self.rows_at(revision, start, _CHUNK)

    def conversations(self, revision: int | None = None) -> Iterator[tuple[int, Conversation | Problem]]:
        """What each row means, in order: (row id, conversation, or why it gives none). No row is left out."""
        revision = self.revision if revision is None else revision
        mapping = self.mapping_at(revision)
        for row in self.iterate(revision):
            try:
                yield row.id, mapping.conversation(row.values)
            except RowProblem as error:
                yield row.id, error.problem

    def write_out(self, revision: int, path: Path) -> Path:
        """Write the rows of a revision as JSONL for a run, once; see `exporting.write_out`."""
        from services.datasets.exporting import write_out

        return write_out(self, revision, path)

    def _versions(self) -> list[Version]:
        found = self._connection.execute(
            "SELECT v.name, revision, time, coalesce(f.value, '') FROM versions AS v"
            " LEFT JOIN facts AS f ON f.name = 'version-note:' || v.name ORDER BY time, revision"
        )
        return [Version(*row) for row in found.fetchall()]

    def _at(self, revision: int) -> View | None:
        """A view of a revision; None for the current one."""
        if revision == self._live.current:
            return None
        if self._view is None or self._view[0] != self._live.current or self._view[1].revision != revision:
            self._view = (self._live.current, View(self._connection, self._live, self._log, revision))
        return self._view[1]


@contextlib.contextmanager
def known_revision() -> Iterator[None]:
    """Say that a revision is gone as a sentence."""
    try:
        yield
    except KeyError as error:
        raise DatasetError(
            N_("Revision {revision} of this data set is gone: it was undone, and other edits took its place."),
            way_out=N_("Name a version to keep a state for good."),
            revision=error.args[0],
        ) from error
