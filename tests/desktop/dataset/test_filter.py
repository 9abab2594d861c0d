"""Filtering and sorting in the window: words, chips, headers, and edits in what is shown."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMenu

from services.datasets.query import parse_filter
from services.i18n import set_language, tr
from tests.desktop.dataset.conftest import MAPPING, ROWS, choose, settle, stored

_OLD = [r["question"] for r in ROWS]


def shown(page) -> list[str]:
    return [page.model.index(row, 0).data() for row in range(page.model.rowCount())]


def ask(qtbot, page, words: str) -> None:
    """Type a filter and press Enter."""
    page.bar.filter.setFocus()
    page.bar.filter.selectAll()
    qtbot.keyClicks(page.bar.filter, words)
    qtbot.keyClick(page.bar.filter, Qt.Key.Key_Return)
    settle(qtbot, page)


def pick(page, words: str) -> None:
    """Choose from the open menu."""
    menu = page.grid.findChildren(QMenu)[-1]
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.close()


def test_words_show_the_rows_that_fit_and_escape_shows_all(open_set, qtbot) -> None:
    page = open_set()
    ask(qtbot, page, "answer is empty")
    assert shown(page) == ["Please delete my account."] and page.tool("shown").strip.count.text() == "1 of 4 rows"
    assert page.show_as_command()[0].endswith('"support" "answer is empty"')
    assert page.grid.verticalHeader().model().headerData(0, Qt.Orientation.Vertical) == "3"
    qtbot.keyClick(page.bar.filter, Qt.Key.Key_Escape)
    settle(qtbot, page)
    assert shown(page) == _OLD


def test_typing_filters_by_itself_and_keeps_the_current_row(open_set, qtbot) -> None:
    page = open_set()
    page.grid.go_to(3, 1)
    page.bar.filter.setFocus()
    qtbot.keyClicks(page.bar.filter, 'contains "light"')
    qtbot.waitUntil(lambda: shown(page) == [_OLD[1], _OLD[3]] or len(shown(page)) in (1, 2), timeout=10_000)
    settle(qtbot, page)
    assert _OLD[3] in shown(page) and page.grid.currentIndex().data(0) == ROWS[3]["answer"]


def test_wrong_words_are_explained_and_change_nothing(open_set, qtbot) -> None:
    page = open_set()
    ask(qtbot, page, "answer is blue-ish >")
    assert shown(page) == _OLD and page.tool("shown").strip.error.isVisible()
    assert page.tool("shown").strip.error.text() and page.bar.filter.property("error")
    ask(qtbot, page, "tokens > 5")
    assert "not counted" in page.tool("shown").strip.error.text() or shown(page) != _OLD
    ask(qtbot, page, "starred")
    assert not page.tool("shown").strip.error.isVisible() and shown(page) == []
    assert page.grid.note and page.grid.isVisible() and not page.grid.grab().isNull()


def test_a_row_that_fits_no_longer_stays_until_one_looks_again(open_set, qtbot, project) -> None:
    page = open_set()
    ask(qtbot, page, "answer is empty")
    page.model.set_texts({(0, 1): "Done."})
    settle(qtbot, page)
    assert len(shown(page)) == 1 and page.tool("shown").strip.again.isVisible()
    qtbot.mouseClick(page.tool("shown").strip.again, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert shown(page) == [] and not page.tool("shown").strip.again.isVisible()
    qtbot.mouseClick(page.tool("shown").strip.all, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert shown(page) == _OLD and not page.tool("shown").strip.isVisible()
    assert stored(project.dataset_path("support"))[2]["answer"] == "Done."


def test_chips_add_and_take_away_conditions(open_set, qtbot) -> None:
    page = open_set()
    page.main.run_command("dataset.filter")
    settle(qtbot, page)
    page.tool("shown").strip.chip_asked.emit("answer is empty")
    settle(qtbot, page)
    assert page.bar.filter.text() == "answer is empty" and len(shown(page)) == 1
    page.tool("shown").strip.chip_asked.emit("starred")
    settle(qtbot, page)
    assert page.bar.filter.text() == "answer is empty and starred" and shown(page) == []
    page.tool("shown").strip.chip_asked.emit("starred")
    page.tool("shown").strip.chip_asked.emit("answer is empty")
    settle(qtbot, page)
    assert page.bar.filter.text() == "" and shown(page) == _OLD
    page.tool("shown").strip.chip_asked.emit('contains ""')
    qtbot.keyClicks(page.bar.filter, "red")
    assert page.bar.filter.text() == 'contains "red"', "the words go between the quotes"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_chip_is_understood(app, language: str) -> None:
    set_language(language)
    try:
        texts = [tr("answer is empty"), tr("starred"), tr('contains ""'), tr("length > 500"), tr("tokens > 2048"),
                 tr('tag is "{tag}"', tag="good")]  # fmt: skip
        for text in texts:
            parse_filter(text.replace('""', '"x"'), ["question", "answer"], MAPPING)
        parse_filter(f" {tr('and')} ".join(texts[:2]), ["question", "answer"], MAPPING)
    finally:
        set_language("en")


def test_a_header_sorts_and_the_order_can_be_kept(open_set, qtbot, project) -> None:
    page = open_set()
    page.tool("roles").choose_role(0)
    pick(page, "Sort A to Z")
    settle(qtbot, page)
    assert shown(page) == sorted(_OLD) and page.grid.horizontalHeader().mark_of(0) == "arrow-up"
    assert [r["question"] for r in stored(project.dataset_path("support"))] == _OLD
    page.grid.go_to(0, 0)
    page.main.run_command("dataset.move_down")
    assert shown(page) == sorted(_OLD) and "sorted" in page.main._toast.label.text().lower()
    qtbot.mouseClick(page.tool("shown").strip.keep, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert [r["question"] for r in stored(project.dataset_path("support"))] == sorted(_OLD)
    assert not page.model.shown.some
    page.undo()
    settle(qtbot, page)
    assert shown(page) == _OLD


def test_the_longest_answers_first_within_a_filter_and_back(open_set, qtbot) -> None:
    page = open_set()
    ask(qtbot, page, "not answer is empty")
    page.grid.go_to(0, 1)
    page.main.run_command("dataset.sort_long")
    settle(qtbot, page)
    fitting = [row for row in ROWS if row["answer"]]
    assert shown(page) == [r["question"] for r in sorted(fitting, key=lambda r: -len(r["answer"]))]
    qtbot.mouseClick(page.tool("shown").strip.unsort, Qt.MouseButton.LeftButton)
    settle(qtbot, page)
    assert shown(page) == [r["question"] for r in fitting]


def test_filter_and_order_come_back_with_the_page(open_set, qtbot) -> None:
    page = open_set()
    ask(qtbot, page, "not answer is empty")
    page.grid.go_to(0, 0)
    page.main.run_command("dataset.sort_down")
    settle(qtbot, page)
    state, before, window = page.state(), shown(page), page.main
    window.run_command("view.close_tab")
    page = window.open_page("dataset", "support")
    page.restore(state)
    settle(qtbot, page)
    assert shown(page) == before and page.bar.filter.text() == "not answer is empty"


def test_find_and_edits_stay_within_what_is_shown(open_set, qtbot, project) -> None:
    page = open_set()
    ask(qtbot, page, "not answer is empty")
    page.main.run_command("dataset.find")
    page.bar.finding.field.setText("light")
    qtbot.waitUntil(lambda: page.bar.finding.count.text().endswith("of 1"), timeout=10_000)
    assert page.grid.currentIndex().row() == 2
    choose(page, 0, 2, 2, 2)
    page.grid.fill_down()
    assert [r["product"] for r in stored(project.dataset_path("support"))] == ["L2", "L2", "Billing", "L2"]


def test_star_and_tags_by_keys_and_filtered_by(open_set, qtbot) -> None:
    from desktop.widgets.tags_dialog import TagsDialog

    page = open_set()
    page.grid.selectRow(1)
    qtbot.keyClick(page.grid, Qt.Key.Key_S)
    qtbot.keyClick(page.grid, Qt.Key.Key_T)
    dialog = page.main.findChild(TagsDialog)
    qtbot.keyClicks(dialog.field, "needs work")
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    qtbot.keyClick(dialog.field, Qt.Key.Key_Return)
    settle(qtbot, page)
    assert page.tool("marks").tags() == ["needs work"]
    ask(qtbot, page, 'starred and tag is "needs work"')
    assert shown(page) == [_OLD[1]]
    page.undo()
    page.undo()
    page.tool("shown").refresh()
    settle(qtbot, page)
    assert shown(page) == []


def test_a_click_at_the_left_of_a_number_gives_a_star(open_set, qtbot) -> None:
    page = open_set()
    header = page.grid.verticalHeader()
    at = header.viewport().rect().topLeft()
    at.setX(10)
    at.setY(header.sectionViewportPosition(2) + 10)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    ids = page.model.row_ids([range(2, 3)])
    assert page.controller.store.marks(ids)[ids[0]].star
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert not page.controller.store.marks(ids) and not header.grab().isNull()


def test_rows_are_dragged_by_their_numbers(open_set, qtbot, project) -> None:
    page = open_set()
    header = page.grid.verticalHeader()
    page.grid.selectRow(0)
    start = header.viewport().rect().center()
    start.setY(header.sectionViewportPosition(0) + 10)
    goal = header.viewport().rect().center()
    goal.setY(header.sectionViewportPosition(2) + header.sectionSize(2) - 4)
    qtbot.mousePress(header.viewport(), Qt.MouseButton.LeftButton, pos=start)
    qtbot.mouseMove(header.viewport(), goal)
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent

    move = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(goal), QPointF(header.viewport().mapToGlobal(goal)),
        Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    header.mouseMoveEvent(move)
    qtbot.mouseRelease(header.viewport(), Qt.MouseButton.LeftButton, pos=goal)
    assert [r["question"] for r in stored(project.dataset_path("support"))] == [_OLD[1], _OLD[2], _OLD[0], _OLD[3]]
    assert page.grid.spans() == [range(2, 3)]
