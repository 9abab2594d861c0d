"""Pieces that target formats share: answers, calls of tools, turns of one side joined."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.datasets.converting import Lose
from services.datasets.values import dump, load
from services.i18n import N_

ASKS = ("user", "observation")

REJECTED = N_("The rejected answer is left out; the chosen one is kept.")
BAD = N_("Answers that are labelled as bad are left out.")
LABEL = N_("The label is left out: these answers are good ones.")
CALL_TEXT = N_("Text beside a tool call was put before the call, as text.")
JOINED = N_("Turns of one side that follow each other were joined.")
REASONING = N_("Reasoning was put before its answer, between <think> marks.")
CALL_IDS = N_("The ids of tool calls are left out.")
WEIGHTS = N_("Answers that are not to be trained (weight 0) are trained like the others.")
TOOLS = N_("The list of tools is left out.")
CALLS = N_("Tool calls and their results became plain questions and answers.")
NO_QUESTION = N_("Raw text has no question; it became the answer to an empty one.")
NO_LAST_ANSWER = N_("The last turn has no answer and is left out.")
NO_FIRST_QUESTION = N_("An answer stands before the first question; its question is empty.")


def for_training(talk: Conversation, lose: Lose) -> Conversation | None:
    """A conversation whose turns end with the answer to be learned, whatever it was; None if it is a bad one."""
    if talk.label is False:
        lose(BAD)
        return None
    if talk.label is True:
        lose(LABEL)
    if talk.text is not None:
        lose(NO_QUESTION)
        return Conversation((Turn("user", ""), Turn("assistant", talk.text)))
    if talk.chosen is not None:
        lose(REJECTED)
        return replace(talk, turns=(*talk.turns, talk.chosen), chosen=None, rejected=None, label=None)
    if talk.label is not None:  # all answers of the talk were part of the question; now they are answers again
        turns = tuple(replace(turn, trained=True) for turn in talk.turns)
        return replace(talk, turns=turns, label=None)
    return talk


def call_text(turn: Turn) -> str:
    """Calls of a turn as sharegpt writes them: the JSON of one call, or of a list of them."""
    calls = [_bare(call) for call in turn.tool_calls]
    return dump(calls[0] if len(calls) == 1 else calls) if calls else turn.content


def _bare(call: dict[str, Any]) -> dict[str, Any]:
    function = call.get("function") or {}
    return {"name": function.get("name", ""), "arguments": _parsed(function.get("arguments", {}))}


def calls_of(turn: Turn, first: int) -> list[dict[str, Any]]:
    """OpenAI calls of a turn: its own, or those that its text spells as JSON; [] if it spells none.

    first: number of the first id that is given.
    """
    if turn.tool_calls:
        return list(turn.tool_calls)
    found = _parsed(turn.content)
    items = found if isinstance(found, list) else [found]
    if not items or not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items):
        return []
    return [
        {
            "id": f"call_{first + number}",
            "type": "function",
            "function": {"name": item["name"], "arguments": _text(item.get("arguments", {}))},
        }
        for number, item in enumerate(items)
    ]


def tools_list(text: str) -> Any:
    """Tools as a list in OpenAI's form, each within {"type": "function"}; the text itself if it is no JSON list."""
    found = _parsed(text)
    if not isinstance(found, list):
        return found
    bare = [isinstance(tool, dict) and "function" not in tool and "name" in tool for tool in found]
    return [{"type": "function", "function": tool} if b else tool for tool, b in zip(found, bare, strict=True)]


def tools_text(text: str) -> str:
    """Tools as sharegpt keeps them: JSON text of a list of functions."""
    found = _parsed(text)
    if not isinstance(found, list):
        return text
    inner = [tool["function"] if isinstance(tool, dict) and isinstance(tool.get("function"), dict) else tool
             for tool in found]  # fmt: skip
    return text if inner == found else dump(inner)


def flat(turns: Iterable[Turn], lose: Lose) -> Iterator[Turn]:
    """Turns as texts: calls as their JSON, reasoning within its answer. What that loses is said."""
    for turn in turns:
        text = call_text(turn)
        if turn.tool_calls:
            lose(CALL_IDS)
            if turn.content:
                lose(CALL_TEXT)
                text = f"{turn.content}\n{text}"
        if turn.reasoning:
            lose(REASONING)
            text = f"<think>\n{turn.reasoning}\n</think>\n\n{text}"
        yield replace(turn, content=text, tool_calls=(), reasoning="")


def alternating(turns: Iterable[Turn], lose: Lose) -> list[Turn]:
    """Turns in which question and answer take turns, a question first."""
    out: list[Turn] = []
    for turn in turns:
        if not out and turn.role not in ASKS:
            lose(NO_FIRST_QUESTION)
            out.append(Turn("user", ""))
        if out and (out[-1].role in ASKS) == (turn.role in ASKS):
            lose(JOINED)
            last = out[-1]
            out[-1] = replace(last, content=f"{last.content}\n{turn.content}", trained=last.trained and turn.trained)
        else:
            out.append(turn)
    return out


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return load(value)
    except (ValueError, RecursionError):
        return value


def _text(value: Any) -> str:
    return value if isinstance(value, str) else dump(value)
