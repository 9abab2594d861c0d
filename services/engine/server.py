"""One OpenAI-compatible server for a base, its adapters and their checkpoints. Loopback only, with a token.

Requests are answered one after the other by a single thread, which alone touches the models; a client that leaves
ends its answer within one token.
"""

import asyncio
import json
import logging
import secrets
import threading
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from services.engine import processor
from services.engine.server_generate import Outcome, answer
from services.engine.server_models import Models, NoSuchModelError, Ready
from services.engine.server_schema import ApiError, Asked, ChatAsked, Form, TextAsked, parse
from services.errors import TunesmithError
from services.templates.errors import TemplateError

log = logging.getLogger("tunesmith.serve")

_MOST_WAITING = 32
_HOSTS = ("127.0.0.1", "localhost", "[::1]")
_POLL_S = 0.1


class Server:
    """The endpoints. `idle_s` says for how long nobody has asked anything."""

    def __init__(self, models: Models, token: str) -> None:
        self._models = models
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="generate")
        self._open = 0
        self._asked_at = time.monotonic()
        self._cancels: set[threading.Event] = set()
        self._closing = False
        self.app: ASGIApp = Guard(
            Starlette(
                routes=[
                    Route("/v1/models", self._list),
                    Route("/v1/models/{name:path}", self._one),
                    Route("/v1/chat/completions", self._chat, methods=["POST"]),
                    Route("/v1/completions", self._text, methods=["POST"]),
                ],
                exception_handlers={404: _not_found, 405: _not_allowed},
            ),
            token,
        )

    def idle_s(self) -> float:
        """Seconds since the last answer ended; 0.0 while one is being given."""
        return 0.0 if self._open else time.monotonic() - self._asked_at

    def close(self) -> None:
        """End what is being answered and let the models go."""
        self._closing = True
        for cancel in list(self._cancels):
            cancel.set()
        self._thread.shutdown(wait=True, cancel_futures=True)

    async def _list(self, request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [_model(name) for name in self._models.names()]})

    async def _one(self, request: Request) -> Response:
        name = request.path_params["name"]
        return JSONResponse(_model(name)) if name in self._models.names() else _no_model(name).response()

    async def _chat(self, request: Request) -> Response:
        return await self._answer(request, ChatAsked, "chatcmpl-")

    async def _text(self, request: Request) -> Response:
        return await self._answer(request, TextAsked, "cmpl-")

    async def _answer(self, request: Request, kind: type[Asked], prefix: str) -> Response:
        try:
            asked = parse(kind, await request.body())
            if asked.model not in self._models.names():
                raise _no_model(asked.model)
            if self._open >= _MOST_WAITING:
                raise ApiError(503, "too many requests are waiting; try again in a while", code="server_busy")
        except ApiError as error:
            return error.response()
        work = Work(self, asked)
        form = Form(prefix + secrets.token_hex(8), asked.model, chat=kind is ChatAsked)
        if asked.stream:
            # the first thing that happens decides the status: an error before the first word is an HTTP error
            pieces = work.pieces()
            try:
                first = await _or_gone(asyncio.ensure_future(anext(pieces)), work, request)
            except ApiError as error:
                return error.response()
            events = _events(first, pieces, form, usage=asked.wants_usage)
            return StreamingResponse(events, media_type="text/event-stream", headers={"Cache-Control": "no-store"})
        return await _whole(work, form, request)


class Work:
    """One answer on its way: the generating thread puts pieces into a queue, the event loop takes them out."""

    def __init__(self, server: Server, asked: Any) -> None:
        self._server = server
        self._asked = asked
        self.cancel = threading.Event()
        self._queue: asyncio.Queue[str | Outcome | ApiError] = asyncio.Queue()
        self._loop = asyncio.get_running_loop()

    async def pieces(self) -> AsyncIterator[str | Outcome]:
        """Text, piece by piece, then the Outcome. ApiError where it went wrong. Closing it ends the generating."""
        server = self._server
        server._open += 1
        server._cancels.add(self.cancel)
        future = server._thread.submit(self._generate)
        try:
            while True:
                item = await self._queue.get()
                if isinstance(item, ApiError):
                    raise item
                yield item
                if isinstance(item, Outcome):
                    return
        finally:
            self.cancel.set()
            future.cancel()
            server._cancels.discard(self.cancel)
            server._open -= 1
            server._asked_at = time.monotonic()

    def _tell(self, item: str | Outcome | ApiError) -> None:
        try:
            self._loop.call_soon_threadsafe(self._queue.put_nowait, item)
        except RuntimeError:  # the loop has ended: nobody listens any more
            self.cancel.set()

    def _generate(self) -> None:
        """In the generating thread."""
        if self.cancel.is_set():
            self._tell(Outcome("stop", 0, 0))
            return
        try:
            with self._server._models.use(self._asked.model) as ready:
                ids = _prompt(ready, self._asked)
                outcome = answer(ready, ids, self._asked.sampling(), self._tell, self.cancel)
            # an answer that the end of the server cut short must not look like a whole one
            self._tell(ApiError(503, "the server is stopping") if self._server._closing else outcome)
        except ApiError as error:
            self._tell(error)
        except NoSuchModelError as error:
            self._tell(_no_model(error.name))
        except TemplateError as error:
            self._tell(ApiError(400, str(error), code="template_error"))
        except TunesmithError as error:
            self._tell(ApiError(500, str(error)))
        except Exception as error:  # a fault of ours or of a library: the client must hear of it, the server goes on
            log.exception("an answer failed")
            if processor.is_out_of_memory(error):
                self._tell(ApiError(500, "there is not enough memory for this answer", code="out_of_memory"))
            else:
                self._tell(ApiError(500, "the server made a mistake; its log has the details"))


