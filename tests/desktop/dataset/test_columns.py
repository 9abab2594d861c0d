"""Columns: frozen, hidden, moved; blocks follow what is seen."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from desktop.models.column_layout import COUNTED, ColumnLayout
from desktop.widgets.cell_editor import CellEditor
from tests.desktop.dataset.conftest import ROWS, choose, ctrl, put_on_clipboard, settle, stored

_WIDE = [{f"c{n}": f"{r}.{n}" for n in range(12)} for r in range(40)]
_NAMES = [f"c{n}" for n in range(5)]
_LAYOUTS = st.builds(
    ColumnLayout,
    st.lists(st.sampled_from([*_NAMES, "gone"]), unique=True).map(tuple),
    st.frozensets(st.sampled_from(_NAMES), max_size=4),
    st.lists(st.sampled_from(_NAMES), unique=True).map(tuple),
)


@given(_LAYOUTS, st.sampled_from(_NAMES), st.sampled_from([-1, 1]))
def test_a_layout_loses_no_column(layout: ColumnLayout, name: str, by: int) -> None:
    for now in (layout, layout.moved(_NAMES, name, by), layout.frozen_to(_NAMES, name), layout.unfrozen()):
        assert sorted(now.places(_NAMES)) == _NAMES
        stay = [n in now.frozen for n in now.places(_NAMES)]
        assert stay == sorted(stay, reverse=True), "frozen ones stand first"
        assert ColumnLayout.from_plain(now.plain()) == now
    moved = layout.moved(_NAMES, name, by)
    there_and_back = moved.moved(_NAMES, name, -by) if moved != layout else layout
    assert there_and_back.visible(_NAMES) == layout.visible(_NAMES)


@pytest.mark.parametrize("data", [None, [], {"order": "x", "hidden": [1], "frozen": {}}])
def test_odd_memory_is_no_layout(data) -> None:
    assert ColumnLayout.from_plain(data) == ColumnLayout()


def test_a_new_column_stands_beside_its_neighbour() -> None:
    assert ColumnLayout(("c", "a")).places(["a", "b", "c"]) == ["c", "a", "b"]
    assert ColumnLayout().without(["a"], "a") == ColumnLayout(), "the last one stays"


def heads(page) -> list[str]:
    names = [*page.model.columns, COUNTED]
    return [names[n] for n in page.grid.columns.shown()]


def test_hidden_columns_are_left_alone_by_blocks(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(0, 1)
    ctrl(qtbot, page.grid, Qt.Key.Key_0)
    assert heads(page) == ["question", "product"] and page.grid.currentIndex().column() == 2
    choose(page, 0, 0, 1, 2)
    page.grid.copy_block()
    assert QApplication.clipboard().text().startswith("Who are you?\tL2\r\n")
    put_on_clipboard("a\tb\r\nc\td\r\n")
    choose(page, 0, 0, 0, 0)
    page.grid.paste_block()
    rows = stored(project.dataset_path("support"))
    assert [(r["question"], r["product"]) for r in rows[:2]] == [("a", "b"), ("c", "d")]
    assert [r["answer"] for r in rows] == [r["answer"] for r in ROWS]
    choose(page, 0, 0, 1, 2)
    page.grid.clear_cells()
    assert [r["answer"] for r in stored(project.dataset_path("support"))] == [r["answer"] for r in ROWS]
    page.main.run_command("dataset.show_columns")
    assert heads(page) == ["question", "answer", "product"]


def test_moved_columns_are_copied_as_they_stand(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(0, 2)
    qtbot.keyClick(page.grid, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert heads(page) == ["question", "product", "answer"]
    page.grid.selectRow(0)
    page.grid.copy_block()
    assert QApplication.clipboard().text() == "Who are you?\tL2\tI am Tessaly.\r\n"
    page.grid.go_to(1, 0)
    put_on_clipboard("q\tp\ta\r\n")
    page.grid.paste_block()
    row = stored(project.dataset_path("support"))[1]
    assert (row["question"], row["product"], row["answer"]) == ("q", "p", "a")
    page.grid.horizontalHeader().moveSection(0, 1)  # as a drag does
    assert heads(page) == ["product", "question", "answer"]
    state = page.state()
    page.main.run_command("view.close_tab")
    page = page.main.open_page("dataset", "support")
    page.restore(state)
    assert heads(page) == ["product", "question", "answer"]


def test_columns_are_as_they_were_when_the_set_is_opened_again(open_set, qtbot) -> None:
    page = open_set()
    page.grid.go_to(0, 2)
    page.main.run_command("dataset.column_left")
    page.grid.go_to(0, 1)
    page.main.run_command("dataset.hide_column")
    page.grid.setColumnWidth(0, 222)
    window = page.main
    window.run_command("view.close_tab")
    page = window.open_page("dataset", "support")
    assert heads(page) == ["question", "product"] and page.grid.columnWidth(0) == 222
    page.main.run_command("dataset.show_columns")
    assert heads(page) == ["question", "product", "answer"]


def test_frozen_columns_stay_and_are_edited_where_they_are(open_set, qtbot, project) -> None:
    page = open_set(_WIDE)
    page.grid.go_to(0, 1)
    page.main.run_command("dataset.freeze_columns")
    frozen = page.grid.columns.frozen
    qtbot.waitUntil(lambda: frozen.isVisible() and frozen.width() > 100, timeout=5_000)
    for column in range(12):
        page.grid.setColumnWidth(column, 200)
    assert frozen.width() == 400 and frozen.columnWidth(0) == 200
    page.grid.go_to(0, 11)
    settle(qtbot, page)
    assert page.grid.visualRect(page.model.index(0, 11)).right() <= page.grid.viewport().width()
    bar = page.grid.horizontalScrollBar().value()
    page.grid.go_to(2, 0)
    assert page.grid.horizontalScrollBar().value() == bar, "a frozen cell is in sight already"
    QTest.keyClick(page.grid, Qt.Key.Key_F2)
    editor = frozen.findChildren(CellEditor)[-1]
    qtbot.keyClicks(editor, "typed")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert stored(project.dataset_path("support"))[2]["c0"] == "typed" and page.grid.currentIndex().row() == 3
    qtbot.keyClicks(page.grid, "z")
    qtbot.keyClick(frozen.findChildren(CellEditor)[-1], Qt.Key.Key_Return)
    assert stored(project.dataset_path("support"))[3]["c0"] == "z"
    page.grid.go_to(0, 4)
    assert page.grid.visualRect(page.model.index(0, 4)).left() >= frozen.width(), "not behind the frozen ones"


def test_frozen_columns_follow_rows_and_clicks(open_set, qtbot) -> None:
    page = open_set(_WIDE)
    page.grid.go_to(0, 0)
    page.main.run_command("dataset.freeze_columns")
    frozen = page.grid.columns.frozen
    qtbot.waitUntil(lambda: frozen.isVisible(), timeout=5_000)
    page.grid.go_to(39, 0)
    settle(qtbot, page)
    assert frozen.verticalScrollBar().value() == page.grid.verticalScrollBar().value()
    place = frozen.visualRect(page.model.index(38, 0)).center()
    assert abs(place.y() - page.grid.visualRect(page.model.index(38, 0)).center().y()) <= 1
    qtbot.mouseClick(frozen.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert (page.grid.currentIndex().row(), page.grid.currentIndex().column()) == (38, 0)
    page.model.set_texts({(38, 0): "one\ntwo\nthree"})
    settle(qtbot, page)
    assert frozen.rowHeight(38) == page.grid.rowHeight(38) > page.grid.rowHeight(37)
    qtbot.mouseClick(
        frozen.horizontalHeader().viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 20)
    )  # the header of a frozen column has the same menu
    menu = next(m for m in page.grid.findChildren(QMenu) if m.isVisible())
    words = [action.text() for action in menu.actions()]
    assert "Unfreeze columns" in words and "Sort A to Z" in words and not frozen.grab().isNull()
    menu.close()
    page.main.run_command("dataset.freeze_columns")
    assert page.grid.columns.frozen is None


def test_the_menu_of_a_column_hides_and_shows(open_set, qtbot) -> None:
    page = open_set()
    page.grid.go_to(0, 2)
    page.main.run_command("dataset.column_menu")
    menu = next(m for m in page.grid.findChildren(QMenu) if m.isVisible())
    next(a for a in menu.actions() if a.text() == "Hide this column").trigger()
    menu.close()
    assert heads(page) == ["question", "answer"]
    page.model.do(lambda: page.controller.store.add_column("fresh"))
    assert heads(page) == ["question", "answer", "fresh"], "a hidden one stays hidden when others come"
    page.main.run_command("dataset.column_menu")
    menu = next(m for m in page.grid.findChildren(QMenu) if m.isVisible())
    more = next(a.menu() for a in menu.actions() if a.menu() is not None)
    more.actions()[0].trigger()
    menu.close()
    assert set(heads(page)) == {"question", "answer", "product", "fresh"}
