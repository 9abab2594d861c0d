"""The turn editor in a real window: every edit is on the disk when the field is left, and undo takes it back."""

from itertools import pairwise
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.pair_view import PairView
from desktop.widgets.turn_card import TurnCard
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.store import DatasetStore
from services.datasets.values import load
from tests.desktop.dataset.conftest import ROWS, settle, stored

OPENAI = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)
SHAREGPT = Mapping(format="sharegpt", columns={"messages": "talk"})
_MOD = Qt.KeyboardModifier


@pytest.fixture
def open_set(open_set, qtbot):
    """In a window that has the keys."""

    def open_it(*args: Any, **kw: Any) -> Any:
        page = open_set(*args, **kw)
        page.main.activateWindow()
        qtbot.waitUntil(page.main.isActiveWindow, timeout=5000)
        return page

    return open_it


def talk(*words: str) -> list[dict[str, Any]]:
    return [{"from": ("human", "gpt")[i % 2], "value": word} for i, word in enumerate(words)]


def said(project, column: str = "talk", row: int = 0) -> list[str]:
    return [turn["value"] for turn in stored(project.dataset_path("support"))[row][column]]


@pytest.fixture
def open_talk(open_set, qtbot):
    """Opens a set and the conversation of its first row by F2."""

    def open_it(rows: list[dict[str, Any]], mapping: Mapping = SHAREGPT) -> Any:
        page = open_set(rows, mapping)
        page.main.activateWindow()
        page.grid.setFocus()
        qtbot.keyClick(page.grid, Qt.Key.Key_F2)
        qtbot.waitUntil(page.tool("turns").is_open, timeout=5000)
        qtbot.wait(20)
        return page

    return open_it


def card(page, number: int) -> TurnCard:
    """The card of turn `number` (from 0), in sight."""
    entries = [i for i, e in enumerate(page.tool("turns").pane.entries) if e.kind == "turn"]
    made = page.tool("turns").pane.list.bring(entries[number])
    assert isinstance(made, TurnCard)
    return made


def texts(page) -> list[str]:
    cells = [part.cell for part in page.tool("turns").pane.editor.parts]
    return [turn.text for cell in cells for turn in cell.turns]


def press(qtbot, page, name: str, number: int) -> None:
    """Hover a card and press one of its buttons."""
    made = card(page, number)
    made._show_tools()
    qtbot.mouseClick(made._actions[name], Qt.MouseButton.LeftButton)
    qtbot.wait(30)