def _prompt(ready: Ready, asked: Any) -> list[int]:
    """Token ids of the prompt. ApiError 400 when it leaves no room for an answer."""
    if isinstance(asked, TextAsked):
        ids = ready.tokenizer.encode(asked.prompt)
        if ready.tokenizer.adds_bos and ready.tokenizer.bos_id is not None and ids[:1] != [ready.tokenizer.bos_id]:
            ids = [ready.tokenizer.bos_id, *ids]
    else:
        if ready.template is None:
            raise ApiError(400, f"{asked.model} has no chat template; use /v1/completions", code="no_template")
        thinking = False if asked.reasoning_effort == "none" else ready.enable_thinking
        messages = [m.model_dump(exclude_none=True) for m in asked.messages]
        text = ready.template.render_messages(messages, asked.tools, True, enable_thinking=thinking)
        ids = ready.tokenizer.encode(text)
    if not ids:
        raise ApiError(400, "the prompt is empty")
    if len(ids) >= ready.context_len:
        raise ApiError(
            400,
            f"This model's maximum context length is {ready.context_len} tokens; the prompt has {len(ids)}.",
            code="context_length_exceeded",
            param="messages",
        )
    return ids


async def _or_gone(task: "asyncio.Future[Any]", work: Work, request: Request) -> Any:
    """The result of task; a client that leaves before it is there ends the generating."""
    while not (await asyncio.wait({task}, timeout=_POLL_S))[0]:
        if await request.is_disconnected():
            work.cancel.set()
    return await task


async def _events(
    first: str | Outcome, pieces: AsyncIterator[str | Outcome], form: Form, *, usage: bool
) -> AsyncIterator[bytes]:
    """Server-sent events of an answer; a failure in mid-stream is an `error` event and no [DONE]."""
    try:
        started = False
        piece: str | Outcome = first
        while isinstance(piece, str):
            yield _event(form.piece(piece, first=not started))
            started = True
            piece = await anext(pieces)
        if not started:
            yield _event(form.piece("", first=True))
        yield _event(form.last(piece.reason))
        if usage:
            yield _event(form.counts(piece))
        yield b"data: [DONE]\n\n"
    except ApiError as error:
        yield _event(error.body)
    finally:
        await pieces.aclose()  # type: ignore[attr-defined]


async def _whole(work: Work, form: Form, request: Request) -> Response:
    """The answer in one object; a client that leaves ends it."""
    text: list[str] = []

    async def collect() -> Response:
        try:
            async for piece in work.pieces():
                if isinstance(piece, Outcome):
                    return JSONResponse(form.whole("".join(text), piece))
                text.append(piece)
        except ApiError as error:
            return error.response()
        raise AssertionError("an answer ends with its outcome")

    response: Response = await _or_gone(asyncio.ensure_future(collect()), work, request)
    return response


class Guard:
    """Lets through only requests that name a loopback host and carry the token. No CORS: no browser page gets in."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 or 401, or let the request through."""
        if scope["type"] != "http":
            return
        headers = dict(scope["headers"])
        refused: ApiError | None = None
        if not _is_loopback_host(headers.get(b"host", b"").decode("latin-1")):
            refused = ApiError(403, "this server answers only on this computer", code="wrong_host")
        elif not secrets.compare_digest(headers.get(b"authorization", b""), self._token):
            refused = ApiError(401, "the token is missing or wrong", code="invalid_api_key")
        if refused is not None:
            await refused.response()(scope, receive, send)
            return
        await self._app(scope, receive, send)


def _is_loopback_host(host: str) -> bool:
    name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
    return name in _HOSTS and (not port or port.isdigit())


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(data, ensure_ascii=False).encode("utf-8") + b"\n\n"


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "tunesmith"}


def _no_model(name: str) -> ApiError:
    return ApiError(404, f"The model {name!r} does not exist here.", code="model_not_found", param="model")


async def _not_found(request: Request, error: Exception) -> Response:
    return ApiError(404, f"there is no {request.url.path} here").response()


async def _not_allowed(request: Request, error: Exception) -> Response:
    return ApiError(405, f"{request.method} is not allowed for {request.url.path}").response()
