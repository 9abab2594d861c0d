"""What a cell shows in the grid: text as it is, turns as a talk that can be read, anything else as its JSON."""

from collections.abc import Mapping
from typing import Any

from services.datasets.values import to_text
from services.i18n import tr

SHOWN = 1500
"""Characters of a cell that are laid out; the whole is in the inspector and the editors."""

_SPEAKERS = {
    "user": lambda: tr("User"),
    "human": lambda: tr("User"),
    "assistant": lambda: tr("Answer"),
    "gpt": lambda: tr("Answer"),
    "model": lambda: tr("Answer"),
    "system": lambda: tr("System"),
    "tool": lambda: tr("Tool result"),
    "observation": lambda: tr("Tool result"),
    "function_call": lambda: tr("Tool call"),
    "function": lambda: tr("Tool call"),
}


def preview(value: Any) -> str:
    """The first lines of a cell, at most SHOWN characters."""
    if isinstance(value, str):
        return value[:SHOWN]
    if isinstance(value, dict) and (line := _turn(value)) is not None:
        return line[:SHOWN]
    if isinstance(value, list) and value:
        lines = _talk(value)
        if lines is not None:
            return "\n".join(lines)[:SHOWN]
    return to_text(value)[:SHOWN]


def _talk(turns: list[Any]) -> list[str] | None:
    """A line a turn, None if this is no list of turns."""
    lines: list[str] = []
    room = SHOWN
    for turn in turns:
        line = _turn(turn)
        if line is None:
            return None
        lines.append(line)
        room -= len(line)
        if room <= 0:
            break
    return lines


def _calls(calls: Any) -> str:
    """'name(arguments)' of each call of a tool, '' where it is none."""
    if not isinstance(calls, list) or not calls:
        return ""
    functions = [call.get("function") for call in calls if isinstance(call, dict)]
    named = [f for f in functions if isinstance(f, dict)]
    shown = ", ".join(f"{to_text(f.get('name'))}({to_text(f.get('arguments'))})" for f in named)
    return shown[:SHOWN] if len(named) == len(calls) else ""


def _turn(turn: Any) -> str | None:
    """'User: text' of {"role", "content"}, {"from", "value"} or [question, answer]; None for anything else."""
    if isinstance(turn, list) and len(turn) == 2 and all(isinstance(part, str) for part in turn):
        return f"{tr('User')}: {turn[0][:SHOWN]}\n{tr('Answer')}: {turn[1][:SHOWN]}"
    if not isinstance(turn, Mapping):
        return None
    for role_key, text_key in (("role", "content"), ("from", "value")):
        role = turn.get(role_key)
        if isinstance(role, str) and (text_key in turn or turn.get("tool_calls")):
            said = turn.get(text_key)
            calls = "" if said else _calls(turn.get("tool_calls"))
            text = (
                said[:SHOWN]
                if isinstance(said, str) and said
                else calls or to_text(said or turn.get("tool_calls"))[:SHOWN]
            )
            speaker = _SPEAKERS.get("function_call" if calls else role)
            return f"{speaker() if speaker else role}: {text}"
    return None
