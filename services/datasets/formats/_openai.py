"""Lists of messages in OpenAI's form: the row's own order, tool calls, old function calls, weights.

Nothing is injected and no order is enforced here: whether two user messages in a row can be rendered is for the
template to say.
"""

from typing import Any

from services.datasets.conversation import Problem, Turn
from services.datasets.formats._parts import note, stop
from services.datasets.mapping import RowProblem, Tags
from services.datasets.turn_items import is_trained
from services.datasets.values import load, to_text
from services.i18n import N_


def read_messages(items: list[Any], tags: Tags, column: str, notes: list[Problem]) -> tuple[str | None, list[Turn]]:
    """System text (None if the list has none) and turns. RowProblem for a message that cannot be understood.

    Results of several calls stay several observation turns, in the row's order, each with its tool_call_id.
    """
    system: str | None = None
    turns: list[Turn] = []
    for place, item in enumerate(items, 1):
        if not isinstance(item, dict) or not isinstance(item.get(tags.role_tag), str):
            raise stop(
                "turns", N_("Turn {turn} has no {key}."), N_("Mend the turn."), column, turn=place, key=tags.role_tag
            )
        role = item[tags.role_tag]
        if role in (tags.system_tag, "system", "developer"):
            if turns or system is not None:
                raise stop(
                    "system-place",
                    N_("Turn {turn} is a system message, which may only be the first."),
                    N_("Join it to the first one, or make it a user's."),
                    column,
                    turn=place,
                )
            system = _content(item, tags, place, column, notes)
        else:
            turns.append(_turn(item, role, tags, place, column, notes))
    return system, turns


def _turn(item: dict[str, Any], role: str, tags: Tags, place: int, column: str, notes: list[Problem]) -> Turn:
    content = _content(item, tags, place, column, notes)
    if role in (tags.user_tag, "user"):
        return Turn("user", content)
    if role in (tags.observation_tag, "tool"):
        return Turn("observation", content, tool_call_id=str(item.get("tool_call_id") or ""))
    if role == "function":
        _old_call(notes)
        return Turn("observation", content)
    if role == tags.function_tag:
        return Turn("function", content)
    if role not in (tags.assistant_tag, "assistant"):
        raise stop(
            "role",
            N_("Turn {turn} has the role {role}, which is not known."),
            N_("Use system, user, assistant or tool."),
            column,
            turn=place,
            role=role,
        )
    calls = _calls(item, place, column, notes)
    thought = item.get("reasoning_content") or item.get("reasoning") or item.get("thinking") or ""
    return Turn(
        "function" if calls else "assistant",
        content,
        trained=is_trained(item),
        tool_calls=calls,
        reasoning=thought if isinstance(thought, str) else to_text(thought),
    )


def _content(item: dict[str, Any], tags: Tags, place: int, column: str, notes: list[Problem]) -> str:
    """Text of a message: null is nothing, text parts are joined."""
    content = item.get(tags.content_tag)
    if content is None or isinstance(content, str):
        return content or ""
    if not isinstance(content, list):
        raise stop(
            "not-text", N_("Turn {turn} holds {value}, which is no text."), N_("Turn it into text."), column,
            turn=place, value=to_text(content)[:60],
        )  # fmt: skip
    texts = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            texts.append(part["text"])
        else:
            notes.append(note("media", N_("Turn {turn} has parts that are no text; only text is trained."), turn=place))
    return "".join(texts)


def _calls(item: dict[str, Any], place: int, column: str, notes: list[Problem]) -> tuple[dict[str, Any], ...]:
    calls = item.get("tool_calls") or []
    old = item.get("function_call")
    if isinstance(old, dict):
        _old_call(notes)
        calls = [*calls, {"id": "", "type": "function", "function": old}]
    if not isinstance(calls, list):
        raise _bad_call(place, column)
    for call in calls:
        function = call.get("function") if isinstance(call, dict) else None
        if not isinstance(function, dict) or not isinstance(function.get("name"), str):
            raise _bad_call(place, column)
        _check_arguments(function.get("arguments"), place, column, notes)
    return tuple(calls)


def _check_arguments(arguments: Any, place: int, column: str, notes: list[Problem]) -> None:
    if not isinstance(arguments, str):
        return
    try:
        load(arguments)
    except (ValueError, RecursionError):
        notes.append(
            note(
                "tool-arguments",
                N_("The arguments of the call in turn {turn} are not valid JSON; they are trained as they stand."),
                N_("Mend them, or delete the row."),
                column,
                turn=place,
            )
        )


def _bad_call(place: int, column: str) -> RowProblem:
    return stop(
        "tool-calls", N_("Turn {turn} has a tool call without a name."), N_("Mend the turn."), column, turn=place
    )


_OLD_CALL = note(
    "old-function-call",
    N_("The row calls functions in the old form; it is understood as tool calls."),
)


def _old_call(notes: list[Problem]) -> None:
    if _OLD_CALL not in notes:
        notes.append(_OLD_CALL)
