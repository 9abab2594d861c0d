"""Any OpenAI-compatible server: llama.cpp, LM Studio, vLLM, our own engine, the ones on the net.

Requests go through the `openai` library; the stream is read line by line here, because servers differ in ways that
the library's typed stream hides: whether `[DONE]` came, comment lines, empty `choices`, two names for the thought.
"""

import contextlib
import json
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar, cast

import httpx

from services.chat.addresses import base_url
from services.chat.errors import as_chat_errors, broke_off, not_understood, refused, unreachable
from services.chat.messages import CANCELLED, ChatDelta, ChatRequest, Usage, without_none
from services.chat.server import servers
from services.http import Connection
from services.i18n import N_

if TYPE_CHECKING:
    from openai import OpenAI


@servers.add("openai")
class OpenAICompatible:
    """A server that speaks `/v1/chat/completions`. url: as a person pastes it. key: '' where none is needed."""

    title: ClassVar[str] = N_("OpenAI-compatible server")
    default_url: ClassVar[str] = "http://127.0.0.1:8080/v1"
    keyed: ClassVar[bool] = True

    def __init__(self, url: str = "", key: str = "") -> None:
        self.url = base_url(url or self.default_url)
        self._key = key

    def models(self) -> list[str]:
        """Names of its models. A server without the list (some have none) offers none."""
        with self._connected() as (client, _), self._as_chat_errors(""):
            return _model_names(client.models.with_raw_response.list().http_response.text, self.url)

    def stream(self, request: ChatRequest, cancel: threading.Event | None = None) -> Iterator[ChatDelta]:
        """The answer in pieces; see ChatServer."""
        body = without_none(
            model=request.model,
            messages=[m.wire() for m in request.messages],
            temperature=request.temperature,
            top_p=request.top_p,
            max_tokens=request.max_tokens,
            seed=request.seed,
            stop=list(request.stop) or None,
            reasoning_effort="none" if request.think is False else None,
        )
        with self._connected() as (client, connection), connection.cut_when(cancel):
            try:
                with self._as_chat_errors(request.model):
                    yield from self._answer(client, body)
            except Exception:  # whatever a cut connection made of itself: the person wanted the end
                if cancel is None or not cancel.is_set():
                    raise
            else:
                return
            yield ChatDelta(done_reason=CANCELLED)

    def close(self) -> None:
        """Nothing is kept open between requests."""

    def _answer(self, client: "OpenAI", body: dict[str, Any]) -> Iterator[ChatDelta]:
        from openai import BadRequestError

        create = client.chat.completions.with_streaming_response.create
        with contextlib.ExitStack() as stack:
            try:
                response = stack.enter_context(create(**body, stream=True, stream_options={"include_usage": True}))
            except BadRequestError:
                # perhaps a server that does not know stream_options: counts are a luxury, the answer is not
                response = stack.enter_context(create(**body, stream=True))
            yield from self._pieces(response.iter_lines())

    def _pieces(self, lines: Iterator[str]) -> Iterator[ChatDelta]:
        finish, usage, done = "", None, False
        try:
            for chunk in _chunks(lines, self.url):
                if chunk is None:
                    done = True
                    break
                if error := chunk.get("error"):
                    raise refused(self.url, "", 0, json.dumps({"error": error}))
                usage = _usage(chunk) or usage
                for choice in chunk.get("choices") or []:
                    delta = choice.get("delta") or {}
                    text, thought = delta.get("content") or "", delta.get("reasoning") or delta.get("reasoning_content")
                    if text or thought:
                        yield ChatDelta(text=text, reasoning=thought or "")
                    finish = choice.get("finish_reason") or finish
        except httpx.TransportError:
            if not finish:  # after the end of the answer, an untidy end of the connection harms nobody
                raise
        if not finish and not done:
            raise broke_off(self.url)
        yield ChatDelta(done_reason=finish or "stop", usage=usage)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[tuple["OpenAI", Connection]]:
        from openai import OpenAI  # takes 0.35 s to import: only when someone asks something

        with Connection(self.url) as connection:
            client = OpenAI(
                base_url=self.url,
                api_key=self._key or "none",
                max_retries=0,
                timeout=cast(Any, connection.client.timeout),
                http_client=cast(Any, connection.client),  # it takes httpx's client and its own fork's alike
            )
            yield client, connection

    @contextlib.contextmanager
    def _as_chat_errors(self, model: str) -> Iterator[None]:
        import openai

        try:
            with as_chat_errors(self.url):
                yield
        except openai.APIStatusError as error:
            raise refused(self.url, model, error.status_code, _body(error)) from error
        except openai.APIConnectionError as error:
            raise unreachable(self.url, error.__cause__) from error


def _body(error: Any) -> str:
    body = error.response.text if error.response.is_stream_consumed else ""
    return body or (json.dumps(error.body) if error.body else "")


def _chunks(lines: Iterator[str], url: str) -> Iterator[dict[str, Any] | None]:
    """Objects of a stream of server-sent events; None for `[DONE]`. Comments, ids and blank lines are passed over."""
    for line in lines:
        if not line.startswith("data:"):
            continue
        data = line[5:].strip()
        if data == "[DONE]":
            yield None
            return
        if not data:
            continue
        try:
            chunk = json.loads(data)
        except ValueError as error:
            raise broke_off(url) from error
        if not isinstance(chunk, dict):
            raise not_understood(url, data[:80])
        yield chunk


def _model_names(body: str, url: str) -> list[str]:
    try:
        found = json.loads(body)
    except ValueError as error:
        raise not_understood(url, body[:80]) from error
    data = found.get("data") if isinstance(found, dict) else found
    return [str(m["id"]) for m in data or [] if isinstance(m, dict) and "id" in m]


def _usage(chunk: dict[str, Any]) -> Usage | None:
    usage = chunk.get("usage")
    if not isinstance(usage, dict):
        return None
    return Usage(int(usage.get("prompt_tokens") or 0), int(usage.get("completion_tokens") or 0))
