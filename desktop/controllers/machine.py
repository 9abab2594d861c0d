"""What this PC can train, as the start page says it. Runs off the window's thread."""

from dataclasses import dataclass

from desktop.widgets.text import Text
from services.i18n import tr


@dataclass(frozen=True)
class MachineSaid:
    """icon, role: how it is marked. sentence: up to what size. name: the card and its memory. more: lines of what that
    means, for the dialog."""

    icon: str
    role: str
    sentence: Text
    name: Text


def read_machine() -> MachineSaid:
    """Look at the cards and say what they can train."""
    from services.hardware import what_can_train

    found = what_can_train()
    return MachineSaid("cpu", "accent", lambda: str(found), "")


_ = tr
