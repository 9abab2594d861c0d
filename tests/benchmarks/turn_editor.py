"""The turn editor: how soon a conversation of 2,000 turns, or of turns of 200 kB, is open, scrolled and written.

The peer makes a card for every turn, as a list that is not virtual does (of a tenth of the turns, times ten).
"""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

TURNS, LONG, LIMIT_S = 2000, 200_000, 1.0


def run() -> dict[str, Any]:
    """Seconds until a conversation is painted, and the longest that an act holds the window's thread (ms)."""
    os.environ["TUNESMITH_DATA"] = tempfile.mkdtemp()
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from desktop.main_window import MainWindow
    from desktop.theme.apply import install
    from services.settings import load_settings

    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    install(app, "light", "en")
    window = MainWindow(load_settings())
    window.resize(1440, 900)
    window.show()
    ours: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        window.open_project(_project(Path(folder) / "long"))
        page: Any = window.open_page("dataset", "long")
        _rest(app)
        tool = page.tool("turns")

        def measure(name: str, act: Callable[[], Any]) -> None:
            begin = time.perf_counter()
            act()
            app.processEvents()
            ours[name] = (time.perf_counter() - begin) * 1e3
            _rest(app)

        for row, name in ((0, "turns"), (1, "kilobytes")):
            page.grid.go_to(row, 0)
            _rest(app)
            measure(f"open_{name}_ms", tool.open)
            bar = tool.pane.list.verticalScrollBar()
            measure(f"scroll_{name}_ms", lambda bar=bar: bar.setValue(bar.maximum() // 2))
            card = tool.pane.list.bring(min(TURNS // 2, tool.pane.list.count - 2))
            field = card.fields[0]
            field.setFocus()
            QTest.keyClicks(field, "x")
            measure(f"write_{name}_ms", field.commit)
            measure(f"undo_{name}_ms", page.undo)
            measure(f"duplicate_{name}_ms", lambda: tool.pane.do("duplicate"))
            tool.pane.leave()
        peer_ms = _peer(page)
        window.close()
    worst = max(ours.values())
    return {
        "name": "turn_editor",
        "ours": ours,
        "peer": {"all_cards_ms": peer_ms},
        "ratio": peer_ms / ours["open_turns_ms"],
        "limit": {"open_s": LIMIT_S},
        "worst_ms": worst,
        "ok": ours["open_turns_ms"] < 1e3 * LIMIT_S and ours["open_kilobytes_ms"] < 1e3 * LIMIT_S,
    }


def _talk(count: int, size: int) -> list[dict[str, str]]:
    return [{"from": ("human", "gpt")[i % 2], "value": f"turn {i}, and so on. " * (size // 20)} for i in range(count)]


def _project(folder: Path) -> Path:
    from services.datasets.mapping import Mapping
    from services.datasets.store import DatasetStore
    from services.projects.project import Project

    project = Project.create(folder)
    with DatasetStore.create(project.dataset_path("long")) as store:
        store.insert_rows(0, [{"talk": _talk(TURNS, 200)}, {"talk": _talk(12, LONG)}])
        store.set_mapping(Mapping(format="sharegpt", columns={"messages": "talk"}))
    return project.folder


def _peer(page: Any) -> float:
    """Milliseconds that cards of all turns take, none of them painted."""
    from desktop.widgets.boxes import Box

    tool = page.tool("turns")
    page.grid.go_to(0, 0)
    tool.open()
    turns = [i for i, entry in enumerate(tool.pane.entries) if entry.kind == "turn"][: TURNS // 10]
    begin = time.perf_counter()
    holder = Box("v")
    for i in turns:
        holder.add(tool.pane._make(i))
    holder.box.activate()
    return (time.perf_counter() - begin) * 1e4


def _rest(app: Any) -> None:
    from desktop import threads

    end = time.monotonic() + 0.4
    while time.monotonic() < end or threads.busy():
        app.processEvents()
        time.sleep(0.005)
