"""Finding words: Ctrl+F, hits in order, marked, stepped through, found again after an edit."""

from pathlib import Path

from PySide6.QtCore import Qt

from desktop.controllers import find_text as module
from desktop.controllers.find_text import Hit, find_text
from tests.desktop.dataset.conftest import ROWS, ctrl, settle


def place(page) -> tuple[int, int]:
    return page.grid.currentIndex().row(), page.grid.currentIndex().column()


def test_ctrl_f_goes_from_hit_to_hit(open_set, qtbot) -> None:
    page = open_set(
        [{"question": f"light {i}" if i % 2 else "dark", "answer": "LIGHT" if i == 4 else "x"} for i in range(9)]
    )
    ctrl(qtbot, page.grid, Qt.Key.Key_F)
    find = page.bar.finding
    assert find.field.hasFocus()
    qtbot.keyClicks(find.field, "light")
    qtbot.waitUntil(lambda: find.count.text() == "1 of 5", timeout=10_000)
    assert place(page) == (1, 0) and page.grid.delegate.words == "light"
    seen = []
    for _ in range(5):
        qtbot.keyClick(find.field, Qt.Key.Key_Return)
        seen.append(place(page))
    assert seen == [(3, 0), (4, 1), (5, 0), (7, 0), (1, 0)], "in any case, and from the top again"
    qtbot.keyClick(find.field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    assert place(page) == (7, 0) and find.count.text() == "5 of 5"
    qtbot.mouseClick(find.before, Qt.MouseButton.LeftButton)
    assert place(page) == (5, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_F3)
    assert place(page) == (7, 0)
    qtbot.keyClick(find.field, Qt.Key.Key_Escape)
    assert find.field.text() == "" and page.grid.delegate.words == "" and find.count.isHidden()
    qtbot.keyClick(find.field, Qt.Key.Key_Escape)
    assert page.grid.hasFocus()


def test_the_search_begins_where_the_person_is(open_set, qtbot) -> None:
    page = open_set([{"question": "hit", "answer": "x"}] * 6)
    page.grid.go_to(3, 1)
    page.bar.finding.field.setText("hit")
    qtbot.waitUntil(lambda: page.bar.finding.count.text() == "5 of 6", timeout=10_000)
    assert place(page) == (4, 0)


def test_what_is_not_there_is_said(open_set, qtbot) -> None:
    page = open_set()
    page.bar.finding.field.setText("giraffe")
    qtbot.waitUntil(lambda: page.bar.finding.count.text() == "not found", timeout=10_000)
    assert place(page) == (0, 0) and not page.bar.finding.after.isEnabled()


def test_an_edit_looks_again_without_moving(open_set, qtbot) -> None:
    page = open_set()
    page.bar.finding.field.setText("label")
    qtbot.waitUntil(lambda: page.bar.finding.count.text() == "1 of 1", timeout=10_000)
    page.grid.go_to(0, 0)
    page.model.set_texts({(0, 0): "the label"})
    qtbot.waitUntil(lambda: page.bar.finding.count.text() == "2 hits", timeout=10_000)
    assert place(page) == (0, 0)


def test_turns_are_searched_too_and_hits_are_bounded(open_set, qtbot, monkeypatch) -> None:
    monkeypatch.setattr(module, "MOST", 7)
    page = open_set([{"question": "q", "answer": [{"role": "user", "content": "Straße"}]}] * 20)
    import threading

    batches: list[list[Hit]] = []
    path: Path = page.controller.store.path
    assert find_text(path, "STRASSE", threading.Event(), batches.append) == 7
    assert [hit for batch in batches for hit in batch] == [Hit(i, 1) for i in range(7)]
    stopped = threading.Event()
    stopped.set()
    assert find_text(path, "q", stopped, batches.append) == 0


def test_the_palette_finds_rows(open_set, qtbot) -> None:
    page = open_set()
    (title, note, go), *_ = page.search("serial")
    assert title == "Row 2" and "serial number" in note
    go()
    assert place(page) == (1, 0)
    settle(qtbot, page)
    assert page.search("nowhere") == [] and len(ROWS) == page.model.rowCount()
