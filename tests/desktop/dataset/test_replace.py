"""Find and replace in the window: what would change is shown first; one cell, all, or only the rows shown."""

import re

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from desktop.models.replace_samples import piece_of
from services.datasets.query import Replacement
from services.datasets.query.replacing import Sample
from tests.desktop.dataset.conftest import ROWS, ctrl, settle, stored
from tests.desktop.dataset.test_filter import ask


def answers(project) -> list[str]:
    return [row["answer"] for row in stored(project.dataset_path("support"))]


def begin(qtbot, page, words: str, put: str):
    """Open the strip by its key and write into it."""
    ctrl(qtbot, page.grid, Qt.Key.Key_H)
    strip = page.tool("replace").strip
    qtbot.keyClicks(strip.words, words)
    qtbot.keyClicks(strip.put, put)
    settle(qtbot, page)
    return strip


def text(strip) -> str:
    """What the samples say, without marks."""
    return re.sub("<[^>]+>", "", strip.samples.text())


def test_replace_all_is_shown_first_and_is_one_edit(open_set, qtbot, project) -> None:
    rows = [*ROWS, {"question": "a LIGHT, a light", "answer": "light\nlight", "product": "x"}]
    page = open_set(rows)
    strip = begin(qtbot, page, "light", "lamp")
    assert strip.count.text() == "3 cells in 2 rows would change" and "lightlamp" in text(strip)
    assert stored(project.dataset_path("support")) == rows, "nothing yet"
    qtbot.mouseClick(strip.all, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[4] == {"question": "a lamp, a lamp", "answer": "lamp\nlamp",
                                                          "product": "x"}  # fmt: skip
    assert page.main._toast.label.text() == "3 cells replaced" and strip.count.text() == "not found"
    page.undo()
    assert stored(project.dataset_path("support")) == rows


def test_one_by_one_goes_from_cell_to_cell(open_set, qtbot, project) -> None:
    page = open_set([{"question": "x a", "answer": "a"}, {"question": "none", "answer": "a a"}])
    strip = begin(qtbot, page, "a", "b")
    page.grid.go_to(0, 0)
    qtbot.mouseClick(strip.one, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[0] == {"question": "x b", "answer": "a"}
    assert (page.grid.currentIndex().row(), page.grid.currentIndex().column()) == (0, 1)
    qtbot.mouseClick(strip.one, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    qtbot.mouseClick(strip.one, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert answers(project) == ["b", "b b"] and not strip.one.isEnabled()


def test_case_words_expressions_and_columns(open_set, qtbot, project) -> None:
    page = open_set([{"question": "Cat catalog cat", "answer": "cat 12"}])
    strip = begin(qtbot, page, "cat", "dog")
    assert "+2" in text(strip)
    strip.case.click()
    settle(qtbot, page)
    strip.whole.click()
    settle(qtbot, page)
    assert strip.count.text() == "2 cells in 1 row would change" and "+" not in text(strip)
    strip.whole.click()
    strip.case.click()
    strip.columns.set_current_id("answer")
    settle(qtbot, page)
    assert strip.count.text() == "1 cell in 1 row would change"
    strip.regex.click()
    strip.words.setText(r"(\w+) (\d+)")
    strip.put.setText(r"\2 \1")
    settle(qtbot, page)
    qtbot.mouseClick(strip.all, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[0] == {"question": "Cat catalog cat", "answer": "12 cat"}
    strip.words.setText("(")
    settle(qtbot, page)
    assert strip.error.isVisible() and strip.error.text() and not strip.all.isEnabled()


def test_only_the_rows_that_are_shown(open_set, qtbot, project) -> None:
    page = open_set([{"question": "a", "answer": "red x"}, {"question": "b", "answer": "blue x"}])
    ask(qtbot, page, 'answer contains "red"')
    strip = begin(qtbot, page, "x", "y")
    assert "only the rows shown" in strip.count.text()
    qtbot.mouseClick(strip.all, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert answers(project) == ["red y", "blue x"]


def test_escape_leaves_and_marks_go(open_set, qtbot) -> None:
    page = open_set()
    strip = begin(qtbot, page, "light", "")
    assert page.grid.delegate.words == "light" and not page.grid.grab().isNull()
    qtbot.keyClick(strip.put, Qt.Key.Key_Escape)
    assert not strip.isVisible() and page.grid.delegate.words == ""


@given(st.text(max_size=300), st.text(min_size=1, max_size=4), st.text(max_size=4))
def test_a_piece_says_what_goes_and_comes(before: str, find: str, put: str) -> None:
    wanted = Replacement(find, put, case=True)
    old = before + find
    spans = wanted.spans(old)
    new = old.replace(find, put)
    piece = piece_of(Sample(1, "c", old, new, tuple((a, b) for a, b, _ in spans)), wanted)
    assert piece.more == old.count(find) - 1 and len(piece.before) <= 33 and len(piece.after) <= 33
    assert len(piece.gone) <= len(find) and len(piece.come) <= len(put)


def test_a_piece_of_a_list_is_what_differs() -> None:
    wanted = Replacement("hi", "hello")
    sample = Sample(1, "c", '[{"role":"user","content":"hi there"}]', '[{"role":"user","content":"hello there"}]')
    piece = piece_of(sample, wanted)
    assert (piece.gone, piece.come) == ("i", "ello") and piece.before.endswith('"content":"h')
