"""From choosing a file of 600 MB to its first rows, encoding and format: what the import dialog shows at once."""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

LIMIT_S = 0.3


def run() -> dict[str, Any]:
    """Seconds of a first look at JSON lines and at an array; the peer reads them whole by json.load."""
    import json

    from services.datasets.importing import preview_file
    from tests.benchmarks._alpaca_rows import make

    ours: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".jsonl", ".json"):
            path = make(Path(folder) / f"big{suffix}")
            times = []
            for _ in range(3):
                begin = time.perf_counter()
                found = preview_file(path)
                times.append(time.perf_counter() - begin)
                assert len(found.rows) == 20 and found.guess is not None
            ours[f"{suffix[1:]}_s"] = statistics.median(times)
        begin = time.perf_counter()
        with path.open(encoding="utf-8") as file:
            json.load(file)
        peer_s = time.perf_counter() - begin
    worst = max(ours.values())
    return {
        "name": "first_rows",
        "ours": ours,
        "peer": {"json_load_s": peer_s},
        "ratio": peer_s / worst,
        "limit": {"seconds": LIMIT_S},
        "ok": worst < LIMIT_S,
    }
