"""Blocks of cells: copied, pasted, filled and cleared as Excel does it, each one edit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.widgets.grid_blocks import read_block, write_block
from tests.desktop.dataset.conftest import ROWS, choose, ctrl, put_on_clipboard, stored

_CELLS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=12)


@given(st.integers(1, 3).flatmap(lambda n: st.lists(st.lists(_CELLS, min_size=n, max_size=n), min_size=2, max_size=4)))
def test_what_is_copied_is_what_is_pasted(block: list[list[str]]) -> None:
    """Of one column, an empty last row cannot be told from a last line end, as in Excel."""
    assert read_block(write_block(block)) == block


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ('"a', [['"a']]),
        ("a\tb", [["a", "b"]]),
        ("a\r\nb\r\n", [["a"], ["b"]]),
        ('"two\nlines"\t"say ""hi"""\r\nx\ty\r\n', [["two\nlines", 'say "hi"'], ["x", "y"]]),
        ("a\n\nb", [["a"], [""], ["b"]]),
    ],
)
def test_blocks_are_read_as_excel_writes_them(text: str, block: list[list[str]]) -> None:
    assert read_block(text) == block


def test_a_block_goes_out_and_in_by_keys(open_set, qtbot, project) -> None:
    page = open_set([{"question": 'a "b"', "answer": "one\ntwo"}, {"question": "tab\tx", "answer": "d"}, *ROWS[:2]])
    choose(page, 0, 0, 1, 1)
    ctrl(qtbot, page.grid, Qt.Key.Key_C)
    assert QApplication.clipboard().text() == '"a ""b"""\t"one\ntwo"\r\n"tab\tx"\td\r\n'
    page.grid.go_to(2, 0)
    ctrl(qtbot, page.grid, Qt.Key.Key_V)
    rows = stored(project.dataset_path("support"))
    assert [(r["question"], r["answer"]) for r in rows[2:]] == [('a "b"', "one\ntwo"), ("tab\tx", "d")]
    page.undo()
    assert stored(project.dataset_path("support"))[2:] == ROWS[:2]


def test_one_value_fills_a_selection(open_set, qtbot, project) -> None:
    page = open_set()
    choose(page, 0, 2, 3, 2)
    put_on_clipboard('say "so"')
    ctrl(qtbot, page.grid, Qt.Key.Key_V)
    assert {r["product"] for r in stored(project.dataset_path("support"))} == {'say "so"'}


def test_pasting_beyond_the_end_adds_rows_and_is_one_edit(open_set, qtbot, project) -> None:
    page = open_set()
    before = page.controller.store.revision
    page.grid.go_to(3, 0)
    put_on_clipboard("q4\ta4\tp4\tbeyond\r\nq5\ta5\r\nq6\r\n")
    ctrl(qtbot, page.grid, Qt.Key.Key_V)
    rows = stored(project.dataset_path("support"))
    assert [r["question"] for r in rows[3:]] == ["q4", "q5", "q6"]
    assert rows[4] == {"question": "q5", "answer": "a5", "product": ""} and list(rows[3]) == list(ROWS[3])
    ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    assert stored(project.dataset_path("support")) == ROWS and page.controller.store.revision == before
    ctrl(qtbot, page.grid, Qt.Key.Key_Y)
    assert stored(project.dataset_path("support")) == rows


def test_fill_down_clear_and_cut(open_set, qtbot, project) -> None:
    page = open_set()
    choose(page, 0, 1, 2, 2)
    ctrl(qtbot, page.grid, Qt.Key.Key_D)
    rows = stored(project.dataset_path("support"))
    assert [(r["answer"], r["product"]) for r in rows[:3]] == [("I am Tessaly.", "L2")] * 3 and rows[3] == ROWS[3]
    choose(page, 0, 2, 1, 2)
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    assert [r["product"] for r in stored(project.dataset_path("support"))] == ["", "", "L2", "L4"]
    choose(page, 3, 0, 3, 0)
    ctrl(qtbot, page.grid, Qt.Key.Key_X)
    assert QApplication.clipboard().text() == "My light is red.\r\n"
    assert stored(project.dataset_path("support"))[3]["question"] == ""
    for _ in range(3):
        ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    assert stored(project.dataset_path("support")) == ROWS


def test_fill_down_repeats_lists_as_lists(open_set, qtbot, project) -> None:
    turns = [{"role": "user", "content": "hi"}]
    page = open_set([{"question": "a", "answer": turns}, {"question": "b", "answer": "x"}])
    choose(page, 0, 1, 1, 1)
    page.grid.fill_down()
    assert stored(project.dataset_path("support"))[1]["answer"] == turns


def test_the_column_of_lengths_takes_nothing(open_set, qtbot, project) -> None:
    page = open_set()
    last = page.model.columnCount() - 1
    page.grid.go_to(0, last)
    put_on_clipboard("x")
    ctrl(qtbot, page.grid, Qt.Key.Key_V)
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    qtbot.keyClicks(page.grid, "x")
    assert stored(project.dataset_path("support")) == ROWS


def test_too_many_cells_are_refused_with_a_word(open_set, qtbot, monkeypatch) -> None:
    from desktop.widgets import grid

    monkeypatch.setattr(grid, "_MOST", 5)
    page = open_set()
    page.grid.selectAll()
    with qtbot.waitSignal(page.grid.told) as told:
        assert page.grid.copy_block() == ""
    assert told.args[0]() == "At most 5 cells at a time."
