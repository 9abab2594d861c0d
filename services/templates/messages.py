"""A conversation as the messages that chat templates read (Hugging Face's form), and back."""

import json
from collections.abc import Callable
from typing import Any

from services.datasets.conversation import Conversation, Turn

Text = Callable[[str], str]


def messages_of(conversation: Conversation, hide: Text = str) -> list[dict[str, Any]]:
    """Messages of a conversation: system first if the row has one, then one a turn.

    hide: applied to every text that comes from the row (see Tokenizer.hide).
    """
    messages: list[dict[str, Any]] = []
    if conversation.system is not None:
        messages.append({"role": "system", "content": hide(conversation.system)})
    messages += [_message(turn, hide) for turn in conversation.turns]
    return messages


def _message(turn: Turn, hide: Text) -> dict[str, Any]:
    if turn.role == "user":
        return {"role": "user", "content": hide(turn.content)}
    if turn.role == "observation":
        named = {"tool_call_id": turn.tool_call_id} if turn.tool_call_id else {}
        return {"role": "tool", "content": hide(turn.content), **named}
    message: dict[str, Any] = {"role": "assistant", "content": hide(turn.content)}
    if turn.reasoning:
        # transformers offers a thought under both names; templates read one of them
        message["reasoning_content"] = message["thinking"] = hide(turn.reasoning)
    calls = turn.tool_calls or (calls_of(turn.content) if turn.role == "function" else ())
    if calls:
        message["tool_calls"] = [hidden(_plain_call(call), hide) for call in calls]
        if not turn.tool_calls:
            message["content"] = ""
    return message


def calls_of(content: str) -> tuple[dict[str, Any], ...]:
    """Calls that a function turn spells as JSON ({"name", "arguments"} or a list of them); () if it is none."""
    try:
        data = json.loads(content)
    except ValueError:
        return ()
    items = data if isinstance(data, list) else [data]
    if not items or not all(isinstance(item, dict) and isinstance(item.get("name"), str) for item in items):
        return ()
    return tuple(
        {"type": "function", "function": {"name": item["name"], "arguments": item.get("arguments", {})}}
        for item in items
    )


def _plain_call(call: dict[str, Any]) -> dict[str, Any]:
    # Templates want the arguments as an object; rows spell them as JSON text. Text that is no object stays as it is.
    function = dict(call.get("function") or {})
    arguments = function.get("arguments")
    if isinstance(arguments, str):
        try:
            parsed = json.loads(arguments)
        except ValueError:
            parsed = None
        if isinstance(parsed, dict):
            function["arguments"] = parsed
    return {**call, "function": function}


def hidden(data: Any, hide: Text) -> Any:
    """Data with `hide` applied to every text in it (keys excepted)."""
    if isinstance(data, str):
        return hide(data)
    if isinstance(data, dict):
        return {key: hidden(value, hide) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [hidden(value, hide) for value in data]
    return data


def tools_of(conversation: Conversation) -> list[dict[str, Any]] | None:
    """The row's tools in OpenAI's form, or None. ValueError if they are no JSON list of functions."""
    if not conversation.tools:
        return None
    data = json.loads(conversation.tools) if isinstance(conversation.tools, str) else conversation.tools
    items = data if isinstance(data, list) else [data]
    if not all(isinstance(item, dict) for item in items):
        raise ValueError("tools must be objects")
    return [
        i if i.get("type") == "function" and "function" in i else {"type": "function", "function": i} for i in items
    ] or None


def conversation_of(messages: list[dict[str, Any]], tools: list[dict[str, Any]] | None = None) -> Conversation:
    """The conversation of OpenAI messages, for chat and serving. Consecutive turns are kept as they are."""
    system: str | None = None
    turns: list[Turn] = []
    for message in messages:
        role, content = message.get("role"), text_of(message.get("content"))
        if role in ("system", "developer") and not turns:
            system = content if system is None else f"{system}\n{content}"
        elif role in ("tool", "function"):
            turns.append(Turn("observation", content, tool_call_id=str(message.get("tool_call_id") or "")))
        elif role == "assistant":
            calls = tuple(message.get("tool_calls") or ())
            reasoning = str(message.get("reasoning_content") or message.get("reasoning") or "")
            turns.append(Turn("function" if calls else "assistant", content, tool_calls=calls, reasoning=reasoning))
        else:
            turns.append(Turn("user", content))
    return Conversation(turns=tuple(turns), system=system, tools=json.dumps(tools, ensure_ascii=False) if tools else "")


def text_of(content: Any) -> str:
    """Text of a message's content: null is '', a list of parts is joined."""
    if content is None:
        return ""
    if isinstance(content, list):
        return "".join(str(p.get("text", "")) if isinstance(p, dict) else str(p) for p in content)
    return str(content)
