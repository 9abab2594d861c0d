"""What goes to a chat server and what comes back, the same for every kind of server."""

from dataclasses import dataclass
from typing import Any, Literal

ChatRole = Literal["system", "user", "assistant"]

CANCELLED = "cancelled"
"""done_reason of an answer that the person stopped."""


@dataclass(frozen=True)
class ChatMessage:
    """One message. content: plain text, exactly as typed or as answered. reasoning: the thought before an answer."""

    role: ChatRole
    content: str
    reasoning: str = ""

    def wire(self) -> dict[str, str]:
        """As every server takes it. The thought is left out: models are not shown their earlier thoughts."""
        return {"role": self.role, "content": self.content}


@dataclass(frozen=True)
class ChatRequest:
    """One question with all that came before it.

    None and 0 mean: as the server has it. max_tokens, num_ctx: tokens. think: whether a thinking model shall think.
    num_ctx, top_k and repeat_penalty go only to servers that know them.
    """

    model: str
    messages: tuple[ChatMessage, ...]
    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    repeat_penalty: float | None = None
    max_tokens: int | None = None
    num_ctx: int | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    think: bool | None = None


@dataclass(frozen=True)
class Usage:
    """Counts of one answer. generate_s: seconds of generating alone, 0.0 where the server does not say."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    generate_s: float = 0.0


@dataclass(frozen=True)
class ChatDelta:
    """A piece of an answer. done_reason is set once, on the last piece: 'stop', 'length', 'cancelled' or another."""

    text: str = ""
    reasoning: str = ""
    done_reason: str = ""
    usage: Usage | None = None


def without_none(**values: Any) -> dict[str, Any]:
    """The values that are said: None is not sent, so that the server's own default holds."""
    return {name: value for name, value in values.items() if value is not None}
