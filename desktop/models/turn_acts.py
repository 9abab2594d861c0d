"""What the turn editor can do with a turn, by name: buttons, keys and commands all come here."""

from collections.abc import Callable
from typing import Any

from services.datasets.turns import TurnCell
from services.i18n import N_

Act = Callable[[TurnCell], TurnCell]


def act_on(
    cell: TurnCell, t: int, what: str, value: Any = None, cut: tuple[int, int] | None = None
) -> tuple[Act, int, str] | None:
    """What is to be done with turn t, which turn is then the current one, and what the edit is called; None if nothing.

    what: speaker, fix, trained, call, uncall, remove, duplicate, up, down, to, join, split, above, below. value: whom,
    the fix, which call, where to. cut: number of the field and the characters before the cursor.
    """
    step = 2 if cell.shape == "pairs" else 1
    if what == "speaker":
        return (lambda c: c.with_speaker(t, value)), t, N_("Change who speaks")
    if what == "fix":
        return value, t, N_("Mend a turn")
    if what == "trained":
        on = not cell.turns[t].trained
        return (lambda c: c.with_trained(t, on)), t, N_("Train a turn or not")
    if what == "call":
        return (lambda c: c.with_call(t)), t, N_("Add a call")
    if what == "uncall":
        return (lambda c: c.without_call(t, value)), t, N_("Remove a call")
    if not cell.is_list:
        return None
    if what == "remove":
        return (lambda c: c.removed(t)), t, N_("Remove a turn")
    if what == "duplicate":
        return (lambda c: c.duplicated(t)), t + step, N_("Duplicate a turn")
    if what in ("up", "down"):
        goal = t - step if what == "up" else t + step
        if not 0 <= goal < len(cell.turns):
            return None
        return (lambda c: c.moved(t, goal)), goal, N_("Move a turn")
    if what == "to":
        return (lambda c: c.moved(t, value)), value, N_("Move a turn")
    if what == "join" and t + 1 < len(cell.turns):
        return (lambda c: c.joined(t)), t, N_("Join turns")
    if what == "split" and cut is not None:
        return (lambda c: c.split_at(t, c.turns[t].fields[cut[0]], cut[1])), t + 1, N_("Split a turn")
    if what in ("above", "below"):
        at = t if what == "above" else t + step
        speaker = next_speaker(cell, at)
        return (lambda c: c.inserted(at, speaker)), at, N_("Add a turn")
    return None


def next_speaker(cell: TurnCell, at: int) -> str:
    """Who most likely speaks in a new turn before turn at: the other side of the one before."""
    if at == 0 or not cell.turns:
        return "user"
    return {"assistant": "user", "function": "observation"}.get(cell.turns[at - 1].speaker, "assistant")
