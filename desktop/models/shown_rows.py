"""Which rows a grid shows: all of them in their own order, or some by id in another one. Plain numpy, no Qt."""

from collections.abc import Sequence

import numpy as np

from services.datasets.order import Ids
from services.datasets.store import DatasetStore

_NONE: Ids = np.empty(0, dtype=np.int64)


class ShownRows:
    """Positions in the grid <-> ids and positions in the set. Read again by `refresh` after each edit of the store.

    Rows of a selection that are deleted leave it and come back with undo: what was chosen is kept by id.
    """

    def __init__(self, store: DatasetStore) -> None:
        self._store = store
        self._chosen: Ids | None = None
        self._ids: Ids = _NONE
        self._all: Ids = _NONE
        self._numbers: Ids | None = None
        self.in_order = True
        """Whether rows stand as in the set, so that to move one up or down has a meaning."""
        self.refresh()

    @property
    def some(self) -> bool:
        """Whether a selection is shown."""
        return self._chosen is not None

    def __len__(self) -> int:
        return len(self._ids)

    def use(self, ids: Ids | None, *, in_order: bool = True) -> None:
        """Show these rows, None for all."""
        self._chosen = None if ids is None else np.asarray(ids, dtype=np.int64)
        self.in_order = in_order or ids is None
        self._look()

    def more(self, ids: Ids) -> None:
        """Show these rows too, below the others."""
        assert self._chosen is not None
        self._chosen = np.concatenate([self._chosen, ids])
        self._ids = np.concatenate([self._ids, ids])

    def refresh(self) -> None:
        """The store has changed: those that are gone leave, those that are back return."""
        self._all = self._store.all_ids()
        self._numbers = None
        self._look()

    def slice(self, start: int, count: int) -> list[int]:
        """Ids of the rows at start to start + count, fewer at the end."""
        return [int(i) for i in self._ids[max(0, start) : max(0, start) + max(0, count)]]

    def ids(self, spans: Sequence[range]) -> list[int]:
        """Ids of the rows at these positions."""
        return [i for span in spans for i in self.slice(span.start, len(span))]

    def all(self) -> Ids:
        """Ids of all rows shown."""
        return self._ids

    def position(self, row_id: int) -> int:
        """Where a row is shown, -1 if it is not."""
        found = np.flatnonzero(self._ids == row_id)
        return int(found[0]) if len(found) else -1

    def number(self, position: int) -> int:
        """Position in the whole set of the row that is shown at position; that of the end beyond the last one."""
        if not self.some:
            return position
        if position >= len(self._ids):
            return self.number(len(self._ids) - 1) + 1 if len(self._ids) else len(self._all)
        if self._numbers is None:  # ids are counted from 1, so a table is the quickest way
            self._numbers = np.full(int(self._all.max(initial=0)) + 1, -1, dtype=np.int64)
            self._numbers[self._all] = np.arange(len(self._all), dtype=np.int64)
        return int(self._numbers[self._ids[position]])

    def add(self, at: int, ids: Sequence[int]) -> None:
        """Rows that were just made stand from position at on; nothing to do where all rows are shown."""
        if self._chosen is not None:
            self._chosen = np.insert(self._chosen, self._chosen_at(at), np.asarray(ids, dtype=np.int64))

    def move(self, ids: Sequence[int], at: int) -> None:
        """Rows were moved to before the one that is shown at position at."""
        if self._chosen is None:
            return
        goal, moved = self._chosen_at(at), np.isin(self._chosen, ids)
        goal -= int(moved[:goal].sum())
        self._chosen = np.insert(self._chosen[~moved], goal, np.asarray(ids, dtype=np.int64))

    def _chosen_at(self, position: int) -> int:
        """Place among those chosen, of which some may be gone."""
        assert self._chosen is not None
        if position >= len(self._ids):
            return len(self._chosen)
        return int(np.flatnonzero(self._chosen == self._ids[position])[0])

    def _look(self) -> None:
        if self._chosen is None:
            self._ids = self._all
        elif len(self._all) and len(self._chosen):
            there = np.zeros(max(int(self._all.max()), int(self._chosen.max())) + 1, dtype=np.bool_)
            there[self._all] = True
            self._ids = self._chosen[there[self._chosen]]
        else:
            self._ids = _NONE
