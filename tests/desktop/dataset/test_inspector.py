"""The inspector: every cell, edited where it stands; labels, pairs, JSON; the mapping is followed at once."""

import json
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QMenu

from desktop.widgets.buttons import Button
from desktop.widgets.pair_view import PairView
from desktop.widgets.plain_paragraph import PlainParagraph
from desktop.widgets.text import Label
from desktop.widgets.text_block import Block
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.pretty import pretty
from services.datasets.values import load
from tests.desktop.dataset.conftest import ROWS, settle, stored

KTO = Mapping(format="kto", columns={"prompt": "question", "response": "answer", "kto_tag": "label"})
OPENAI = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)
PAIR = Mapping(format="preference", columns={"prompt": "q", "chosen": "yes", "rejected": "no"})


@pytest.fixture
def open_set(open_set, qtbot):
    """In a window that has the keys."""

    def open_it(*args: Any, **kw: Any) -> Any:
        page = open_set(*args, **kw)
        page.main.activateWindow()
        qtbot.waitUntil(page.main.isActiveWindow, timeout=5000)
        return page

    return open_it


def block(page, text: str) -> Block:
    return next(b for b in page.panel._text.blocks if b._whole == text)


def labels(page) -> list[str]:
    return [w.text() for w in page.panel._body.widget().findChildren(Label)]


def look(qtbot, page, name: str) -> None:
    qtbot.mouseClick(page.panel.look, Qt.MouseButton.LeftButton, pos=page.panel.look.segment(name).center().toPoint())
    settle(qtbot, page)


def test_a_text_is_changed_where_it_is_read(open_set, qtbot, project) -> None:
    page = open_set()
    shown = block(page, "I am Tessaly.")
    qtbot.mouseDClick(shown, Qt.MouseButton.LeftButton)
    assert shown.field is not None and shown.field.hasFocus() and shown.field.text() == "I am Tessaly."
    shown.field.selectAll()
    qtbot.keyClicks(shown.field, "I am Tess.")
    page.grid.setFocus()
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[0]["answer"] == "I am Tess."
    assert block(page, "I am Tess.").field is None and page.grid.model().index(0, 1).data() == "I am Tess."
    page.undo()
    settle(qtbot, page)
    assert block(page, "I am Tessaly.")


def test_esc_leaves_a_text_as_it_was(open_set, qtbot, project) -> None:
    page = open_set()
    shown = block(page, "Who are you?")
    shown._pencil.click()
    qtbot.wait(20)
    qtbot.keyClicks(shown.field, "no")
    qtbot.keyClick(shown.field, Qt.Key.Key_Escape)
    page.grid.setFocus()
    assert stored(project.dataset_path("support")) == ROWS


def test_tokens_that_arrive_do_not_tear_away_what_is_typed(open_set, qtbot, project) -> None:
    page = open_set()
    shown = block(page, "Who are you?")
    shown.edit()
    qtbot.keyClicks(shown.field, "x")
    page.row_soon()
    settle(qtbot, page)
    page.model.set_texts({(0, 2): "L3"})
    settle(qtbot, page)
    assert page.panel._text.editing() and shown.field.hasFocus()
    page.grid.setFocus()
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[0] == {**ROWS[0], "question": "Who are you?x", "product": "L3"}


def test_what_was_typed_goes_to_its_own_row_whichever_is_the_current_one_by_then(open_set, qtbot, project) -> None:
    page = open_set()
    shown = block(page, "I am Tessaly.")
    shown.edit()
    qtbot.keyClicks(shown.field, "!")
    page.grid.go_to(1, 0)  # as a key or the palette does, without taking the focus from the field first
    settle(qtbot, page)
    page.grid.setFocus()
    settle(qtbot, page)
    rows = stored(project.dataset_path("support"))
    assert rows[0]["answer"] == "I am Tessaly.!" and rows[1] == ROWS[1]
    assert block(page, ROWS[1]["answer"])


def test_a_turn_is_changed_in_its_cell_and_the_others_stay(open_set, qtbot, project) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns = [
        {"role": "user", "content": "q", "n": load("1.0")},
        {"role": "assistant", "content": None, "tool_calls": [call]},
    ]
    page = open_set([{"messages": turns}], OPENAI)
    shown = block(page, "{}")
    shown.edit()
    shown.field.selectAll()
    qtbot.keyClicks(shown.field, '{"a": 1}')
    page.grid.setFocus()
    now = stored(project.dataset_path("support"))[0]["messages"]
    assert now[1]["tool_calls"][0]["function"]["arguments"] == '{"a": 1}' and now[0]["n"].text == "1.0"


def test_columns_without_a_role_stand_below_and_pictures_are_kept(open_set, qtbot, project) -> None:
    roles = {"prompt": "question", "response": "answer", "images": "pic"}
    page = open_set([{"question": "q", "answer": "a", "pic": ["1.png"], "note": "mine", "n": load("1.50")}],
                    Mapping(format="alpaca", columns=roles))  # fmt: skip
    said = labels(page)
    assert "Other columns" in said and "kept, not trained" in said and {"pic", "note", "n"} <= set(said)
    assert not block(page, '["1.png"]')._editable
    shown = block(page, "1.50")
    shown.edit()
    shown.field.selectAll()
    qtbot.keyClicks(shown.field, "2.50")
    page.grid.setFocus()
    assert stored(project.dataset_path("support"))[0]["n"].text == "2.50"


