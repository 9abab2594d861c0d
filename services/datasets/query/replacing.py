"""Find and replace: shown before it is done, done as one edit."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from services.datasets.changes import Cells, Change
from services.datasets.errors import DatasetError
from services.datasets.order import Ids
from services.datasets.query.changed import ChangedCell, Span, changed_cell
from services.datasets.query.patterns import Pattern
from services.datasets.query.questions import Contains, Matches
from services.datasets.query.select import select
from services.datasets.readstore import ReadStore
from services.datasets.store import DatasetStore
from services.datasets.values import decode, to_text
from services.i18n import N_

SAMPLES = 20
_FEW = 5  # up to a fifth of the rows are looked at one by one, without a search
_AT_ONCE = 500


@dataclass(frozen=True)
class Sample:
    """A cell that would change. spans: what is replaced within the old text (for a list or object, within its JSON)."""

    row: int
    column: str
    old: str
    new: str
    spans: tuple[tuple[int, int], ...] = ()


@dataclass
class ReplacePreview:
    """What a replacement would change: how many places in how many cells of how many rows, and some of the cells.
    ids: the rows. complete: False if it was stopped."""

    places: int = 0
    cells: int = 0
    rows: int = 0
    samples: list[Sample] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    complete: bool = True


@dataclass(frozen=True)
class Replacement:
    """Replace text in columns (all if none is named).

    find, replace: texts; with regex a regular expression and its template (\\1, \\g<name>). case: capitals matter.
    whole: only where no letter, digit or underscore stands before or after. In a list or object every text in it is
    looked at, not its keys; a number is replaced in its spelling and stays one if it can.
    """

    find: str
    replace: str = ""
    columns: tuple[str, ...] = ()
    regex: bool = False
    case: bool = False
    whole: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", tuple(self.columns))
        if not self.find:
            raise DatasetError(N_("There is nothing to look for."), way_out=N_("Write what shall be replaced."))
        if self.regex:
            self._pattern.check(self.replace)

    def preview(self, store: ReadStore, ids: Ids | None = None, stop: threading.Event | None = None) -> ReplacePreview:
        """What it would change, in all rows or those of ids. Reads as `select` does; give it a store of its own."""
        out = ReplacePreview()
        chosen = self._chosen(store)
        for part in self._candidates(store, ids, stop):
            with store._reading():
                last = -1
                for row, name, cell in self._cells(store, part, chosen):
                    if _stopped(stop):
                        break
                    out.cells += 1
                    out.places += cell.places
                    if row != last:
                        out.rows += 1
                        out.ids.append(row)
                    last = row
                    if len(out.samples) < SAMPLES:
                        old, new = (to_text(decode(stored)) for stored in (cell.old, cell.new))
                        out.samples.append(Sample(row, name, old, new, tuple((a, b) for a, b, _ in cell.spans)))
        out.complete = not _stopped(stop)
        return out

    def apply(
        self,
        store: DatasetStore,
        ids: Ids | None = None,
        stop: threading.Event | None = None,
        label: str = N_("Replace"),
    ) -> int:
        """Do it, as one edit. Returns the revision: the present one if nothing was found, or stop was set in time."""
        chosen = self._chosen(store)
        found = list(self._candidates(store, ids, stop))
        rows = np.sort(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)  # sorted as in the file
        if not len(rows) or _stopped(stop):
            return store.revision
        bases: Cells = {}

        def build() -> list[Change]:
            changes: list[Change] = []
            here = rows[np.asarray(store._live.order.positions(rows)) >= 0]  # not deleted meanwhile
            for row, name, cell in self._cells(store, here, chosen):
                if _stopped(stop):
                    return []
                column = chosen[name]
                changes += cell.changes(row, column)
                bases[row, column] = cell.old
            return changes

        return store.edit(label, build, bases=bases)

    def spans(self, text: str) -> list[Span]:
        """What it would replace in a text: (start, end, new text), from left to right."""
        if not self.regex:
            folded = text if self.case else text.casefold()
            if self._folded not in folded:
                return []
            if not self.whole and len(folded) == len(text):  # then each character is where it was
                return self._literal(folded)
        return self._pattern.spans(text, self.replace if self.regex else None, self.replace)

    # ---- inside

    @cached_property
    def _pattern(self) -> Pattern:
        return Pattern(self.find, case=self.case, whole=self.whole, literal=not self.regex)

    @cached_property
    def _folded(self) -> str:
        return self.find if self.case else self.find.casefold()

    def _literal(self, text: str) -> list[Span]:
        """Where the text stands in one that is folded if case does not matter."""
        size = len(self._folded)
        out: list[Span] = []
        at = text.find(self._folded)
        while at >= 0:
            out.append((at, at + size, self.replace))
            at = text.find(self._folded, at + size)
        return out

    def _chosen(self, store: ReadStore) -> dict[str, int]:
        known = store.column_numbers()
        for name in self.columns:
            if name not in known:
                raise DatasetError(
                    N_("There is no column {name}."),
                    way_out=N_("There are: {names}."),
                    name=name,
                    names=", ".join(known) or "-",
                )
        return {name: known[name] for name in self.columns or known}

    def _candidates(self, store: ReadStore, ids: Ids | None, stop: threading.Event | None) -> Iterator[Ids]:
        """The rows that may change: those where it is found, or all that are named if that is only a part."""
        if ids is not None and len(ids) * _FEW < store.count():
            rows = np.asarray(ids, dtype=np.int64)
            return (rows[start : start + _AT_ONCE] for start in range(0, len(rows), _AT_ONCE) if not _stopped(stop))
        if self.regex:
            return select(store, Matches(self.find, self.columns, compiled=self._pattern), stop=stop, ids=ids)
        return select(store, Contains(self.find, self.columns, case=self.case), stop=stop, ids=ids)

    def _cells(self, store: ReadStore, rows: Ids, chosen: dict[str, int]) -> Iterator[tuple[int, str, ChangedCell]]:
        """(row, column, cell) of the cells of these rows that change. Within a reading or writing of the store."""
        names = ", ".join(f"c{number}" for number in chosen.values())
        places = ["", *chosen]  # of a record: the id, then the cells
        for start in range(0, len(rows), _AT_ONCE):
            part = rows[start : start + _AT_ONCE].tolist()
            marks = ",".join("?" * len(part))
            found = store._connection.execute(f"SELECT id, {names} FROM rows WHERE id IN ({marks})", part)
            by_id = {record[0]: record for record in found}
            for row in part:
                for name, stored in zip(places, by_id.get(row, ()), strict=False):
                    cell = changed_cell(stored, self.spans) if name and stored is not None else None
                    if cell is not None:
                        yield row, name, cell


def _stopped(stop: threading.Event | None) -> bool:
    return stop is not None and stop.is_set()
