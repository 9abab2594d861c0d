"""Finding words in a data set: every cell that holds them, in order, a batch at a time, in a thread."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, to_text

MOST = 10_000
"""Hits that are kept; a person who gets more narrows the words."""
_CHUNK = 200


@dataclass(frozen=True, order=True)
class Hit:
    """A cell: position of its row, number of its column."""

    position: int
    column: int


def find_text(path: Path, words: str, stop: threading.Event, tell: Callable[[list[Hit]], None]) -> int:
    """Find words in any case. tell: new hits, in order. Returns how many there are, at most MOST; 0 when stopped."""
    wanted, total = words.casefold(), 0
    with DatasetStore.open(path, read_only=True) as store:
        columns = store.columns
        for start in range(0, store.count(), _CHUNK):
            if stop.is_set():
                return 0
            hits = [
                Hit(start + offset, number)
                for offset, row in enumerate(store.rows(start, _CHUNK))
                for number, name in enumerate(columns)
                if wanted in to_text(row.values.get(name, ABSENT)).casefold()
            ]
            if hits:
                tell(hits[: MOST - total])
                total += len(hits)
            if total >= MOST:
                return MOST
            time.sleep(0.0005)  # lets the window's thread have the interpreter at once
    return total
