"""One turn as an editor shows it: who speaks, its fields and where in the turn's JSON each of them stands."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from services.datasets.jsontext import Path
from services.datasets.mapping import OPENAI_TAGS, Tags
from services.datasets.values import dump, load, to_text
from services.i18n import N_

Kind = Literal["text", "part", "other", "call", "arguments", "result_id", "thought", "raw"]
"""What a field holds. text: what is said; part: one text of several; other: a part that is no text (only shown); call:
the name of a called function; arguments: JSON for it; result_id: which call a result answers; thought: reasoning kept
apart; raw: JSON of something that is no turn."""

SPEAKERS = ("user", "assistant", "function", "observation", "system")
"""Who may speak. function: an answer that calls a tool; observation: what the tool gave."""

THOUGHTS = ("reasoning_content", "reasoning", "thinking")


@dataclass(frozen=True)
class Field:
    """A text of a turn. path: where it stands in the turn's JSON. null: it stands there as null. number: from 0, of
    parts and calls."""

    kind: Kind
    path: Path
    text: str
    number: int = 0
    null: bool = False

    @property
    def code(self) -> bool:
        """Whether it is for machines: shown with a fixed pitch."""
        return self.kind in ("arguments", "raw", "other")


@dataclass(frozen=True)
class Turn:
    """One turn. speaker: one of SPEAKERS, '' if the role is not known. role: as the cell spells it. trained: False
    where weight or loss say that an answer is not trained. more: keys that no field shows. raw: its JSON."""

    speaker: str
    role: str
    fields: tuple[Field, ...]
    raw: str
    trained: bool = True
    more: tuple[str, ...] = field(default=())

    @property
    def text(self) -> str:
        """What is said, parts joined."""
        return "".join(f.text for f in self.fields if f.kind in ("text", "part"))

    @property
    def text_field(self) -> Field | None:
        """Where its text is changed, if that is all it says."""
        said = [f for f in self.fields if f.text or f.kind == "text"]
        return said[0] if len(said) == 1 and said[0].kind == "text" else None

    @property
    def shown(self) -> str:
        """What it says, calls of tools as name(arguments)."""
        by_number = {f.number: f.text for f in self.fields if f.kind == "arguments"}
        calls = [f"{f.text}({by_number.get(f.number, '')})" for f in self.fields if f.kind == "call"]
        return "\n".join(part for part in (self.text, *calls) if part)

    @property
    def calls(self) -> bool:
        """Whether it calls tools."""
        return self.speaker == "function" or any(f.kind == "call" for f in self.fields)


@dataclass(frozen=True)
class JsonFault:
    """Why a text is no JSON: line and column from 1, and a few words, N_-marked."""

    line: int
    column: int
    reason: str


_OTHER = N_("something is not as JSON has it")
_REASONS = {
    "Expecting value": N_("a value is missing"),
    "Expecting property name enclosed in double quotes": N_("a name in double quotes is missing"),
    "Expecting ',' delimiter": N_("a comma is missing"),
    "Expecting ':' delimiter": N_("a colon is missing"),
    "Extra data": N_("something follows after the end"),
    "Unterminated string starting at": N_("the text that begins here is not closed"),
    "Invalid control character at": N_("a line end or another control character stands within a text"),
    "Invalid \\escape": N_("a backslash stands before a letter that JSON does not know"),
    "Invalid \\uXXXX escape": N_("\\u needs four hexadecimal digits"),
    "Illegal trailing comma before end of object": N_("a comma too many"),
    "Illegal trailing comma before end of array": N_("a comma too many"),
}


def json_fault(text: str) -> JsonFault | None:
    """What is wrong with a text as JSON, None if nothing."""
    try:
        load(text)
    except json.JSONDecodeError as error:
        return JsonFault(error.lineno, error.colno, _REASONS.get(error.msg, _OTHER))
    except RecursionError:
        return JsonFault(1, 1, N_("nested too deeply"))
    except ValueError:
        return JsonFault(1, 1, _OTHER)
    return None


def is_openai(tags: Tags) -> bool:
    """Whether turns are spelled as OpenAI's messages."""
    return tags.role_tag == OPENAI_TAGS.role_tag


