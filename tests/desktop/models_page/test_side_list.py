"""The list pane: its model without a window, its choice by mouse, keys and id."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from desktop.models.side_list import SideItem, SideListModel
from desktop.widgets.side_list import SideList

ITEMS = [
    SideItem("h", "On this PC", note="3 GB", heading=True),
    SideItem("a", "Alpha", "135 million weights", "1 GB", "cube"),
    SideItem("b", "Beta", "", "2 GB", "cube"),
    SideItem("d", "Gamma", "is starting", "0%", "download-simple", share=0.0),
]


def test_the_model_keeps_rows_that_stay(app: QApplication, qtbot, qtmodeltester) -> None:
    model = SideListModel()
    model.set_items(ITEMS)
    qtmodeltester.check(model)
    changed: list[int] = []
    model.dataChanged.connect(lambda first, last: changed.append(first.row()))
    further = [*ITEMS[:3], SideItem("d", "Gamma", "1 of 2 GB", "50%", "download-simple", share=0.5)]
    with qtbot.assertNotEmitted(model.modelReset):
        model.set_items(further)
    assert changed == [3]
    with qtbot.waitSignal(model.modelReset):
        model.set_items(further[:2])
    assert model.row_of("a") == 1 and model.row_of("h") == -1 and model.row_of("gone") == -1
    assert model.index(1).data(Qt.ItemDataRole.AccessibleTextRole) == "Alpha, 135 million weights, 1 GB"
    assert not model.flags(model.index(0)) & Qt.ItemFlag.ItemIsSelectable


@pytest.fixture
def pane(app: QApplication, qtbot) -> SideList:
    made = SideList("Models")
    qtbot.addWidget(made)
    made.resize(344, 500)
    made.show()
    made.show_items(ITEMS)
    return made


def test_clicks_and_keys_choose_and_headings_do_not(pane: SideList, qtbot) -> None:
    said: list[str] = []
    pane.chosen.connect(said.append)
    qtbot.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=pane.area("a").center().toPoint())
    qtbot.keyClick(pane, Qt.Key.Key_Down)
    qtbot.keyClick(pane, Qt.Key.Key_Down)
    heading = pane.visualRect(pane.model().index(0, 0)).center()
    qtbot.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=heading)
    assert said == ["a", "b", "d"] and pane.current() == "d"
    assert pane.accessibleName() == "Models"


def test_the_choice_stays_with_its_thing_and_says_nothing_by_itself(pane: SideList, qtbot) -> None:
    with qtbot.assertNotEmitted(pane.chosen):
        pane.choose("b")
        pane.show_items([ITEMS[0], ITEMS[3], ITEMS[2]])
        assert pane.current() == "b"
        pane.show_items([ITEMS[0], ITEMS[1]])
        assert pane.current() == ""
        pane.show_items([])
    with qtbot.waitSignal(pane.chosen):  # the same thing can be chosen again
        pane.show_items(ITEMS)
        qtbot.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=pane.area("b").center().toPoint())
