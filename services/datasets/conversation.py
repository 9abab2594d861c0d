"""What a row means: the conversation that a mapping derives from it. Templates render it, stages train it."""

from dataclasses import dataclass, field
from typing import Any, Literal

Sure = Literal["sure", "likely", "maybe"]
"""How sure a finding is: beyond doubt, right nearly always, worth a look."""

Role = Literal["user", "assistant", "function", "observation"]
"""Roles of turns. function: an assistant turn that calls tools; observation: a tool's result."""


@dataclass(frozen=True)
class Turn:
    """One turn. trained: False for answers that the row excludes (OpenAI's weight 0); user turns are never trained.

    tool_calls: OpenAI form, [{"id", "type": "function", "function": {"name", "arguments"}}], arguments as the row
    spells them. tool_call_id: of an observation. reasoning: text of thought where the row keeps it apart.
    """

    role: Role
    content: str
    trained: bool = True
    tool_calls: tuple[dict[str, Any], ...] = ()
    tool_call_id: str = ""
    reasoning: str = ""


@dataclass(frozen=True)
class Conversation:
    """A row as templates see it.

    turns start with user or observation and alternate with assistant or function where the row's format says so
    (alpaca, sharegpt). OpenAI rows keep their own order, which no format enforces: several observations may follow
    each other (results of parallel calls), two user turns too, and the first may be an assistant's. system None: the
    row says nothing (the template's default applies). tools: JSON text or parsed list as the row has it, "" for none.
    chosen/rejected: the two answers of a preference row, following turns (which then end with the user).
    label: True/False for KTO. text: the raw text of a pre-training row (turns are then empty).
    """

    turns: tuple[Turn, ...] = ()
    system: str | None = None
    tools: str = ""
    chosen: Turn | None = None
    rejected: Turn | None = None
    label: bool | None = None
    text: str | None = None


@dataclass(frozen=True)
class Problem:
    """Why a row cannot be trained as it stands, or should be looked at.

    code: stable id ('empty-answer', 'role-order', ...). blocks: the row is left out of training until mended.
    sentence/way_out: N_-marked English with {fields} filled from values. column: where, if one place is meant.
    sure: how sure it is. other: id of another row that it is about (its number is the field {other}), 0 if none.
    """

    code: str
    sentence: str
    way_out: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    column: str = ""
    blocks: bool = True
    sure: Sure = "sure"
    other: int = 0
