"""Scrolling and editing a data set of a million rows.

The peer reads the same rows with OFFSET from the same table, as a plain SQLite browser does.
"""

import random
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROWS = 1_000_000
PAGE = 50
LIMIT_MS = 10.0


def run() -> dict[str, Any]:
    """Milliseconds (median, and worst of 200) for a page at a random place, and for an edit of one cell."""
    from services.datasets.store import DatasetStore

    chance = random.Random(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "big.sqlite"
        build_s = _build(path)
        begin = time.perf_counter()
        with DatasetStore.open(path) as store:
            open_ms = (time.perf_counter() - begin) * 1e3
            store.move_rows(store.ids(ROWS // 2, 3), 10)  # so that the order is not the order of the ids
            places = [chance.randrange(ROWS - PAGE) for _ in range(200)]
            pages = [_ms(lambda at=at: store.rows(at, PAGE)) for at in places]
            ids = [store.ids(at, 1)[0] for at in places]
            edits = [_ms(lambda i=i: store.set_cells([(i, "output", f"edit {chance.random()}")])) for i in ids]
            inserts = [_ms(lambda at=at: store.insert_rows(at, [{"output": "new"}])) for at in places[:50]]
            query = "SELECT * FROM rows ORDER BY id LIMIT ? OFFSET ?"
            peer = [_ms(lambda at=at: store._connection.execute(query, (PAGE, at)).fetchall()) for at in places[:50]]
    page_ms, edit_ms, peer_ms = (statistics.median(times) for times in (pages, edits, peer))
    return {
        "name": "store_scroll",
        "ours": {
            "page_ms": page_ms,
            "page_worst_ms": max(pages),
            "edit_ms": edit_ms,
            "insert_ms": statistics.median(inserts),
            "open_ms": open_ms,
            "build_s": build_s,
        },
        "peer": {"offset_page_ms": peer_ms},
        "ratio": peer_ms / page_ms,
        "limit": {"page_ms": LIMIT_MS, "edit_ms": 50.0},
        "ok": page_ms < LIMIT_MS and edit_ms < 50.0,
    }


def _ms(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def _build(path: Path) -> float:
    from services.datasets.building import Builder
    from services.datasets.mapping import Mapping

    begin = time.perf_counter()
    with Builder(path) as builder:
        for start in range(0, ROWS, 1000):
            numbers = range(start, start + 1000)
            builder.add(
                [
                    {"instruction": f"Question {i}?", "input": "", "output": f"An answer, number {i}. " * 4}
                    for i in numbers
                ]
            )
        builder.finish(Mapping(format="alpaca", columns={"prompt": "instruction", "response": "output"}), {})
    return time.perf_counter() - begin
