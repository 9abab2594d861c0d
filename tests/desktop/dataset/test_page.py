"""The page as a whole: read-only, other processes, no rows, long cells, Chinese, closing."""

import subprocess
import sys
from itertools import pairwise

from PySide6.QtCore import Qt

from desktop.widgets.cell_editor import CellEditor
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.i18n import set_language
from tests.desktop.dataset.conftest import ROWS, ctrl, make_set, put_on_clipboard, settle, stored


def test_a_second_window_only_reads(open_set, make_window, qtbot, project) -> None:
    open_set()
    second = make_window(project.folder)
    page = second.open_page("dataset", "support")
    settle(qtbot, page)
    assert second.read_only and not page.can_edit()
    page.grid.go_to(0, 0)
    qtbot.keyClicks(page.grid, "x")
    qtbot.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.keyClick(page.grid, Qt.Key.Key_Delete)
    assert page.grid.findChild(CellEditor) is None and stored(project.dataset_path("support")) == ROWS
    for button in (page.bar.add_row, page.bar.delete, page.bar.version, page.bar.format):
        assert not button.isEnabled() and button.toolTip()
    ctrl(qtbot, page.grid, Qt.Key.Key_C)
    assert page.can_select(), "copying is reading"


def test_an_edit_of_another_process_appears(open_set, make_window, qtbot, project) -> None:
    path = make_set(project, ROWS)
    code = (
        "import sys; from pathlib import Path; from services.datasets.store import DatasetStore\n"
        "s = DatasetStore.open(Path(sys.argv[1])); input()\n"
        "s.set_cells([(s.rows(0, 1)[0].id, 'answer', 'from outside')]); s.insert_rows(0, [{'question': 'new'}])\n"
        "s.close()"
    )
    other = subprocess.Popen([sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        qtbot.waitUntil(lambda: _held(path), timeout=20_000)
        page = make_window(project.folder).open_page("dataset", "support")
        settle(qtbot, page)
        assert not page.can_edit(), "the other one is editing"
        page.grid.go_to(2, 1)
        other.communicate(b"\n", timeout=30)
        qtbot.waitUntil(lambda: page.model.rowCount() == 5, timeout=10_000)
        assert page.model.index(1, 1).data() == "from outside"
        assert (page.grid.currentIndex().row(), page.grid.currentIndex().column()) == (2, 1), "the place is kept"
    finally:
        other.kill()
        other.wait()
        other.stdin.close()
        other.stdout.close()


def _held(path) -> bool:
    with DatasetStore.open(path) as store:
        return store.read_only


def test_a_set_without_rows_helps(open_set, qtbot, project) -> None:
    page = open_set([], Mapping())
    assert page.empty.isVisible() and page.fills_primary and not page.bar.isVisible()
    assert page.panel._title.text() == "Row"
    qtbot.mouseClick(page.empty.write, Qt.MouseButton.LeftButton)
    assert stored(project.dataset_path("support")) == [{"question": "", "answer": ""}]
    assert page.grid.isVisible() and page._chip_of(1)[0] == "Answer · trained"
    qtbot.keyClicks(page.grid, "W")
    qtbot.keyClicks(page.grid.findChild(CellEditor), "ho?")
    qtbot.keyClick(page.grid.findChild(CellEditor), Qt.Key.Key_Tab)
    assert stored(project.dataset_path("support"))[0]["question"] == "Who?"


def test_rows_are_pasted_into_an_empty_set(open_set, qtbot, project) -> None:
    page = open_set([], Mapping())
    put_on_clipboard('Question\tAnswer\tproduct\r\nWho?\tMe.\tL2\r\nWhy?\t"Two\nlines"\tL4\r\n')
    qtbot.mouseClick(page.empty.paste, Qt.MouseButton.LeftButton)
    rows = stored(project.dataset_path("support"))
    assert rows == [
        {"question": "Who?", "answer": "Me.", "column 3": "L2"},
        {"question": "Why?", "answer": "Two\nlines", "column 3": "L4"},
    ]
    assert page.model.facts.mapping.columns == {"prompt": "question", "response": "answer"}


def test_an_empty_clipboard_is_said(open_set, qtbot) -> None:
    page = open_set([], Mapping())
    put_on_clipboard("")
    qtbot.mouseClick(page.empty.paste, Qt.MouseButton.LeftButton)
    assert page.main._toast.label.text() == "The clipboard holds no text."


def test_cells_of_200_kilobytes(open_set, qtbot, project) -> None:
    long = "word " * 20_000 + "中文🙂" * 25_000
    page = open_set([{**ROWS[0], "answer": long}, *ROWS[1:]])
    assert len(page.model.index(0, 1).data()) <= 1500
    page.grid.go_to(0, 1)
    assert page.grid.copy_block() == long + "\r\n"
    page.model.set_texts({(0, 1): long + "!"})
    assert stored(project.dataset_path("support"))[0]["answer"] == long + "!"
    settle(qtbot, page)
    assert int(page.model.index(0, 3).data().replace(",", "")) > 50_000


def test_texts_of_any_script_are_drawn(open_set, qtbot) -> None:
    texts = [
        "中文内容，很长很长" * 30,
        "שלום עולם " * 30,
        "🙂👩‍👩‍👧" * 80,
        "a\tb\u2028c\x00d",
        "\ud800 half",
        "İ" * 50 + " find",
    ]
    page = open_set([{"question": t if "\ud800" not in t else "half", "answer": t[::-1]} for t in texts])
    page.grid.delegate.words = "find"
    assert not page.grid.grab().isNull()


def test_the_page_comes_back_where_it_was(open_set, qtbot) -> None:
    page = open_set()
    page.grid.setColumnWidth(0, 333)
    page.grid.go_to(2, 1)
    area = page.panel.look.segment("tokens")
    qtbot.mouseClick(page.panel.look, Qt.MouseButton.LeftButton, pos=area.center().toPoint())
    state, window = page.state(), page.main
    window.run_command("view.close_tab")
    page = window.open_page("dataset", "support")
    page.restore(state)
    assert page.grid.columnWidth(0) == 333 and page.panel.look.current() == "tokens"
    assert (page.grid.currentIndex().row(), page.grid.currentIndex().column()) == (2, 1)


def test_chinese_and_both_themes(open_set, qtbot) -> None:
    page = open_set([{"question": "q", "answer": [{"role": "user", "content": "hi"}]}])
    window = page.main
    window.set_theme("dark")
    window.set_language("zh")
    assert page.model.headerData(2, Qt.Orientation.Horizontal) == "词元"
    assert page.model.index(0, 1).data() == "用户: hi"
    assert page.bar.version.text() == "保存版本" and not page.grid.grab().isNull()
    window.set_language("en")
    assert page.model.index(0, 1).data() == "User: hi"
    set_language("en")


def test_a_narrow_bar_shows_icons_and_its_parts_keep_apart(open_set, qtbot) -> None:
    page = open_set(size=(1280, 800))
    page.model.set_texts({(0, 0): "light"})
    page.bar.finding.field.setText("light")
    qtbot.waitUntil(lambda: page.bar.finding.count.text() == "1 of 2", timeout=10_000)
    bar = page.bar
    assert bar.add_row.text() == "" and bar.add_row.toolTip() and bar.format.text() == "Question and answer"
    things = [bar.filter, bar.seek, bar.undo, bar.redo, bar.add_row, bar.delete, bar.format, bar.changes, bar.version]
    edges = [(thing.x(), thing.x() + thing.width()) for thing in things]
    assert all(right <= left for (_, right), (left, _) in pairwise(edges)), edges
    page.main.resize(2560, 1440)
    qtbot.waitUntil(lambda: bar.add_row.text() == "Add row", timeout=5_000)


def test_closing_at_once_leaves_nothing_behind(make_window, qtbot, project) -> None:
    from desktop import threads

    make_set(project, [{**ROWS[0], "question": f"q {i}"} for i in range(3000)])
    window = make_window(project.folder)
    page = window.open_page("dataset", "support")
    page.bar.finding.field.setText("q")
    window.run_command("view.close_tab")
    qtbot.waitUntil(lambda: not threads.busy(), timeout=10_000)
    assert window.page is None
    with DatasetStore.open(project.dataset_path("support")) as store:
        assert not store.read_only, "the lock is free"