def speaker_of(role: object, tags: Tags) -> str:
    """Who a role stands for, '' if it is not known."""
    if not isinstance(role, str):
        return ""
    known = {
        tags.user_tag: "user",
        tags.observation_tag: "observation",
        tags.assistant_tag: "assistant",
        tags.function_tag: "function",
        tags.system_tag: "system",
    }
    if is_openai(tags):
        usual = {"user": "user", "assistant": "assistant", "tool": "observation", "function": "observation",
                 "system": "system", "developer": "system"}  # fmt: skip
        known = {**usual, **known}
    return known.get(role, "")


def role_for(speaker: str, tags: Tags) -> str:
    """How a speaker is spelled."""
    if speaker == "function" and is_openai(tags):
        return tags.assistant_tag
    return {
        "user": tags.user_tag,
        "assistant": tags.assistant_tag,
        "function": tags.function_tag,
        "observation": tags.observation_tag,
        "system": tags.system_tag,
    }[speaker]


def read_turn(raw: str, tags: Tags) -> Turn:
    """A turn from its JSON text. What is no object, or has no role, is shown as its JSON."""
    item = load(raw)
    if not isinstance(item, dict):
        return Turn("", "", (Field("raw", (), raw),), raw)
    role = item.get(tags.role_tag)
    speaker = speaker_of(role, tags)
    fields = _content(item.get(tags.content_tag), tags.content_tag, there=tags.content_tag in item)
    known = {tags.role_tag, tags.content_tag, "weight", "loss"}
    if is_openai(tags):
        more_fields, used = _openai_fields(item)
        fields += more_fields
        known |= used
        if speaker == "assistant" and any(f.kind == "call" for f in more_fields):
            speaker = "function"
            if fields[0].kind == "text" and not fields[0].text:
                fields = fields[1:] + fields[:1]  # what matters first
    more = tuple(key for key in item if key not in known)
    return Turn(speaker, role if isinstance(role, str) else "", fields, raw, is_trained(item), more)


def is_trained(item: dict[str, Any]) -> bool:
    """Whether weight and loss leave an answer to be trained: 0 and false take it out."""
    weight, loss = item.get("weight"), item.get("loss")
    return (weight is None or weight != 0) and (loss is None or bool(loss))


def _content(value: Any, key: str, *, there: bool) -> tuple[Field, ...]:
    if not there or value is None:
        return (Field("text", (key,), "", null=there),)
    if not isinstance(value, list):
        return (Field("text" if isinstance(value, str) else "raw", (key,), to_text(value)),)
    fields = []
    for number, part in enumerate(value):
        if isinstance(part, str):
            fields.append(Field("part", (key, number), part, number))
        elif isinstance(part, dict) and isinstance(part.get("text"), str):
            fields.append(Field("part", (key, number, "text"), part["text"], number))
        else:
            fields.append(Field("other", (key, number), dump(part), number))
    return tuple(fields) or (Field("raw", (key,), "[]"),)


def _openai_fields(item: dict[str, Any]) -> tuple[tuple[Field, ...], set[str]]:
    """Fields of a message beside its content, and the keys that they show."""
    fields: list[Field] = []
    used: set[str] = set()
    for key in THOUGHTS:
        if isinstance(item.get(key), str) and item[key]:
            fields.append(Field("thought", (key,), item[key]))
            used.add(key)
    calls = item.get("tool_calls")
    if isinstance(calls, list):
        used.add("tool_calls")
        for number, call in enumerate(calls):
            fields += _call(call, ("tool_calls", number), number)
    elif calls is not None:
        used.add("tool_calls")
        fields.append(Field("raw", ("tool_calls",), dump(calls)))
    if isinstance(item.get("function_call"), dict):
        used.add("function_call")
        fields += _function(item["function_call"], ("function_call",), len(fields))
    if isinstance(item.get("tool_call_id"), str):
        used.add("tool_call_id")
        fields.append(Field("result_id", ("tool_call_id",), item["tool_call_id"]))
    return tuple(fields), used


def _call(call: Any, path: Path, number: int) -> list[Field]:
    function = call.get("function") if isinstance(call, dict) else None
    if not isinstance(function, dict):
        return [Field("raw", path, dump(call), number)]
    return _function(function, (*path, "function"), number)


def _function(function: dict[str, Any], path: Path, number: int) -> list[Field]:
    name, arguments = function.get("name"), function.get("arguments")
    return [
        Field("call", (*path, "name"), to_text(name), number, null=name is None),
        Field("arguments", (*path, "arguments"), to_text(arguments), number, null=arguments is None),
    ]
