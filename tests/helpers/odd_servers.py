"""OpenAI-compatible servers with habits of their own, each a few lines of what really goes over the wire."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

Script = Callable[[dict[str, Any]], AsyncIterator[bytes]]


def event(*, finish: str | None = None, usage: dict[str, int] | None = None, **delta: Any) -> bytes:
    """One chunk with a choice."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return sse({"object": "chat.completion.chunk", "choices": [choice]} | ({"usage": usage} if usage else {}))


def sse(data: Any) -> bytes:
    """One server-sent event."""
    return b"data: " + json.dumps(data).encode() + b"\n\n"


DONE = b"data: [DONE]\n\n"


class OddServer:
    """Serves /v1. script: bytes that go over the wire, seconds to wait, or ConnectionResetError to break off."""

    def __init__(self, *script: bytes | type[Exception] | float, status: int = 200, error: Any = None) -> None:
        self.script, self.status, self.error = script, status, error
        self.refuse_stream_options = False
        self.token = ""
        self.requests: list[dict[str, Any]] = []
        self.left = threading.Event()
        """Set when the client left in mid-stream."""

    def app(self) -> Starlette:
        """The server as an ASGI app."""
        return Starlette(
            routes=[
                Route("/v1/models", self.models),
                Route("/v1/chat/completions", self.chat, methods=["POST"]),
            ]
        )

    async def models(self, request: Request) -> Response:
        if self.status != 200:
            return self._refuse()
        return JSONResponse({"object": "list", "data": [{"id": "odd"}, {"id": "even"}]})

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        if self.token and request.headers.get("authorization") != f"Bearer {self.token}":
            return JSONResponse({"error": {"message": "bad key", "code": "invalid_api_key"}}, status_code=401)
        if self.refuse_stream_options and "stream_options" in body:
            return JSONResponse({"detail": "extra fields not permitted: stream_options"}, status_code=400)
        if self.status != 200:
            return self._refuse()
        return StreamingResponse(self._run(), media_type="text/event-stream")

    def _refuse(self) -> Response:
        if isinstance(self.error, str):
            return Response(self.error, status_code=self.status)
        return JSONResponse(self.error, status_code=self.status)

    async def _run(self) -> AsyncIterator[bytes]:
        try:
            for step in self.script:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, bytes):
                    yield step
                else:
                    raise step
        except BaseException as error:
            if not isinstance(error, ConnectionResetError):
                self.left.set()
            raise
