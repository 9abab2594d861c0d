"""Comparing, going back and splitting at a million rows of which a hundred thousand cells were changed.

The peer compares two full lists of the rows, as a program without a log of edits must.
"""

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS, CHANGED = 1_000_000, 100_000
LIMIT_S = 1.0


def run() -> dict[str, Any]:
    """Seconds for the whole comparison, for a row of it (milliseconds), for going back, choosing and splitting."""
    from services.datasets.choosing import ByChance, choose
    from services.datasets.difference import Difference
    from services.datasets.splitting import split
    from services.datasets.store import DatasetStore
    from services.datasets.versions import go_back
    from tests.benchmarks.store_scroll import _build

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.sqlite"
        _build(path)
        with DatasetStore.open(path) as store:
            store.set_cells((i * 10 + 1, "output", f"Another answer, number {i}.") for i in range(CHANGED))
            changed = store.revision
        with DatasetStore.open(path) as store:
            diff_s, found = _timed(lambda: Difference(store, 0, changed, threading.Event()))
            cells_s, _ = _timed(lambda: [found.cells(entry) for entry in range(0, 1000)])
            peer_s, other = _timed(lambda: _peer(store, changed))
            assert len(found) == other == CHANGED
            back_s, _ = _timed(lambda: go_back(store, 0))
            assert not Difference(store, 0, store.revision)
            choose_s, chosen = _timed(lambda: choose(store, ByChance(CHANGED, together=True)))
            split_s, made = _timed(lambda: split(store, chosen, Path(folder) / "part.sqlite"))
            assert made.rows + made.stay == ROWS
            undo_s, _ = _timed(store.undo)
    return {
        "name": "versions",
        "ours": {
            "diff_s": diff_s,
            "row_ms": cells_s,
            "go_back_s": back_s,
            "choose_s": choose_s,
            "split_s": split_s,
            "undo_split_s": undo_s,
        },
        "peer": {"full_compare_s": peer_s},
        "ratio": peer_s / diff_s,
        "limit": {"diff_s": LIMIT_S},
        "ok": diff_s < LIMIT_S,
    }


def _timed(work: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.perf_counter()
    outcome = work()
    return time.perf_counter() - begin, outcome


def _peer(store: Any, revision: int) -> int:
    pairs = zip(store.iterate(0), store.iterate(revision), strict=True)
    return sum(a.values != b.values for a, b in pairs)