def double_click(qtbot, page) -> None:
    """As a person does it: the first click chooses the cell."""
    place = page.grid.visualRect(page.model.index(0, 0)).center()
    qtbot.mouseClick(page.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    qtbot.mouseDClick(page.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)


# ---- opening


def test_f2_enter_and_a_double_click_open_a_conversation_and_esc_leads_back(open_set, qtbot, project) -> None:
    page = open_set([{"talk": talk("a", "b"), "note": "n"}], SHAREGPT)
    for opens in (
        lambda: qtbot.keyClick(page.grid, Qt.Key.Key_F2),
        lambda: qtbot.keyClick(page.grid, Qt.Key.Key_Return),
        lambda: qtbot.keyClick(page.grid, Qt.Key.Key_X),
        lambda: double_click(qtbot, page),
    ):  # fmt: skip
        page.grid.setFocus()
        opens()
        qtbot.waitUntil(page.tool("turns").is_open, timeout=5000)
        assert page.grid.isHidden() and page.tool("turns").pane.isVisible() and texts(page) == ["a", "b"]
        qtbot.keyClick(card(page, 0).fields[0], Qt.Key.Key_Escape)
        assert not page.tool("turns").is_open() and page.grid.isVisible()
    assert said(project) == ["a", "b"]
    page.grid.go_to(0, 1)
    qtbot.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.wait(30)
    assert not page.tool("turns").is_open(), "a note is edited in its cell"


def test_the_command_opens_any_row_and_row_commands_rest_meanwhile(open_set, qtbot, project) -> None:
    page = open_set()
    page.main.run_command("turns.open")
    assert page.tool("turns").is_open() and texts(page) == ["Who are you?", "I am Tessaly."]
    assert not page.has_selection(), "Ctrl+Delete must not take the row away while its turns are edited"
    field = card(page, 1).fields[0]
    field.setPlainText("I am Tess.")
    field.document().setModified(True)
    qtbot.keyClick(field, Qt.Key.Key_Escape)
    assert stored(project.dataset_path("support"))[0]["answer"] == "I am Tess."


# ---- editing


def test_what_is_typed_is_on_the_disk_when_the_field_is_left(open_talk, qtbot, project) -> None:
    rows = [{"talk": [{"from": "human", "value": "a", "n": load("1.50")}, *talk("x", "b")[1:]]}]
    page = open_talk(rows)
    first, second = card(page, 0).fields[0], card(page, 1).fields[0]
    first.setFocus()
    first.insertPlainText("你好 ")  # as an input method does
    assert said(project) == ["a", "b"], "not while typing"
    second.setFocus()
    assert said(project) == ["你好 a", "b"]
    with DatasetStore.open(project.dataset_path("support"), read_only=True) as store:
        (row,) = store.rows()
        assert row.values["talk"][0]["n"].text == "1.50" and store.undo_label == "Edit a turn"
    assert page.model.changed_count() == 1
    settle(qtbot, page)
    assert "你好 a" in [b._whole for b in page.panel._text.blocks], "the inspector follows"


def test_ctrl_z_takes_back_typing_first_and_then_the_last_edit(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b")}])
    first, second = card(page, 0).fields[0], card(page, 1).fields[0]
    first.setFocus()
    qtbot.keyClicks(first, "x")
    second.setFocus()
    assert said(project) == ["xa", "b"]
    qtbot.keyClicks(second, "y")
    qtbot.keyClick(second, Qt.Key.Key_Z, _MOD.ControlModifier)
    assert second.text() == "b" and said(project) == ["xa", "b"]
    page.main.activateWindow()
    qtbot.keyClick(second, Qt.Key.Key_Z, _MOD.ControlModifier)
    assert said(project) == ["a", "b"] and card(page, 0).fields[0].text() == "a"
    page.main.run_command("dataset.redo")
    assert card(page, 0).fields[0].text() == "xa"


def test_buttons_of_a_card(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b", "c", "d")}])
    press(qtbot, page, "down", 0)
    assert said(project) == ["b", "a", "c", "d"]
    press(qtbot, page, "up", 1)
    assert said(project) == ["a", "b", "c", "d"]
    press(qtbot, page, "duplicate", 3)
    assert said(project) == ["a", "b", "c", "d", "d"]
    press(qtbot, page, "remove", 4)
    press(qtbot, page, "above", 0)
    assert said(project) == ["", "a", "b", "c", "d"]
    assert page.tool("turns").pane._here.turn == 0 and card(page, 0).fields[0].hasFocus()
    press(qtbot, page, "remove", 0)
    press(qtbot, page, "join", 0)
    assert said(project) == ["a\nb", "c", "d"]
    press(qtbot, page, "trained", 2)
    assert stored(project.dataset_path("support"))[0]["talk"][2]["loss"] is False
    assert not card(page, 2).shown.trained


def test_keys_reach_the_turn_with_the_cursor(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b", "c", "d")}])

    def key(number: int, key: Qt.Key, modifiers: Any) -> None:
        page.main.activateWindow()
        field = card(page, number).fields[0]
        field.setFocus()
        qtbot.keyClick(field, key, modifiers)
        qtbot.wait(30)

    key(2, Qt.Key.Key_Up, _MOD.AltModifier)
    assert said(project) == ["a", "c", "b", "d"]
    key(1, Qt.Key.Key_Down, _MOD.AltModifier)
    key(3, Qt.Key.Key_Return, _MOD.ControlModifier)
    assert said(project) == ["a", "b", "c", "d", ""]
    key(4, Qt.Key.Key_Delete, _MOD.ControlModifier | _MOD.ShiftModifier)
    key(3, Qt.Key.Key_D, _MOD.ControlModifier | _MOD.ShiftModifier)
    assert said(project) == ["a", "b", "c", "d", "d"] and len(stored(project.dataset_path("support"))) == 1
    key(4, Qt.Key.Key_1, _MOD.AltModifier)
    assert stored(project.dataset_path("support"))[0]["talk"][4] == {"from": "human", "value": "d"}
    key(3, Qt.Key.Key_J, _MOD.AltModifier)
    assert said(project)[3] == "d\nd"
    field = card(page, 3).fields[0]
    field.setFocus()
    cursor = field.textCursor()
    cursor.setPosition(1)
    field.setTextCursor(cursor)
    qtbot.keyClick(field, Qt.Key.Key_Return, _MOD.AltModifier)
    qtbot.wait(30)
    assert said(project) == ["a", "b", "c", "d", "d"]


def test_an_unsaved_word_goes_along_when_the_turn_moves(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b")}])
    field = card(page, 0).fields[0]
    field.setFocus()
    qtbot.keyClicks(field, "new ")
    page.main.run_command("turns.down")
    qtbot.wait(30)
    assert said(project) == ["b", "new a"]
    assert card(page, 1).fields[0].hasFocus()


def test_the_menu_says_who_speaks(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b", "c")}])
    assert len(page.tool("turns").pane.editor.marks[0]) == 1
    menu = card(page, 2).popup_speakers()
    assert isinstance(menu, QMenu)
    action = next(a for a in menu.actions() if a.text().startswith("Answer"))
    assert isinstance(action, QAction)
    action.trigger()
    menu.close()
    assert stored(project.dataset_path("support"))[0]["talk"][2]["from"] == "gpt"
    assert [m.sentence for m in page.tool("turns").pane.editor.marks[0]] == ["Two answers in a row."]


def test_a_mark_stands_at_its_turn_and_its_fix_mends_it(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b", "c")}])
    assert page.tool("turns").pane.trouble.isVisible() and page.tool("turns").pane.trouble.text() == "1 to look at"
    links = [b for b in card(page, 2).findChildren(Button) if b._kind == "link"]
    assert [b.text() for b in links] == ["Add an answer", "Remove it"]
    qtbot.mouseClick(links[1], Qt.MouseButton.LeftButton)
    qtbot.wait(30)
    assert said(project) == ["a", "b"] and not page.tool("turns").pane.trouble.isVisible()
    page.undo()
    page.tool("turns").pane.next_mark()
    assert page.tool("turns").pane._here.turn == 2


def test_a_card_is_dragged_to_another_place(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk("a", "b", "c", "d")}])
    held, goal = card(page, 0), card(page, 2)
    grip = held._grip.mapTo(held, held._grip.rect().center())
    qtbot.mousePress(held, Qt.MouseButton.LeftButton, pos=grip)
    below = held.mapFromGlobal(goal.mapToGlobal(QPoint(20, goal.height() - 4)))
    qtbot.mouseMove(held, below)
    held.dragged.emit(held.mapToGlobal(below).y())
    assert page.tool("turns").pane._line.isVisible()
    qtbot.mouseRelease(held, Qt.MouseButton.LeftButton, pos=below)
    qtbot.wait(30)
    assert said(project) == ["b", "c", "a", "d"] and not page.tool("turns").pane._line.isVisible()


def test_a_call_shows_name_and_arguments_and_saves_what_is_no_json(open_talk, qtbot, project) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": None, "tool_calls": [call]}]
    page = open_talk([{"messages": turns}], OPENAI)
    name, arguments, said_too = card(page, 1).fields
    assert (name.text(), arguments.text(), said_too.text()) == ("f", "{}", "")
    arguments.setFocus()
    arguments.selectAll()
    qtbot.keyClicks(arguments, "{oops")
    name.setFocus()
    now = stored(project.dataset_path("support"))[0]["messages"][1]
    assert now["tool_calls"][0]["function"]["arguments"] == "{oops" and now["content"] is None
    assert any(m.code == "tool-arguments" for m in card(page, 1).shown.marks)


def test_earlier_turns_are_kept_in_pairs(open_set, qtbot, project) -> None:
    alpaca = Mapping(format="alpaca", columns={"prompt": "q", "response": "a", "history": "before"})
    page = open_set([{"before": [["one", "two"], ["three", "four"]], "q": "five", "a": "six"}], alpaca)
    page.grid.setFocus()
    qtbot.keyClick(page.grid, Qt.Key.Key_F2)
    qtbot.waitUntil(page.tool("turns").is_open, timeout=5000)
    assert texts(page) == ["one", "two", "three", "four", "five", "six"]
    press(qtbot, page, "down", 1)
    assert stored(project.dataset_path("support"))[0]["before"] == [["three", "four"], ["one", "two"]]
    assert card(page, 0).popup_speakers() is None, "who speaks is said by the place"
    field = card(page, 5).fields[0]
    field.setFocus()
    qtbot.keyClicks(field, "!")
    card(page, 0).fields[0].setFocus()
    row = stored(project.dataset_path("support"))[0]
    assert row["a"] == "!six"
    page.undo()
    page.undo()
    assert texts(page) == ["one", "two", "three", "four", "five", "six"]


def test_adding_to_an_empty_conversation(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": None}])
    add = next(b for b in page.tool("turns").pane.list.findChildren(Button) if b.text() == "Add a turn")
    qtbot.mouseClick(add, Qt.MouseButton.LeftButton)
    qtbot.wait(30)
    assert stored(project.dataset_path("support"))[0]["talk"] == [{"from": "human", "value": ""}]
    assert card(page, 0).fields[0].hasFocus()


# ---- rows


def test_next_and_previous_row_without_closing(open_talk, qtbot, project) -> None:
    page = open_talk([{"talk": talk(f"q{i}", f"a{i}")} for i in range(3)])
    assert page.tool("turns").pane._title.text() == "Row 1" and not page.tool("turns").pane.before.isEnabled()
    field = card(page, 0).fields[0]
    field.setFocus()
    qtbot.keyClicks(field, "x")
    page.main.activateWindow()
    qtbot.keyClick(field, Qt.Key.Key_PageDown, _MOD.ControlModifier)
    qtbot.wait(30)
    assert page.tool("turns").pane._title.text() == "Row 2" and texts(page) == ["q1", "a1"]
    assert said(project, row=0)[0] == "xq0"
    qtbot.mouseClick(page.tool("turns").pane.after, Qt.MouseButton.LeftButton)
    assert texts(page) == ["q2", "a2"] and not page.tool("turns").pane.after.isEnabled()
    qtbot.mouseClick(page.tool("turns").pane.before, Qt.MouseButton.LeftButton)
    assert texts(page) == ["q1", "a1"]
    page.tool("turns").pane.leave()
    assert page.grid.currentIndex().row() == 1


def test_a_row_that_undo_takes_away_is_followed(open_talk, qtbot) -> None:
    page = open_talk([{"talk": talk("a", "b")}])
    page.model.insert(0, [{"talk": talk("new", "row")}])
    page.grid.go_to(0, 0)
    assert texts(page) == ["new", "row"]
    page.undo()
    assert texts(page) == ["a", "b"]


def test_a_set_that_another_program_holds_is_only_shown(open_set, project, make_window, qtbot) -> None:
    from tests.desktop.dataset.conftest import make_set

    path = make_set(project, [{"talk": talk("a", "b")}], SHAREGPT)
    with DatasetStore.open(path) as other:
        page = make_window(project.folder).open_page("dataset", "support")
        settle(qtbot, page)
        double_click(qtbot, page)
        qtbot.waitUntil(page.tool("turns").is_open, timeout=5000)
        assert card(page, 0).fields[0].isReadOnly() and not page.tool("turns").pane.can_add()
        other.set_cells([(other.ids()[0], "talk", talk("other", "words"))])
        page.watch._follow_others()
        assert texts(page) == ["other", "words"] and card(page, 0).fields[0].text() == "other"


def test_two_answers_stand_side_by_side_and_change_places(open_set, qtbot, project) -> None:
    pair = Mapping(format="preference", columns={"prompt": "q", "chosen": "yes", "rejected": "no"})
    page = open_set([{"q": "why", "yes": "the red one", "no": "the green one"}], pair)
    page.tool("turns").open()
    view = page.tool("turns").pane.findChildren(PairView)[0]
    assert view.chosen.words.marked() == ["red"] and view.rejected.words.marked() == ["green"]
    qtbot.mouseClick(view.swap, Qt.MouseButton.LeftButton)
    qtbot.wait(30)
    assert stored(project.dataset_path("support"))[0]["yes"] == "the green one"
    assert page.tool("turns").pane.findChildren(PairView)[-1].chosen.words.marked() == ["green"]
    page.undo()
    assert stored(project.dataset_path("support"))[0]["yes"] == "the red one"


# ---- size and look


def test_only_cards_in_sight_are_made_however_long_the_talk(open_talk, qtbot, project) -> None:
    words = [f"turn {i} " * (1 + i % 40) for i in range(2000)]
    page = open_talk([{"talk": talk(*words)}])
    assert 0 < len(page.tool("turns").pane.list.built) < 30
    bar = page.tool("turns").pane.list.verticalScrollBar()
    for share in (0.3, 0.9, 0.5):
        bar.setValue(int(bar.maximum() * share))
        built = [w for w in page.tool("turns").pane.list.built.values() if isinstance(w, TurnCard)]
        seen = [w for w in built if not w.fields[0].hasFocus()]  # that one stays wherever it is
        assert 0 < len(seen) < 40
        tops = sorted((w.geometry().top(), w.geometry().bottom(), w.shown.number) for w in seen)
        assert all(a[1] < b[0] and a[2] + 1 == b[2] for a, b in pairwise(tops))
        assert all(w.fields[0].text() == words[w.shown.number - 1] for w in seen)
    last = card(page, 1999)
    field = last.fields[0]
    field.setFocus()
    qtbot.keyClicks(field, "z")
    bar.setValue(0)
    assert last in page.tool("turns").pane.list.built.values(), "what is being typed is not thrown away"
    card(page, 0).fields[0].setFocus()
    assert said(project)[1999] == "z" + words[1999]


def test_tab_goes_on_to_cards_that_are_not_made_yet(open_talk, qtbot) -> None:
    page = open_talk([{"talk": talk(*["long text " * 400 for _ in range(40)])}])
    card(page, 0).fields[0].setFocus()
    seen = []
    for _ in range(120):
        focus = QApplication.focusWidget()
        number = page.tool("turns").pane.list.entry_of(focus)
        if number >= 0 and (not seen or seen[-1] != number):
            seen.append(number)
        qtbot.keyClick(focus, Qt.Key.Key_Tab)
    assert seen[:8] == list(range(8))


def test_a_turn_of_200_kb_scrolls_in_itself(open_talk, qtbot) -> None:
    page = open_talk([{"talk": talk("x" * 200_000, "מה? " * 50_000)}])
    assert card(page, 0).fields[0].height() <= 420 and card(page, 1).fields[0].height() <= 420
    assert card(page, 1).fields[0].text() == "מה? " * 50_000


def test_right_to_left_text_stands_at_the_right(open_talk, qtbot) -> None:
    page = open_talk([{"talk": talk("שלום", "hello")}])
    first, second = (card(page, i).fields[0] for i in (0, 1))
    assert first.document().defaultTextOption().alignment() == Qt.AlignmentFlag.AlignRight
    assert second.document().defaultTextOption().alignment() == Qt.AlignmentFlag.AlignLeft
    assert not first.document().isModified() and first.cursorRect().left() > first.viewport().width() // 2


def test_a_row_that_means_nothing_yet_has_the_button_that_says_it(open_set, qtbot) -> None:
    page = open_set([{"a": "x", "b": "y"}], Mapping())
    page.tool("turns").open()
    pane = page.tool("turns").pane
    assert pane.meaning.isVisible() and not pane.list.isVisible()
    qtbot.mouseClick(pane.meaning, Qt.MouseButton.LeftButton)
    qtbot.wait(30)
    assert [m for m in page.main.findChildren(QMenu) if m.isVisible()] and not page.tool("turns").is_open()
    QApplication.activePopupWidget().close()


def test_every_button_of_a_card_has_a_name_and_other_languages_fit(open_talk, qtbot) -> None:
    page = open_talk([{"talk": talk("a", "b")}])
    card(page, 1)._show_tools()
    names = [b.accessibleName() for b in card(page, 1).findChildren(IconButton)]
    assert all(names) and len(set(names)) == len(names)
    assert card(page, 0).fields[0].accessibleName() == "Turn 1, User"
    page.main.set_language("zh")
    assert (
        page.tool("turns").pane.back.text() == "所有行" and card(page, 0).fields[0].accessibleName() == "第 1 轮，用户"
    )
    page.main.set_language("en")


def test_row_text_of_the_first_rows(open_set) -> None:
    page = open_set(ROWS)
    assert [b._whole for b in page.panel._text.blocks][:2] == ["Who are you?", "I am Tessaly."]