def test_a_row_that_is_not_trained_is_read_all_the_same(open_set) -> None:
    page = open_set([{"question": "q", "answer": "", "product": "x"}])
    assert [b._whole for b in page.panel._text.blocks] == ["q", "", "x"]
    assert "not trained" in labels(page) and "trained" not in labels(page)


def test_a_row_whose_columns_mean_nothing_yet_is_read_too(open_set) -> None:
    page = open_set([{"a": "one", "b": "two"}], Mapping())
    assert [b._whole for b in page.panel._text.blocks] == ["one", "two"]


def test_a_label_is_a_switch(open_set, qtbot, project) -> None:
    page = open_set(
        [{"question": "q", "answer": "a", "label": "yes"}, {"question": "r", "answer": "b", "label": "?"}], KTO
    )
    toggle = page.panel._text.label
    assert toggle.current() == "true"
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton, pos=toggle.segment("false").center().toPoint())
    assert stored(project.dataset_path("support"))[0]["label"] is False
    page.grid.go_to(1, 0)
    settle(qtbot, page)
    toggle = page.panel._text.label
    assert toggle.current() == "none"
    qtbot.mouseClick(toggle, Qt.MouseButton.LeftButton, pos=toggle.segment("true").center().toPoint())
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[1]["label"] is True and page.panel._text.label.current() == "true"


def test_two_answers_are_compared_and_swapped(open_set, qtbot, project) -> None:
    page = open_set([{"q": "why", "yes": "it is red", "no": "it is blue"}], PAIR)
    (view,) = page.panel.findChildren(PairView)
    assert view.chosen.words.marked() == ["red"] and view.rejected.words.marked() == ["blue"]
    qtbot.mouseClick(view.swap, Qt.MouseButton.LeftButton)
    qtbot.wait(20)
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[0] == {"q": "why", "yes": "it is blue", "no": "it is red"}
    page.main.run_command("turns.swap")
    assert stored(project.dataset_path("support"))[0]["yes"] == "it is red"


def test_an_answer_to_compare_is_changed_where_it_stands(open_set, qtbot, project) -> None:
    page = open_set([{"q": "why", "yes": "it is red", "no": [{"from": "gpt", "value": "it is blue"}]}], PAIR)
    (view,) = page.panel.findChildren(PairView)
    view.rejected.edit()
    qtbot.keyClicks(view.rejected.field, "!")
    page.grid.setFocus()
    settle(qtbot, page)
    assert stored(project.dataset_path("support"))[0]["no"] == [{"from": "gpt", "value": "it is blue!"}]
    assert page.panel.findChildren(PairView)[-1].rejected.words.marked() == ["blue!"]


def test_two_answers_that_are_the_same(open_set) -> None:
    page = open_set([{"q": "why", "yes": "same", "no": "same"}], PAIR)
    assert "Both are the same" in labels(page)


def test_json_of_the_row_is_read_and_copied(open_set, qtbot) -> None:
    row = {"question": "q", "answer": "你好", "n": load("1e5"), "list": [1, {"a": None}]}
    page = open_set([row])
    look(qtbot, page, "json")
    copy = next(b for b in page.panel._body.widget().findChildren(Button) if b.text() == "Copy")
    qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
    text = QApplication.clipboard().text()
    assert '"n":1e5' in text and json.loads(text) == {**row, "n": 1e5}
    assert load(pretty(row)) == row and '"n": 1e5' in pretty(row)
    assert page.state()["look"] == "json"


def test_blanks_and_right_to_left_text_are_shown_as_they_are(open_set) -> None:
    page = open_set([{"question": "two  blanks\n\n\tand\u00a0more", "answer": "שלום עולם", "product": ""}])
    shown = block(page, "two  blanks\n\n\tand\u00a0more").findChildren(PlainParagraph)[0]
    assert shown._document.toRawText().replace("\u2029", "\n") == "two  blanks\n\n\tand\u00a0more"
    hebrew = block(page, "שלום עולם").findChildren(PlainParagraph)[0]
    assert hebrew._document.firstBlock().textDirection() == Qt.LayoutDirection.RightToLeft


@pytest.mark.parametrize("column", [0, 1])
def test_another_role_is_followed_at_once(open_set, qtbot, project, column: int) -> None:
    """A wrong guess costs a click on the header and one on the right meaning."""
    wrong = Mapping(format="alpaca", columns={"prompt": "answer", "response": "question"})
    page = open_set(ROWS, wrong)
    header = page.grid.horizontalHeader()
    place = QPoint(header.sectionViewportPosition(column) + 20, 12)
    qtbot.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=place)
    menu = page.grid.findChildren(QMenu)[-1]
    wanted = "User" if column == 0 else "Answer · trained"
    action = next(a for a in menu.actions() if a.text() == wanted)
    qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(action).center())
    settle(qtbot, page)
    roles = page.model.facts.mapping.columns
    assert roles == ({"prompt": "question"} if column == 0 else {"response": "answer"})
    said = [b._whole for b in page.panel._text.blocks]
    assert said[0] == ("Who are you?" if column == 0 else "I am Tessaly.")
