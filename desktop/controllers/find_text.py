"""Finding words in a data set: every cell that holds them, in order, a batch at a time, in a thread."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from services.datasets.order import Ids
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT

MOST = 10_000
"""Hits that are kept; a person who gets more narrows the words."""
_CHUNK = 200


@dataclass(frozen=True, order=True)
class Hit:
    """A cell: position of its row among those shown, number of its column."""

    position: int
    column: int


def find_text(
    path: Path, words: str, stop: threading.Event, tell: Callable[[list[Hit]], None], ids: Ids | None = None
) -> int:
    """Find words in any case, in all rows or those of ids, in their order. tell: new hits, in order. Returns how many
    there are, at most MOST; 0 when stopped."""
    from services.datasets.query import select
    from services.datasets.query.cells import texts_of
    from services.datasets.query.questions import Contains

    wanted, total = words.casefold(), 0
    with DatasetStore.open(path, read_only=True) as store:
        columns = store.columns
        order = store.all_ids() if ids is None else ids
        places = np.empty(int(order.max(initial=0)) + 1, dtype=np.int64)
        places[order] = np.arange(len(order))
        for found in select(store, Contains(words), stop=stop, ids=ids):
            for start in range(0, len(found), _CHUNK):
                if stop.is_set():
                    return 0
                hits = [
                    Hit(int(places[row.id]), number)
                    for row in store.rows_of(found[start : start + _CHUNK].tolist())
                    for number, name in enumerate(columns)
                    if any(wanted in text.casefold() for text in texts_of(row.values.get(name, ABSENT)))
                ]
                if hits:
                    tell(hits[: MOST - total])
                    total += len(hits)
                if total >= MOST:
                    return MOST
                time.sleep(0.0005)  # lets the window's thread have the interpreter at once
    return 0 if stop.is_set() else total
