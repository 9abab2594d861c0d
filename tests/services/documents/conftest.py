"""A server with scripted replies, and small real documents."""

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.projects.project import Project
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
            import asyncio

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


@pytest.fixture
def answering() -> Iterator[Serve]:
    """Serves a function; gives the server and what to pass as model."""
    import contextlib

    with contextlib.ExitStack() as stack:

        def start(answer: Answer) -> tuple[AnswerServer, str]:
            server = AnswerServer(answer)
            url = stack.enter_context(serving(server.app()))
            return server, f"{url}/v1#odd"

        yield start


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "我的 project")


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """A Markdown guide of three sections."""
    path = tmp_path / "harbour guide.md"
    sections = [
        f"## Rule {n}\n\nBoats of kind {n} wait at buoy {n}. They leave when the lamp {n} is green.\n"
        for n in (1, 2, 3)
    ]
    path.write_text("# Harbour\n\n" + "\n".join(sections), encoding="utf-8")
    return path
