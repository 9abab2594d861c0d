"""Rows: added, copied, moved and deleted, with Undo in the toast."""

from PySide6.QtCore import Qt

from tests.desktop.dataset.conftest import ROWS, choose, ctrl, settle, stored


def questions(project) -> list[str]:
    return [r["question"] for r in stored(project.dataset_path("support"))]


_OLD = [r["question"] for r in ROWS]


def test_add_row_below_the_current_one(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(1, 1)
    qtbot.mouseClick(page.bar.add_row, Qt.MouseButton.LeftButton)
    assert questions(project) == [*_OLD[:2], "", *_OLD[2:]]
    assert (page.grid.currentIndex().row(), page.grid.currentIndex().column()) == (2, 0)
    qtbot.keyClicks(page.grid, "Typed at once")
    assert page.grid.state() == page.grid.State.EditingState


def test_delete_rows_and_the_toasts_undo(open_set, qtbot, project) -> None:
    page = open_set()
    choose(page, 1, 0, 2, 0)
    qtbot.mouseClick(page.bar.delete, Qt.MouseButton.LeftButton)
    assert questions(project) == [_OLD[0], _OLD[3]]
    toast = page.main._toast
    assert toast.label.text() == "2 rows deleted" and page.grid.currentIndex().row() == 1
    qtbot.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    assert stored(project.dataset_path("support")) == ROWS


def test_the_toasts_undo_goes_with_the_next_edit(open_set, qtbot, project) -> None:
    """Else it would take back something else than it says."""
    page = open_set()
    choose(page, 0, 0, 0, 0)
    page.tool("rows").delete_rows()
    toast = page.main._toast
    page.model.set_texts({(0, 0): "other"})
    assert toast.isHidden()


def test_duplicate_and_move_by_keys(open_set, qtbot, project) -> None:
    page = open_set()
    choose(page, 0, 0, 1, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert questions(project) == [*_OLD[:2], *_OLD[:2], *_OLD[2:]]
    page.undo()
    choose(page, 0, 0, 1, 0)
    qtbot.keyClick(page.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert questions(project) == [_OLD[2], *_OLD[:2], _OLD[3]]
    assert page.grid.spans() == [range(1, 3)], "the moved rows stay chosen, to be moved on"
    qtbot.keyClick(page.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert questions(project) == [_OLD[2], _OLD[3], *_OLD[:2]]
    qtbot.keyClick(page.grid, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert questions(project) == [_OLD[2], _OLD[3], *_OLD[:2]], "the end is the end"
    ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    assert questions(project) == _OLD


def test_deleting_all_rows_shows_the_empty_page_and_undo_brings_them_back(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.selectAll()
    page.tool("rows").delete_rows()
    assert questions(project) == [] and page.empty.isVisible() and not page.grid.isVisible()
    assert page.bar.isVisible(), "undo stays in reach"
    ctrl(qtbot, page.main, Qt.Key.Key_Z)
    assert questions(project) == _OLD and page.grid.isVisible() and not page.empty.isVisible()


def test_a_large_edit_runs_beside_and_nothing_else_meanwhile(open_set, qtbot, project, monkeypatch) -> None:
    from desktop.models import dataset_table

    monkeypatch.setattr(dataset_table, "LARGE", 2)
    page = open_set()
    page.grid.selectAll()
    page.tool("rows").delete_rows()
    assert page.model.busy and page.bar.changes.text() == "working…" and not page.can_edit()
    assert not page.model.set_texts({(0, 0): "no"})
    qtbot.waitUntil(lambda: not page.model.busy, timeout=10_000)
    assert page.model.rowCount() == 0 and page.main._toast.label.text() == "4 rows deleted"
    page.undo()
    qtbot.waitUntil(lambda: page.model.rowCount() == 4, timeout=10_000)
    settle(qtbot, page)


def test_closing_while_a_large_edit_runs_loses_nothing(open_set, qtbot, project, monkeypatch) -> None:
    from desktop.models import dataset_table

    monkeypatch.setattr(dataset_table, "LARGE", 2)
    page = open_set()
    page.grid.selectAll()
    page.grid.clear_cells()
    page.main.run_command("view.close_tab")
    assert page.main.page is None
    from desktop import threads

    qtbot.waitUntil(lambda: not threads.busy(), timeout=10_000)
    rows = stored(project.dataset_path("support"))
    assert rows == ROWS or all(v == "" for r in rows for v in r.values()), "all of it or nothing"
