"""Reading a journal of a million events, as objects and as the columns of a run page.

The peer is the standard library's json reading the same lines into dictionaries.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

EVENTS = 1_000_000
LIMIT_S = 1.0
LIMIT_MB = 60.0

_MEMORY = """
import sys, psutil
from pathlib import Path
from services.jobs.metrics import read_metrics
before = psutil.Process().memory_info().rss
metrics = read_metrics(Path(sys.argv[1]))
print((psutil.Process().memory_info().rss - before) / 1e6)
"""


def run() -> dict[str, Any]:
    """Seconds for the events, seconds and megabytes (10^6 bytes, resident) for the columns."""
    from services.jobs.journal import read_journal
    from services.jobs.metrics import read_metrics

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "journal.jsonl"
        _write(path)
        begin = time.perf_counter()
        events = read_journal(path)
        objects_s = time.perf_counter() - begin
        assert len(events) == EVENTS + 1
        del events
        begin = time.perf_counter()
        metrics = read_metrics(path)
        columns_s = time.perf_counter() - begin
        assert sum(len(c) for c in metrics.columns.values()) == EVENTS
        begin = time.perf_counter()
        with path.open(encoding="utf-8") as file:
            count = sum(1 for line in file if json.loads(line))
        peer_s = time.perf_counter() - begin
        assert count == EVENTS + 1
        done = subprocess.run([sys.executable, "-c", _MEMORY, str(path)], capture_output=True, text=True, check=True)
        memory_mb = float(done.stdout)
    return {
        "name": "journal",
        "ours": {"objects_s": objects_s, "columns_s": columns_s, "columns_mb": memory_mb},
        "peer": {"json_s": peer_s},
        "ratio": peer_s / objects_s,
        "limit": {"objects_s": LIMIT_S, "columns_s": LIMIT_S, "columns_mb": LIMIT_MB},
        "ok": objects_s < LIMIT_S and columns_s < LIMIT_S and memory_mb < LIMIT_MB,
    }


def _write(path: Path) -> None:
    from services.jobs import events as ev

    names = ("loss", "learning_rate", "grad_norm", "tokens_per_s")
    rng = random.Random(1)
    with path.open("wb") as file:
        file.write(ev.encode(ev.Started(attempt=1)) + b"\n")
        for i in range(EVENTS):
            file.write(ev.encode(ev.Metric(step=i // 4 + 1, name=names[i % 4], value=rng.random())) + b"\n")
