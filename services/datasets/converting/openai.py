"""Into OpenAI's messages."""

from collections.abc import Iterable, Iterator
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.datasets.converting import Lose, targets
from services.datasets.converting._parts import calls_of, for_training, tools_list
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.i18n import N_


class OpenAi:
    """messages with role and content, tools beside them; it can say all that a conversation says."""

    title = N_("Messages (OpenAI)")
    mapping = Mapping(format="openai", columns={"messages": "messages", "tools": "tools"}, tags=OPENAI_TAGS)

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """One row."""
        found = for_training(talk, lose)
        if found is not None:
            row: dict[str, Any] = {"messages": messages(found.system, found.turns)}
            yield {**row, "tools": tools_list(found.tools)} if found.tools else row


def messages(system: str | None, turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """A conversation as messages. Results of tools take the ids of the calls before them, where they have none."""
    out: list[dict[str, Any]] = [] if system is None else [{"role": "system", "content": system}]
    waiting: list[str] = []
    given = 1
    for turn in turns:
        if turn.role in ("assistant", "function"):
            calls = calls_of(turn, given) if turn.role == "function" else []
            given += len(calls)
            waiting = [str(call.get("id") or "") for call in calls]
            out.append(_answer(turn, calls))
        elif turn.role == "observation":
            call_id = turn.tool_call_id or (waiting.pop(0) if waiting else "")
            message = {"role": "tool", "content": turn.content}
            out.append({**message, "tool_call_id": call_id} if call_id else message)
        else:
            out.append({"role": "user", "content": turn.content})
    return out


def _answer(turn: Turn, calls: list[dict[str, Any]]) -> dict[str, Any]:
    text = turn.content if not calls or turn.tool_calls else ""  # else the text was the call
    message: dict[str, Any] = {"role": "assistant", "content": text if text or not calls else None}
    if turn.reasoning:
        message["reasoning_content"] = turn.reasoning
    if calls:
        message["tool_calls"] = calls
    if not turn.trained:
        message["weight"] = 0
    return message


targets.add("openai")(OpenAi())
