"""Chats against scripted servers: what they send goes over a real wire."""

from collections.abc import Callable, Iterator

import pytest

from desktop.views.chat import ChatPage
from services.chat.endpoints import add_endpoint
from services.projects.project import Project
from tests.helpers.odd_servers import OddServer
from tests.helpers.ollama_contract import serving


@pytest.fixture(autouse=True)
def no_ollama(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody's real Ollama is asked."""
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")


@pytest.fixture
def serve() -> Iterator[Callable[..., OddServer]]:
    """Serve a script as the connection 'odd'; returns the server, which keeps what it was asked."""
    import contextlib

    with contextlib.ExitStack() as stack:

        def start(*script: object) -> OddServer:
            server = OddServer(*script)  # type: ignore[arg-type]
            add_endpoint("odd", stack.enter_context(serving(server.app())))
            return server

        yield start


@pytest.fixture
def open_chat(make_window, qtbot, project: Project) -> Callable[..., ChatPage]:
    """A window with a chat page: with the scripted server unless key says otherwise."""

    def start(key: str = "ask:odd:odd") -> ChatPage:
        window = make_window(project.folder)
        page = window.open_page("chat", key)
        qtbot.waitUntil(lambda: not page._looking, timeout=15_000)
        return page

    return start
