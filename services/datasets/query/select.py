"""Which rows a filter means, in their order, while it still searches."""

import threading
from collections.abc import Callable, Iterator

import numpy as np

from services.datasets.order import Ids
from services.datasets.query.context import FilterContext
from services.datasets.query.filters import Asked, Filter
from services.datasets.query.scan import Batch, Scan
from services.datasets.readstore import ReadStore

FIRST = 2000  # rows of a shuffled set that are looked at in their order, for the first hits
_NEAR = 4  # how many ids apart neighbours may be to be read together


def select(
    store: ReadStore,
    wanted: Filter,
    context: FilterContext | None = None,
    stop: threading.Event | None = None,
    ids: Ids | None = None,
) -> Iterator[Ids]:
    """Ids (k,) of the rows that a filter means, in batches, in the order of the set; of `ids` only, if given, in their
    order. An empty batch says that the search goes on.

    The store is only asked for its order; the rows are read by connections of the search's own, so that another thread
    may use the store meanwhile. Ends early when stop is set. DatasetError for a runaway regular expression, and where
    the filter asks what context does not know.
    """
    order = store.all_ids() if ids is None else np.asarray(ids, dtype=np.int64)
    if not len(order):
        return
    columns = store.column_numbers()
    texts = [columns[name] for name in wanted.columns(list(columns)) if name in columns]
    known = context or FilterContext()

    def work(batch: Batch) -> Ids:
        if texts:
            batch.want(texts)
        return batch.ids[wanted.flags(Asked(batch, columns, known, stop))]

    scan = Scan(store.path, store.count())
    if _in_runs(order, scan.step):
        place = Places(order)
        for found in scan.run(order, work, stop):
            yield place.sort(found)
        return
    yield from _shuffled(order, scan, work, stop)


def _in_runs(order: Ids, step: int) -> bool:
    """Whether rows that stand together were mostly made together, so that they lie together in the file."""
    full = len(order) // step * step
    if not full:
        return True
    parts = order[:full].reshape(-1, step)
    return bool(np.mean(parts.max(axis=1) - parts.min(axis=1) < _NEAR * step) > 0.5)


def _shuffled(order: Ids, scan: Scan, work: Callable[[Batch], Ids], stop: threading.Event | None) -> Iterator[Ids]:
    """The first rows as they stand, for something to see at once; the rest as the file has it, sorted at the end."""
    place = Places(order)
    for found in scan.run(order[:FIRST], work, stop):
        yield place.sort(found)
    rest: list[Ids] = []
    for found in scan.run(np.sort(order[FIRST:]), work, stop):
        rest.append(found)
        yield found[:0]
    if rest and not (stop is not None and stop.is_set()):
        yield place.sort(np.concatenate(rest))


class Places:
    """Sorts ids as an order has them."""

    def __init__(self, order: Ids) -> None:
        self._rising = bool(np.all(order[1:] > order[:-1]))
        self._by_id = np.argsort(order, kind="stable") if not self._rising else order
        self._sorted = order[self._by_id] if not self._rising else order

    def of(self, ids: Ids) -> Ids:
        """(k,) position of each id, all of which must be there."""
        at = np.searchsorted(self._sorted, ids)
        return at if self._rising else self._by_id[at]

    def sort(self, ids: Ids) -> Ids:
        """(k,) the same ids in that order."""
        return ids if self._rising else ids[np.argsort(self.of(ids), kind="stable")]
