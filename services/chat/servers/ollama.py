"""Ollama by its own API. Its `/v1` forces a temperature, loses num_ctx and hides errors in mid-stream."""

import threading
from collections.abc import Iterator
from typing import Any, ClassVar

from services.chat.errors import ChatError
from services.chat.messages import CANCELLED, ChatDelta, ChatRequest, Usage, without_none
from services.chat.server import servers
from services.i18n import N_
from services.ollama.client import OllamaClient
from services.ollama.errors import OllamaError


@servers.add("ollama")
class Ollama:
    """An Ollama. url: as OLLAMA_HOST may be spelt; '' reads OLLAMA_HOST. key: only for a reverse proxy before it."""

    title: ClassVar[str] = N_("Ollama")
    default_url: ClassVar[str] = "http://127.0.0.1:11434"
    keyed: ClassVar[bool] = False

    def __init__(self, url: str = "", key: str = "") -> None:
        self._client = OllamaClient(url or None, key=key)
        self.url = self._client.url

    def models(self) -> list[str]:
        """Names of its models, newest first; `:latest` is left out, as people say it."""
        try:
            return [str(m["name"]).removesuffix(":latest") for m in self._client.models()]
        except OllamaError as error:
            raise _chat_error(error) from error

    def stream(self, request: ChatRequest, cancel: threading.Event | None = None) -> Iterator[ChatDelta]:
        """The answer in pieces; see ChatServer."""
        try:
            for line in self._client.chat(_body(request), cancel):
                message = line.get("message") or {}
                text, thought = message.get("content") or "", message.get("thinking") or ""
                if text or thought:
                    yield ChatDelta(text=text, reasoning=thought)
                if line.get("done"):
                    yield ChatDelta(done_reason=line.get("done_reason") or "stop", usage=_usage(line))
                    return
        except OllamaError as error:
            raise _chat_error(error) from error
        yield ChatDelta(done_reason=CANCELLED)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _body(request: ChatRequest) -> dict[str, Any]:
    options = without_none(
        temperature=request.temperature,
        top_p=request.top_p,
        top_k=request.top_k,
        repeat_penalty=request.repeat_penalty,
        num_predict=request.max_tokens,
        num_ctx=request.num_ctx,
        seed=request.seed,
        stop=list(request.stop) or None,
    )
    return without_none(
        model=request.model,
        messages=[m.wire() for m in request.messages],
        options=options or None,
        think=request.think,
    )


def _usage(line: dict[str, Any]) -> Usage:
    return Usage(
        int(line.get("prompt_eval_count") or 0),
        int(line.get("eval_count") or 0),
        int(line.get("eval_duration") or 0) / 1e9,
    )


def _chat_error(error: OllamaError) -> ChatError:
    return ChatError(error.message, way_out=error.way_out_message, action=error.action, **error.values)
