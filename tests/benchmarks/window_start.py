"""The window's start: from the command to a painted window with nothing left to do, warm; and what it holds."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Any

ROUNDS = 5
LIMIT_S = 1.0
LIMIT_MB = 200.0

_PROGRAM = """
import json, os, sys, time
import psutil
from PySide6.QtCore import QTimer
from desktop import app as start, threads

app = start.make_application()
start.start_log()
settings = start.load_settings()
window = start.make_window(app, settings)
window.show()
QTimer.singleShot(0, window, lambda: start.after_first_paint(window, None))
idle = 0


def usable():
    # painted, and the event loop has nothing to do but the threads that look at the machine
    global idle
    idle = idle + 1 if window.isVisible() else 0
    if idle >= 2:
        me = psutil.Process()
        print(json.dumps({
            "since_start_s": time.time() - float(os.environ["STARTED"]),
            "cpu_s": time.process_time(),
            "rss_mb": me.memory_info().rss / 1e6,
            "heavy": sorted(m for m in ("torch", "transformers", "pyqtgraph", "numpy") if m in sys.modules),
        }))
        timer.stop()
        window.close()


timer = QTimer()
timer.timeout.connect(usable)
timer.start(0)
app.exec()
"""


def start_once(data_dir: str) -> dict[str, Any]:
    """Start the window once in a process of its own; what it measured of itself."""
    environment = {**os.environ, "TUNESMITH_DATA": data_dir}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    environment["STARTED"] = str(time.time())
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], env=environment, capture_output=True, text=True, encoding="utf-8", timeout=120
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    result: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def run() -> dict[str, Any]:
    """The median of several warm starts in seconds, beside the limit of one second and 200 MB."""
    with tempfile.TemporaryDirectory() as folder:
        start_once(folder)
        found = [start_once(folder) for _ in range(ROUNDS)]
    seconds = statistics.median(f["since_start_s"] for f in found)
    memory = max(f["rss_mb"] for f in found)
    heavy = sorted({m for f in found for m in f["heavy"]})
    return {
        "name": "window_start",
        "ours": round(seconds, 3),
        "peer": None,
        "ratio": None,
        "limit": LIMIT_S,
        "unit": "s, warm",
        "all_s": [round(f["since_start_s"], 3) for f in found],
        "cpu_s": round(statistics.median(f["cpu_s"] for f in found), 3),
        "rss_mb": round(memory, 1),
        "limit_rss_mb": LIMIT_MB,
        "heavy_modules": heavy,
        "ok": seconds < LIMIT_S and memory < LIMIT_MB and not ({"torch", "transformers", "pyqtgraph"} & set(heavy)),
    }
