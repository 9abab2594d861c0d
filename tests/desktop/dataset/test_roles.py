"""What columns mean, findings and their fixes."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu

from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from tests.desktop.dataset.conftest import ROWS, ctrl, settle, stored


def pick(qtbot, page, words: str) -> None:
    """Choose an entry of the menu that is open."""
    menus = [m for m in page.main.findChildren(QMenu) if m.isVisible()]
    assert len(menus) == 1
    action = next(a for a in menus[0].actions() if a.text() == words)
    action.trigger()
    menus[0].close()


def header_click(qtbot, page, column: int) -> None:
    header = page.grid.horizontalHeader()
    at = QPoint(header.sectionViewportPosition(column) + 30, 20)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=at)


def mapping(project) -> Mapping:
    with DatasetStore.open(project.dataset_path("support"), read_only=True) as store:
        return store.mapping


def test_a_click_on_a_header_changes_the_role(open_set, qtbot, project) -> None:
    page = open_set()
    assert page._chip_of(2)[0] == "Not used"
    header_click(qtbot, page, 2)
    pick(qtbot, page, "System")
    assert mapping(project).columns["system"] == "product" and page._chip_of(2)[0] == "System"
    ctrl(qtbot, page.grid, Qt.Key.Key_Z)
    assert "system" not in mapping(project).columns and page._chip_of(2)[0] == "Not used"


def test_the_column_of_lengths_has_no_role(open_set, qtbot) -> None:
    page = open_set()
    header_click(qtbot, page, 3)
    menu = next(m for m in page.main.findChildren(QMenu) if m.isVisible())
    words = [action.text() for action in menu.actions()]
    assert "Most tokens first" in words and "User" not in words
    menu.close()


def test_the_format_menu_reads_rows_in_another_way(open_set, qtbot, project) -> None:
    talks = [
        {"conversations": [{"from": "human", "value": f"Hi {i}"}, {"from": "gpt", "value": f"Hello {i}"}]}
        for i in range(3)
    ]
    page = open_set(talks, Mapping())
    assert page.bar.format.text() == "What do the columns mean?"
    assert page.findings_count() and page.panel._view.problem.code == "no-format"
    qtbot.mouseClick(page.bar.format, Qt.MouseButton.LeftButton)
    pick(qtbot, page, "Turns (sharegpt)")
    assert mapping(project).format == "sharegpt" and page.bar.format.text().startswith("Turns")
    assert page._chip_of(0)[0] == "Conversation · trained" and page._type_of(0) == "turns"
    settle(qtbot, page)
    assert page.findings_count() == 0


def finding(page, number: int = 0) -> dict[str, object]:
    from desktop.widgets.buttons import Button
    from desktop.widgets.text import Label

    panel = page.panel.findings._lines
    lines = [panel.box.itemAt(i).widget() for i in range(panel.box.count())]
    line = lines[number]
    return {
        "words": [label.text() for label in line.findChildren(Label)],
        "buttons": {b.text(): b for b in line.findChildren(Button)},
    }


def test_findings_show_their_rows_and_mend_them(open_set, qtbot, project) -> None:
    page = open_set()
    assert page.findings_count() == 1
    assert finding(page)["words"] == ["The answer is empty", "1 row"]
    page.grid.go_to(0, 0)
    qtbot.mouseClick(finding(page)["buttons"]["Show"], Qt.MouseButton.LeftButton)
    assert page.grid.currentIndex().row() == 2
    qtbot.mouseClick(finding(page)["buttons"]["Fix"], Qt.MouseButton.LeftButton)
    assert len(stored(project.dataset_path("support"))) == 3
    toast = page.main._toast
    assert toast.label.text() == "1 row mended"
    settle(qtbot, page)
    assert page.findings_count() == 0 and finding(page)["words"] == ["Nothing to mend"]
    qtbot.mouseClick(toast.button, Qt.MouseButton.LeftButton)
    assert stored(project.dataset_path("support")) == ROWS
    settle(qtbot, page)
    assert page.findings_count() == 1


def test_show_goes_on_from_row_to_row(open_set, qtbot) -> None:
    page = open_set([{**ROWS[0], "answer": "" if i % 3 == 1 else "a"} for i in range(9)])
    show = finding(page)["buttons"]["Show"]
    seen = []
    for _ in range(4):
        qtbot.mouseClick(show, Qt.MouseButton.LeftButton)
        seen.append(page.grid.currentIndex().row())
    assert seen == [1, 4, 7, 1]


@pytest.mark.parametrize("role", ["prompt", "response", "messages", "chosen", "images", "kto_tag", "", "audios"])
def test_each_role_has_words_and_a_known_icon(app, role: str) -> None:
    from desktop.theme.icons import known
    from desktop.widgets.column_roles import role_chip

    words, kind, icon = role_chip(role)
    assert words and kind in ("tint", "outline", "dash") and (not icon or known(icon))


def test_all_roles_that_a_mapping_knows_have_a_chip(app) -> None:
    from desktop.widgets.column_roles import role_chip
    from services.datasets.mapping import ROLES

    assert all(role_chip(role)[0] != role for role in ROLES)


def test_a_filter_knows_findings_and_show_stays_among_the_rows_that_are_shown(open_set, qtbot) -> None:
    page = open_set([{**ROWS[0], "answer": "" if i % 3 == 1 else f"It is {i}."} for i in range(9)])
    empty = next(group for group in page.watch.groups if group.count == 3)
    known = page.tool("findings").known_findings()
    assert [row for row, checks in known.items() if empty.check in checks] == [2, 5, 8]
    page.tool("shown").filter(f"has finding {empty.check}")
    qtbot.waitUntil(lambda: page.model.rowCount() == 3, timeout=5000)
    page.grid.go_to(0, 0)
    qtbot.mouseClick(finding(page)["buttons"]["Show"], Qt.MouseButton.LeftButton)
    assert page.grid.currentIndex().row() == 1 and page.model.rowCount() == 3, "the filter stands"
