"""Scrolling the grid over a million rows: all of them, filtered, sorted, with frozen columns, and with 200 kB cells.

A jump is a new value of the scroll bar, the heights of the rows that come into sight, and their painting: processor
time of the window's thread. Beside it the longest turn of its loop while a filter and a sort run over all rows.
The peer reads the same page with OFFSET from the same table and paints nothing.
"""

import os
import random
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

JUMPS = 150
MEDIAN_MS, WORST_MS, TURN_MS = 8.0, 33.0, 50.0
_HUGE = 64  # rows with cells of 200 kB


def run() -> dict[str, Any]:
    """Milliseconds of a jump (median and worst) in each state, and of the longest turn while it is looked for."""
    os.environ["TUNESMITH_DATA"] = tempfile.mkdtemp()
    from PySide6.QtWidgets import QApplication

    from desktop.main_window import MainWindow
    from desktop.theme.apply import install
    from services.datasets.query import SortKey
    from services.settings import load_settings
    from tests.benchmarks._million import scratch

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    install(app, "light", "en")
    window = MainWindow(load_settings())
    window.resize(1440, 900)
    window.show()
    ours: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder, scratch() as path:
        project = _project(Path(folder) / "p", path)
        window.open_project(project)
        page: Any = window.open_page("dataset", "big")
        _turns(app, lambda: page.is_reading(), 1.0)
        first = page.model.columns[-1]
        ours |= _jumps(app, page, "all")
        ours["filter_turn_ms"] = _turns(app, _asked(page, lambda: page.tool("shown").filter('contains "the"')))
        ours["filtered_rows"] = page.model.rowCount()
        ours |= _jumps(app, page, "filtered")
        ours["sort_turn_ms"] = _turns(
            app, _asked(page, lambda: page.tool("shown").sort(SortKey(first, "length", True)))
        )
        ours |= _jumps(app, page, "sorted")
        page.grid.go_to(0, 0)
        window.run_command("dataset.freeze_columns")
        ours |= _jumps(app, page, "frozen")
        ours["all_turn_ms"] = _turns(app, _asked(page, page.tool("shown").show_all))
        peer_ms = _peer(page.controller.store, page.model.facts.count)
        window.run_command("view.close_tab")
        huge: Any = window.open_page("dataset", "huge")
        ours |= _jumps(app, huge, "huge", 40)
        window.close()
    medians = [value for name, value in ours.items() if name.endswith("median_ms")]
    worsts = [value for name, value in ours.items() if name.endswith("worst_ms")]
    turns = [value for name, value in ours.items() if name.endswith("turn_ms")]
    return {
        "name": "grid_scroll",
        "ours": ours,
        "peer": {"offset_page_ms": peer_ms},
        "ratio": peer_ms / max(medians),
        "limit": {"median_ms": MEDIAN_MS, "worst_ms": WORST_MS, "turn_ms": TURN_MS},
        "ok": max(medians) < MEDIAN_MS and max(worsts) < WORST_MS and max(turns) < TURN_MS,
    }


def _project(folder: Path, million: Path) -> Path:
    from services.datasets.mapping import Mapping
    from services.datasets.store import DatasetStore
    from services.projects.project import Project

    project = Project.create(folder)
    goal = project.dataset_path("big")
    goal.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(million, goal)
    text = "A long story, 很长的故事 🙂. " * 9000
    with DatasetStore.create(project.dataset_path("huge")) as store:
        store.insert_rows(0, [{"question": f"{i} {text}", "answer": text} for i in range(_HUGE)])
        store.set_mapping(Mapping(format="alpaca", columns={"prompt": "question", "response": "answer"}))
        store.save_version()
    return project.folder


def _jumps(app: Any, page: Any, name: str, count: int = JUMPS) -> dict[str, float]:
    """Jump about, as a person who drags the scroll bar; every tenth jump is a page down."""
    chance, bar, times = random.Random(1), page.grid.verticalScrollBar(), []
    _turns(app, None, 0.3)
    for number in range(count):
        goal = bar.value() + bar.pageStep() if number % 10 == 9 else chance.randrange(bar.maximum() + 1)
        held = time.thread_time()
        bar.setValue(goal)
        page.grid.viewport().repaint()
        page.grid.verticalHeader().viewport().repaint()
        if page.grid.columns.frozen is not None:
            page.grid.columns.frozen.viewport().repaint()
        times.append((time.thread_time() - held) * 1e3)
        app.processEvents()
    return {f"{name}_median_ms": statistics.median(times), f"{name}_worst_ms": max(times)}


def _asked(page: Any, act: Any) -> Any:
    act()
    return lambda: page.tool("shown").search.running


def _turns(app: Any, busy: Any, seconds: float = 0.3) -> float:
    """Turn the window's loop while busy, and a little longer; the longest turn in ms of the thread's time."""
    end, worst = time.perf_counter() + seconds, 0.0
    while time.perf_counter() < end or (busy is not None and busy()):
        held = time.thread_time()
        app.processEvents()
        worst = max(worst, (time.thread_time() - held) * 1e3)
        time.sleep(0.002)
    return worst


def _peer(store: Any, rows: int) -> float:
    chance, times = random.Random(1), []
    for _ in range(20):
        begin = time.perf_counter()
        place = (30, chance.randrange(rows))
        store._connection.execute("SELECT * FROM rows ORDER BY id LIMIT ? OFFSET ?", place).fetchall()
        times.append((time.perf_counter() - begin) * 1e3)
    return statistics.median(times)
