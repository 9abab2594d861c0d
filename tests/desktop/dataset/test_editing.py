"""Typing into cells: on disk when the cell is left, undone by Ctrl+Z, exact to the byte."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.widgets.cell_editor import CellEditor
from tests.desktop.dataset.conftest import ROWS, choose, ctrl, settle, stored


def editor(page) -> CellEditor:
    return page.grid.findChildren(CellEditor)[-1]  # one that has just been left may still be there


def type_over(qtbot, page, row: int, column: int, text: str) -> None:
    page.grid.go_to(row, column)
    QTest.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.keyClicks(editor(page), text)
    qtbot.keyClick(editor(page), Qt.Key.Key_Return)


def test_a_typed_cell_is_on_disk_when_it_is_left(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(0, 1)
    qtbot.keyClicks(page.grid, "I")  # typing opens the editor and replaces the cell
    qtbot.keyClicks(editor(page), " am new.")
    assert stored(project.dataset_path("support"))[0]["answer"] == "I am Tessaly.", "not left yet"
    qtbot.keyClick(editor(page), Qt.Key.Key_Return)
    assert stored(project.dataset_path("support"))[0]["answer"] == "I am new."
    assert page.grid.currentIndex().row() == 1, "Enter goes down"
    assert page.model.changed_count() == 1 and page.state_text() == ("pencil-simple", "1 change, saved")


def test_f2_keeps_the_text_and_escape_leaves_it(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(0, 0)
    QTest.keyClick(page.grid, Qt.Key.Key_F2)
    assert editor(page).text() == "Who are you?"
    qtbot.keyClicks(editor(page), "gone")
    qtbot.keyClick(editor(page), Qt.Key.Key_Escape)
    assert stored(project.dataset_path("support")) == ROWS and page.model.changed_count() == 0


def test_tab_commits_and_goes_right_and_alt_enter_breaks_a_line(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(0, 0)
    QTest.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.keyClicks(editor(page), "one")
    qtbot.keyClick(editor(page), Qt.Key.Key_Return, Qt.KeyboardModifier.AltModifier)
    qtbot.keyClicks(editor(page), "two")
    qtbot.keyClick(editor(page), Qt.Key.Key_Tab)
    assert stored(project.dataset_path("support"))[0]["question"] == "one\ntwo"
    assert page.grid.currentIndex().column() == 1


def test_undo_and_redo_across_closing_the_page_and_the_window(open_set, make_window, qtbot, project) -> None:
    page = open_set()
    type_over(qtbot, page, 0, 0, "first")
    type_over(qtbot, page, 1, 0, "second")
    window = page.main
    window.run_command("view.close_tab")
    page = window.open_page("dataset", "support")
    ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    assert [r["question"] for r in stored(project.dataset_path("support"))][:2] == ["first", ROWS[1]["question"]]
    window.close()
    window = make_window(project.folder)
    page = window.open_page("dataset", "support")
    ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    assert stored(project.dataset_path("support")) == ROWS
    ctrl(qtbot, page.grid, Qt.Key.Key_Y)
    ctrl(qtbot, page.grid, Qt.Key.Key_Y)
    assert [r["question"] for r in stored(project.dataset_path("support"))][:2] == ["first", "second"]
    assert not page.can_redo()


def test_shift_f2_edits_in_a_large_field(open_set, qtbot, project) -> None:
    from PySide6.QtCore import QTimer

    from desktop.widgets.long_text import LongTextDialog

    page = open_set()
    page.grid.go_to(0, 1)

    def answer() -> None:
        dialog = page.main.findChild(LongTextDialog)
        dialog.field.selectAll()
        qtbot.keyClicks(dialog.field, "Long.")
        qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
        dialog.accept()

    QTimer.singleShot(300, answer)
    page.main.run_command("dataset.edit_long")
    assert stored(project.dataset_path("support"))[0]["answer"] == "Long.\n"


@pytest.mark.parametrize(
    "text",
    [
        "no\u00a0break",
        "line\u2028separator",
        "dos\r\nlines\r\nhere",
        "中文，日本語 🙂👩‍👩‍👧 \U0001f9d1\u200d\U0001f680",
        "שלום, עולם!",
        "tab\tand \x0b odd",
        "",
    ],
)
def test_odd_text_survives_an_edit_at_its_end(open_set, qtbot, project, text: str) -> None:
    rows = [{**ROWS[0], "answer": text}, *ROWS[1:]]
    page = open_set(rows)
    page.grid.go_to(0, 1)
    QTest.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.keyClick(editor(page), Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(editor(page), "x")
    qtbot.keyClick(editor(page), Qt.Key.Key_Return)
    assert stored(project.dataset_path("support"))[0]["answer"] == text + "x"


def test_leaving_a_cell_untouched_makes_no_edit(open_set, qtbot, project) -> None:
    page = open_set([{**ROWS[0], "answer": "a\r\nb\u00a0c"}])
    revision = page.controller.store.revision
    page.grid.go_to(0, 1)
    QTest.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.keyClick(editor(page), Qt.Key.Key_Return)
    assert page.controller.store.revision == revision


def test_numbers_and_lists_keep_their_kind(open_set, qtbot, project) -> None:
    rows = [
        {"question": "q", "answer": "a", "score": 1, "turns": [{"role": "user", "content": "hi"}], "ok": True},
        {"question": "q", "answer": "a", "score": "", "turns": "broken", "ok": None},
    ]
    page = open_set(rows)
    page.model.set_texts({(0, 2): "2.50", (1, 2): "7", (1, 3): '[{"role":"user"}]', (1, 4): "false"})
    first, second = stored(project.dataset_path("support"))
    assert str(first["score"]) == "2.5" and first["score"].text == "2.50"
    assert second["score"] == 7 and second["turns"] == [{"role": "user"}] and second["ok"] is False
    page.model.set_texts({(0, 0): "12"})
    assert stored(project.dataset_path("support"))[0]["question"] == "12", "in a column of text it stays text"


def test_saving_a_version_takes_the_edges_away(open_set, qtbot) -> None:
    page = open_set()
    type_over(qtbot, page, 0, 0, "new")
    settle(qtbot, page)
    assert page.bar.changes.text() == "1 cell changed"
    qtbot.mouseClick(page.bar.version, Qt.MouseButton.LeftButton)
    assert page.model.changed_count() == 0 and page.bar.changes.text() == ""
    assert page.state_text() == ("check", "Saved · version 2")


def test_undo_counts_the_changed_cells_anew(open_set, qtbot) -> None:
    page = open_set()
    choose(page, 0, 0, 1, 1)
    page.grid.clear_cells()
    settle(qtbot, page)
    assert page.model.changed_count() == 4
    page.undo()
    qtbot.waitUntil(lambda: page.model.changed_count() == 0, timeout=10_000)
