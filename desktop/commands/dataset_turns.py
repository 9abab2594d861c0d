"""Commands of the turn editor: they work on the turn with the cursor, in the page of a data set."""

from collections.abc import Callable
from functools import partial
from typing import Any

from desktop.commands import Command, When, add, on_tool
from desktop.models.turn_words import SPEAKER_ICONS, speaker_word
from services.i18n import tr


def _step(by: int, window: Any) -> None:
    window.page.tool("turns").pane.step(by)


def _speak(speaker: str, window: Any) -> None:
    window.page.tool("turns").pane.do("speaker", speaker)


def _add(verb: str, text: Callable[[], str], icon: str, shortcut: str, order: int, when: When,
         act: Callable[..., object]) -> None:  # fmt: skip
    add(
        Command(
            f"turns.{verb}", text, run=lambda w: act(w.page.tool("turns")), icon=icon, shortcut=shortcut, menu="edit", order=order,
            enabled_when=when, why=lambda: tr("Open a conversation first (F2 in its cell)."),
        )
    )  # fmt: skip


add(
    Command(
        "turns.open", lambda: tr("Open the conversation"), run=lambda w: w.page.tool("turns").open(),  # type: ignore[union-attr]
        icon="chats",
        shortcut="Ctrl+Shift+Return", menu="data", order=210, enabled_when=on_tool("turns", "can_open"),
        why=lambda: tr("Choose a row first."),
    )
)  # fmt: skip
_open = on_tool("turns", "is_open")
for _verb, _text, _icon, _keys, _by in (
    ("next_row", lambda: tr("Next row"), "caret-down", "Ctrl+PgDown", 1),
    ("row_before", lambda: tr("Row before"), "caret-up", "Ctrl+PgUp", -1),
):
    add(
        Command(f"turns.{_verb}", _text, run=partial(_step, _by), icon=_icon, shortcut=_keys,
                menu="data", order=211, enabled_when=_open)
    )  # fmt: skip
_add("below", lambda: tr("Add a turn below"), "arrow-line-down", "Ctrl+Return", 310, on_tool("turns", "can_add"),
     lambda t: t.pane.do("below"))  # fmt: skip
_add("above", lambda: tr("Add a turn above"), "arrow-line-up", "Ctrl+Shift+Return", 311, on_tool("turns", "can_add"),
     lambda t: t.pane.do("above"))  # fmt: skip
_add("duplicate", lambda: tr("Duplicate the turn"), "copy-simple", "Ctrl+Shift+D", 312, on_tool("turns", "can_arrange"),
     lambda t: t.pane.do("duplicate"))  # fmt: skip
_add("remove", lambda: tr("Remove the turn"), "trash", "Ctrl+Shift+Delete", 313, on_tool("turns", "can_arrange"),
     lambda t: t.pane.do("remove"))  # fmt: skip
_add("up", lambda: tr("Move the turn up"), "arrow-up", "Alt+Up", 314, on_tool("turns", "can_arrange"), lambda t: t.pane.do("up"))
_add("down", lambda: tr("Move the turn down"), "arrow-down", "Alt+Down", 315, on_tool("turns", "can_arrange"),
     lambda t: t.pane.do("down"))  # fmt: skip
_add("split", lambda: tr("Split the turn at the cursor"), "scissors", "Alt+Return", 316, on_tool("turns", "can_arrange"),
     lambda t: t.pane.do("split"))  # fmt: skip
_add("join", lambda: tr("Join the turn with the next"), "arrows-in-line-vertical", "Alt+J", 317, on_tool("turns", "can_arrange"),
     lambda t: t.pane.do("join"))  # fmt: skip
_add("trained", lambda: tr("Train the turn, or not"), "graduation-cap", "Alt+T", 318, on_tool("turns", "can_arrange"),
     lambda t: t.pane.do("trained"))  # fmt: skip
_add("swap", lambda: tr("Swap chosen and rejected"), "arrows-left-right", "Alt+X", 319, on_tool("turns", "can_swap"),
     lambda t: t.pane.swap())  # fmt: skip
_add("mark", lambda: tr("Go to the next turn to look at"), "warning", "F8", 320, _open, lambda t: t.pane.next_mark())
for _number, _speaker in enumerate(SPEAKER_ICONS, 1):
    add(
        Command(
            f"turns.speaker_{_speaker}", partial(lambda s: tr("Who speaks: {who}", who=speaker_word(s)), _speaker),
            run=partial(_speak, _speaker), shortcut=f"Alt+{_number}",
            enabled_when=on_tool("turns", "can_edit"), why=lambda: tr("Open a conversation first (F2 in its cell)."),
        )
    )  # fmt: skip
