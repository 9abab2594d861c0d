"""Blocks from other programs: text and HTML as Excel and LibreOffice put them on the clipboard; every script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.widgets.cell_editor import CellEditor
from desktop.widgets.grid_paste import block_of, table_of, tiled
from tests.desktop.dataset.conftest import ROWS, choose, ctrl, put_on_clipboard, stored

EXCEL = """<html xmlns:o="urn:schemas-microsoft-com:office:office">
<head><style><!-- td {mso-x:y} --></style></head><body>
<table border=0 cellpadding=0><!--StartFragment--><col width=64><tr height=19><td>one</td>
<td>two<br>
    lines</td></tr><tr><td colspan=2 x:str>merged  &amp; &lt;safe&gt;</td></tr>
<!--EndFragment--></table></body></html>"""

CALC = """<!DOCTYPE html><html><body><table cellspacing="0"><colgroup width="85"></colgroup>
<tr><td rowspan="2" align="left"><font color="#000000">tall</font></td><td><p>a</p><p>b</p></td></tr>
<tr><td><b>bo</b><i>th</i> kinds</td></tr></table></body></html>"""


def mime(text: str, html: str = "") -> QMimeData:
    made = QMimeData()
    made.setText(text)
    if html:
        made.setHtml(html)
    return made


def test_tables_of_excel_and_calc() -> None:
    assert table_of(EXCEL) == [["one", "two\nlines"], ["merged & <safe>", ""]]
    assert table_of(CALC) == [["tall", "a\nb"], ["", "both kinds"]]


@pytest.mark.parametrize(
    "html",
    ["", "<p>no table</p>", "<table>", "<table></table>", "<table><tr></tr></table>", "<table><tr><td colspan=x>",
             "<table" + "<tr><td>" * 400],
)  # fmt: skip
def test_odd_html_is_no_error(html: str) -> None:
    assert isinstance(table_of(html), list)


def test_text_counts_while_both_have_one_shape() -> None:
    html = "<table><tr><td>a  b</td><td>c</td></tr><tr><td>d</td><td>e</td></tr></table>"
    assert block_of(mime("a  b\tc\r\nd\te\r\n", html)) == [["a  b", "c"], ["d", "e"]]
    split = "one\ttwo\r\nlines\r\nmerged & <safe>\t\r\n"  # a cell of two lines without quotes
    assert block_of(mime(split, EXCEL)) == [["one", "two\nlines"], ["merged & <safe>", ""]]
    assert block_of(mime("a word", "<p>a <b>word</b></p>")) == [["a word"]]
    assert block_of(mime("")) == []


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 9), st.integers(1, 9))
def test_a_block_is_repeated_where_it_fits_whole(height: int, width: int, rows: int, columns: int) -> None:
    block = [[f"{r}.{c}" for c in range(width)] for r in range(height)]
    made = tiled(block, rows, columns)
    if rows % height or columns % width:
        assert made == block
    else:
        assert made == [[f"{r % height}.{c % width}" for c in range(columns)] for r in range(rows)]


def test_a_block_is_pasted_over_a_multiple_of_it(open_set, qtbot, project) -> None:
    page = open_set()
    choose(page, 0, 0, 3, 1)
    put_on_clipboard("a\tb\r\nc\td\r\n")
    ctrl(qtbot, page.grid, Qt.Key.Key_V)
    rows = stored(project.dataset_path("support"))
    assert [(r["question"], r["answer"]) for r in rows] == [("a", "b"), ("c", "d")] * 2
    assert [r["product"] for r in rows] == [r["product"] for r in ROWS]


def test_what_does_not_fit_is_said(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(0, 2)
    put_on_clipboard("L9\tmore\tstill more\r\n")
    with qtbot.waitSignal(page.grid.told) as told:
        page.grid.paste_block()
    assert told.args[0]() == "2 columns did not fit and were left out."
    assert stored(project.dataset_path("support"))[0] == {**ROWS[0], "product": "L9"}


_SCRIPTS = [
    "שלום עולם\nשורה",
    "مرحبا، كيف الحال؟",
    "中文，换行\n第二行\t制表",
    "👩‍👩‍👧‍👦🏳️‍🌈 e\u0301",
    "mixed עברית and 中文 🙂",
    '"quoted" \'"',
]


def test_every_script_goes_through_clipboard_and_editor(open_set, qtbot, project) -> None:
    page = open_set([{"question": text, "answer": ""} for text in _SCRIPTS])
    choose(page, 0, 0, len(_SCRIPTS) - 1, 0)
    ctrl(qtbot, page.grid, Qt.Key.Key_C)
    page.grid.go_to(0, 1)
    ctrl(qtbot, page.grid, Qt.Key.Key_V)
    assert [r["answer"] for r in stored(project.dataset_path("support"))] == _SCRIPTS
    for number, text in enumerate(_SCRIPTS):
        page.grid.go_to(number, 1)
        QTest.keyClick(page.grid, Qt.Key.Key_F2)
        editor = page.grid.findChildren(CellEditor)[-1]
        assert editor.text() == text
        qtbot.keyClick(editor, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
        qtbot.keyClicks(editor, "!")
        qtbot.keyClick(editor, Qt.Key.Key_Return)
    assert [r["answer"] for r in stored(project.dataset_path("support"))] == [text + "!" for text in _SCRIPTS]


def test_200_kilobytes_are_copied_filtered_replaced_and_frozen(open_set, qtbot, project) -> None:
    from tests.desktop.dataset.conftest import settle
    from tests.desktop.dataset.test_filter import ask

    long = "שלום 中文🙂 word " * 15_000
    page = open_set([{"question": f"q{i}", "answer": long + str(i)} for i in range(2)])
    page.grid.go_to(0, 0)
    page.main.run_command("dataset.freeze_columns")
    ask(qtbot, page, "length > 200000")
    assert page.model.rowCount() == 2
    choose(page, 0, 1, 0, 1)
    page.grid.copy_block()
    assert QApplication.clipboard().text() == long + "0\r\n"
    strip = page.tool("replace").strip
    page.main.run_command("dataset.replace")
    strip.words.setText("word")
    strip.put.setText("WORD")
    settle(qtbot, page)
    assert "+14999" in strip.samples.text() and len(strip.samples.text()) < 20_000
    qtbot.mouseClick(strip.all, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[1]["answer"] == long.replace("word", "WORD") + "1"
    assert not page.grid.grab().isNull()


def test_a_row_above(open_set, qtbot, project) -> None:
    page = open_set()
    page.grid.go_to(1, 2)
    page.main.run_command("dataset.insert_above")
    assert [r["question"] for r in stored(project.dataset_path("support"))][:3] == [
        ROWS[0]["question"],
        "",
        ROWS[1]["question"],
    ]
    assert (page.grid.currentIndex().row(), page.grid.currentIndex().column()) == (1, 0)
