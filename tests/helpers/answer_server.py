"""A chat server with scripted replies."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tests.helpers.odd_servers import DONE, OddServer, event
from tests.helpers.ollama_contract import serving

Answer = Callable[[str, int], str | int | type[Exception]]
"""(what was asked, how often anything was asked before) -> a reply, an HTTP status, or ConnectionResetError."""


class AnswerServer(OddServer):
    """Replies as a function says. asked: every question that came, in order."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[str] = []
        self.hold: threading.Event | None = None
        """Each answer waits for it."""

    async def chat(self, request: Request) -> Response:
        body = await request.json()
        self.requests.append(body)
        text = body["messages"][-1]["content"]
        reply = self.answer(text, len(self.asked))
        self.asked.append(text)
        if isinstance(reply, int):
            self.status, self.error = reply, {"error": {"message": "later"}}
            refused = self._refuse()
            self.status = 200
            return refused

        async def run() -> AsyncIterator[bytes]:
            while self.hold is not None and not self.hold.is_set():
                await asyncio.sleep(0.02)
            if not isinstance(reply, str):
                yield event(content="half")
                raise reply
            yield event(content=reply)
            yield event(finish="stop")
            yield DONE

        return StreamingResponse(run(), media_type="text/event-stream")


Serve = Callable[[Answer], tuple[AnswerServer, str]]


@contextlib.contextmanager
def answering_server() -> Iterator[Serve]:
    """Serves functions; gives each server and what to pass as model."""
    with contextlib.ExitStack() as stack:

        def start(answer: Answer) -> tuple[AnswerServer, str]:
            server = AnswerServer(answer)
            url = stack.enter_context(serving(server.app()))
            return server, f"{url}/v1#odd"

        yield start
