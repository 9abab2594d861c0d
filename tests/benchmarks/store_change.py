"""Changing a set of a million rows: replace-all in 100,000 cells, its undo, one edit, a sorted order kept, reopening.

Beside ours: what the disk needs to write as much as was written, and for an edit what one fsync takes. The peer is one
UPDATE of SQLite with its own replace(), which keeps no history.
"""

import os
import random
import statistics
import time
from pathlib import Path
from typing import Any

import numpy as np

from tests.benchmarks._million import ROWS, scratch, seconds

LIMIT = {
    "replace_s": 2.5, "undo_s": 2.5, "edit_ms": 5.0, "page_ms": 8.0, "page_worst_ms": 33.0,
    "first_paint_s": 0.3, "full_order_s": 1.0,
}  # fmt: skip
PAGE = 50


def run() -> dict[str, Any]:
    """Seconds and milliseconds (medians, the worst of 200 where it says so)."""
    from services.datasets.query import Replacement
    from services.datasets.store import DatasetStore

    ours: dict[str, Any] = {}
    with scratch() as path:
        before = path.stat().st_size
        with DatasetStore.open(path) as store:
            begin = time.perf_counter()
            preview = Replacement("refund", "money back").preview(store)  # which the window shows before
            ours["preview_s"] = time.perf_counter() - begin
            found = np.array(preview.ids)
            ours["replace_s"] = seconds(lambda: Replacement("refund", "money back").apply(store, found))
            ours["grown_mb"] = (path.stat().st_size - before) / 1e6
            ours["undo_s"] = seconds(store.undo)
            ours["redo_s"] = seconds(store.redo)
            order = random.Random(1).sample(store.ids(), ROWS)
            ours["keep_order_s"] = seconds(lambda: store.reorder(order))
            edits = [_edit(store, i) for i in order[:200]]
            ours["edit_ms"], ours["edit_worst_ms"] = statistics.median(edits) * 1e3, max(edits) * 1e3
        begin = time.perf_counter()
        with DatasetStore.open(path) as store:
            rows = store.rows(0, PAGE)
            ours["first_paint_s"] = time.perf_counter() - begin
            assert len(rows) == PAGE and len(store.all_ids()) == ROWS
            ours["full_order_s"] = time.perf_counter() - begin
            pages = [
                seconds(lambda at=at: store.rows(at, PAGE)) for at in random.Random(2).sample(range(ROWS - 50), 200)
            ]
            ours["page_ms"], ours["page_worst_ms"] = statistics.median(pages) * 1e3, max(pages) * 1e3
    peer = _peer()
    return {
        "name": "store_change",
        "rows": ROWS,
        "ours": ours,
        "peer": {"update_s": peer},
        "physical": _physical(),
        "ratio": peer / ours["replace_s"],
        "limit": LIMIT,
        "ok": all(ours[name] <= limit for name, limit in LIMIT.items()),
    }


def _edit(store: Any, row: int) -> float:
    return seconds(lambda: store.set_cells([(row, "output", f"edited {row}")]))


def _peer() -> float:
    import sqlite3

    with scratch() as path:
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA cache_size = -65536")

        def update() -> None:
            with connection:
                connection.execute(
                    "UPDATE rows SET c3 = replace(c3, 'Refund', 'money back') WHERE instr(c3, 'Refund') > 0"
                )

        taken = seconds(update)
        connection.close()
        return taken


def _physical() -> dict[str, float]:
    """What the disk needs: an fsync of a page, and writing 400 MB with one at the end."""
    with scratch() as path:
        file = Path(path).with_name("plain")
        with file.open("wb") as out:
            syncs = []
            for _ in range(50):
                out.write(b"x" * 8192)
                out.flush()
                syncs.append(seconds(lambda: os.fsync(out.fileno())))
            block = os.urandom(1 << 20)

            def write() -> None:
                for _ in range(400):
                    out.write(block)
                out.flush()
                os.fsync(out.fileno())

            return {"fsync_ms": statistics.median(syncs) * 1e3, "write_400_mb_s": seconds(write)}
