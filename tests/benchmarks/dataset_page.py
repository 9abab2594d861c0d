"""The table page over a million rows: how long the window's thread is held by opening, writing, undo and scrolling.

Processor time of the thread is what is held to the limit: an edit also waits for the disk, which is said beside it.
The peer asks Qt for the selected cells one by one, as the page did at first; of a thousandth of them.
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

ROWS = 1_000_000
LIMIT_MS = 50.0


def run() -> dict[str, Any]:
    """Milliseconds of the window's thread for each thing a person does, and the longest turn of its loop after it."""
    os.environ["TUNESMITH_DATA"] = tempfile.mkdtemp()
    from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from desktop.main_window import MainWindow
    from desktop.theme.apply import install
    from desktop.widgets.cell_editor import CellEditor
    from services.settings import load_settings

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    install(app, "light", "en")
    window = MainWindow(load_settings())
    window.resize(1440, 900)
    window.show()
    times: dict[str, tuple[float, float, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        window.open_project(_project(Path(folder) / "big"))
        _turns(app, 1.0)
        window.run_command("view.close_tab")  # a project opens with its table
        _turns(app, 1.0)

        def measure(name: str, act: Callable[[], Any]) -> Any:
            held, wall = time.thread_time(), time.perf_counter()
            result = act()
            held, wall = time.thread_time() - held, time.perf_counter() - wall
            times[name] = (1e3 * held, 1e3 * wall, _turns(app, 1.0))
            return result

        page: Any = measure("open", lambda: window.open_page("dataset", "big"))
        measure("jump", lambda: page.grid.go_to(ROWS // 2, 1))

        def write() -> None:
            QTest.keyClicks(page.grid, "x")
            QTest.keyClick(page.grid.findChildren(CellEditor)[-1], Qt.Key.Key_Return)

        measure("write", write)
        for name in ("undo", "redo", "add_row", "delete_rows", "undo", "save_version"):
            measure(name, lambda name=name: window.run_command(f"dataset.{name}"))
        measure("select_all", page.grid.selectAll)
        measure("spans", page.grid.spans)
        measure("scroll", lambda: page.grid.verticalScrollBar().setValue(ROWS // 3))
        measure("palette", lambda: page.search("no such words"))
        model, few = page.model, ROWS // 1000
        block = QItemSelection(model.index(0, 0), model.index(few - 1, 2))
        page.grid.selectionModel().select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        begin = time.perf_counter()
        sorted({index.row() for index in page.grid.selectionModel().selectedIndexes()})
        peer_ms = (time.perf_counter() - begin) * 1e3 * 1000
        measure("close", window.close)
    worst = max(max(held, turn) for held, _, turn in times.values())
    return {
        "name": "dataset_page",
        "ours": {name: {"held_ms": a, "wall_ms": b, "turn_ms": c} for name, (a, b, c) in times.items()},
        "peer": {"selected_cells_ms": peer_ms},
        "ratio": peer_ms / max(0.001, times["spans"][0]),
        "limit": {"worst_ms": LIMIT_MS},
        "worst_ms": worst,
        "ok": worst < LIMIT_MS,
    }


def _turns(app: Any, seconds: float) -> float:
    """Turn the window's loop; the longest turn in ms of the thread's time."""
    end, worst = time.perf_counter() + seconds, 0.0
    while time.perf_counter() < end:
        held = time.thread_time()
        app.processEvents()
        worst = max(worst, time.thread_time() - held)
        time.sleep(0.002)
    return worst * 1e3


def _project(folder: Path) -> Path:
    from services.datasets.mapping import Mapping
    from services.datasets.store import DatasetStore
    from services.projects.project import Project

    project = Project.create(folder)
    with DatasetStore.create(project.dataset_path("big")) as store:
        for at in range(0, ROWS, 50_000):
            store.insert_rows(
                at,
                [
                    {
                        "question": f"Question {i} " + "word " * (i % 30),
                        "answer": "text " * (i % 40),
                        "product": f"L{i % 7}",
                    }
                    for i in range(at, at + 50_000)
                ],
            )
        store.set_mapping(Mapping(format="alpaca", columns={"prompt": "question", "response": "answer"}))
        store.save_version()
    return project.folder
