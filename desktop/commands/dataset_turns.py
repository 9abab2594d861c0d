"""Commands of the turn editor: they work on the turn with the cursor."""

from collections.abc import Callable
from functools import partial
from typing import Any

from desktop.commands import Command, add, on_tool
from desktop.models.turn_words import SPEAKER_ICONS, speaker_word
from services.i18n import tr


def _add(
    verb: str, text: Callable[[], str], icon: str, shortcut: str, order: int, test: str,
    act: Callable[[Any], object], menu: str = "edit",
) -> None:  # fmt: skip
    """act gets the tool 'turns' of the page; test: which of its methods says whether it may be done."""
    add(
        Command(
            f"turns.{verb}",
            text,
            run=partial(_run, act),
            icon=icon,
            shortcut=shortcut,
            menu=menu,
            order=order,
            enabled_when=on_tool("turns", test),
            why=lambda: tr("Open a conversation first (Ctrl+Return)."),
        )
    )


def _run(act: Callable[[Any], object], window: Any) -> object:
    return act(window.page.tool("turns"))


def _do(what: str, value: object = None) -> Callable[[Any], object]:
    """Do it with the turn that has the cursor; see TurnsPane.do."""
    return lambda tool: tool.pane.do(what, value)


_add("open", lambda: tr("Open the conversation"), "chats", "Ctrl+Return", 210, "can_open", lambda t: t.open(), "data")
_add("next_row", lambda: tr("Next row"), "caret-down", "Ctrl+PgDown", 211, "is_open", lambda t: t.pane.step(1), "data")
_add("row_before", lambda: tr("Row before"), "caret-up", "Ctrl+PgUp", 212, "is_open", lambda t: t.pane.step(-1), "data")
_add("swap", lambda: tr("Swap chosen and rejected"), "arrows-left-right", "Alt+X", 213, "can_swap",
     lambda t: t.pane.swap(), "data")  # fmt: skip
_add("below", lambda: tr("Add a turn below"), "arrow-line-down", "Ctrl+Return", 310, "can_add", _do("below"))
_add("above", lambda: tr("Add a turn above"), "arrow-line-up", "Ctrl+Shift+Return", 311, "can_add", _do("above"))
_add("duplicate", lambda: tr("Duplicate the turn"), "copy-simple", "Ctrl+Shift+D", 312, "can_arrange", _do("duplicate"))
_add("remove", lambda: tr("Remove the turn"), "trash", "Ctrl+Shift+Delete", 313, "can_arrange", _do("remove"))
_add("up", lambda: tr("Move the turn up"), "arrow-up", "Alt+Up", 314, "can_arrange", _do("up"))
_add("down", lambda: tr("Move the turn down"), "arrow-down", "Alt+Down", 315, "can_arrange", _do("down"))
_add("split", lambda: tr("Split the turn at the cursor"), "scissors", "Alt+Return", 316, "can_arrange", _do("split"))
_add("join", lambda: tr("Join the turn with the next"), "arrows-in-line-vertical", "Alt+J", 317, "can_arrange",
     _do("join"))  # fmt: skip
_add("trained", lambda: tr("Train the turn, or not"), "graduation-cap", "Alt+T", 318, "can_arrange", _do("trained"))
_add(
    "mark", lambda: tr("Go to the next turn to look at"), "warning", "F8", 320, "is_open", lambda t: t.pane.next_mark()
)
for _number, _speaker in enumerate(SPEAKER_ICONS, 1):
    _add(f"speaker_{_speaker}", partial(lambda s: tr("Who speaks: {who}", who=speaker_word(s)), _speaker), "",
         f"Alt+{_number}", 330, "can_edit", _do("speaker", _speaker), "")  # fmt: skip
