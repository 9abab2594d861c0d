"""Undo says what it takes back; the history goes to any point."""

from PySide6.QtCore import Qt

from desktop.widgets.history_dialog import HistoryDialog
from services.datasets.store import DatasetStore
from tests.desktop.dataset.conftest import ROWS, choose, settle, stored


def edited(open_set, qtbot):
    """A page with three edits."""
    page = open_set()
    page.model.set_texts({(0, 0): "one"})
    choose(page, 1, 0, 1, 2)
    page.grid.clear_cells()
    page.tool("rows").delete_rows()
    settle(qtbot, page)
    return page


def test_undo_and_redo_say_what_they_do(open_set, qtbot) -> None:
    page = edited(open_set, qtbot)
    assert page.undo_words() == "Undo: Delete rows" and page.redo_words() == "Redo"
    assert page.bar.undo.toolTip() == "Undo: Delete rows (Ctrl+Z)"
    page.undo()
    assert page.undo_words() == "Undo: Clear" and page.redo_words() == "Redo: Delete rows"


def test_the_list_goes_to_any_point_and_forth(open_set, qtbot, project) -> None:
    page = edited(open_set, qtbot)
    after = stored(project.dataset_path("support"))
    page.main.run_command("dataset.history")
    dialog = page.main.findChild(HistoryDialog)
    settle(qtbot, page)
    titles = [item.title for item in dialog.list.items()]
    assert titles[:3] == ["Delete rows", "Clear", "Edit"] and titles[-1] == "As it was imported"
    assert not dialog.go.isEnabled(), "nothing is chosen yet"
    step = next(s for s in dialog.steps() if s.label == "Edit")
    dialog.list.choose(str(step.revision))
    dialog.list.chosen.emit(str(step.revision))
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert stored(project.dataset_path("support")) == [{**ROWS[0], "question": "one"}, *ROWS[1:]]
    assert [s.when for s in dialog.steps()][:3] == ["undone", "undone", "now"] and page.can_redo()
    dialog.list.chosen.emit(str(dialog.steps()[0].revision))
    dialog.list.choose(str(dialog.steps()[0].revision))
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    settle(qtbot, page)
    assert stored(project.dataset_path("support")) == after
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)


def test_long_histories_come_in_pieces(open_set, qtbot, project, monkeypatch) -> None:
    from desktop.widgets import history_dialog

    monkeypatch.setattr(history_dialog, "_AT_ONCE", 3)
    page = open_set()
    for i in range(5):
        page.controller.store.set_cells([(1, "question", str(i))])
    page.model.renew()
    page.tool("history").open()
    dialog = page.main.findChild(HistoryDialog)
    settle(qtbot, page)
    assert len(dialog.steps()) == 3 and dialog.list.items()[-1].title == "Show older edits"
    dialog.list.chosen.emit("more")
    settle(qtbot, page)
    dialog.list.chosen.emit("more")
    settle(qtbot, page)
    with DatasetStore.open(project.dataset_path("support"), read_only=True) as store:
        from services.datasets.history import history

        assert dialog.steps() == history(store)
    dialog.reject()
