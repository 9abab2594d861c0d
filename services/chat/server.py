"""The one interface to everything that answers: our own engine, Ollama, and any OpenAI-compatible server."""

import threading
from collections.abc import Iterator
from typing import ClassVar, Protocol

from services.chat.messages import ChatDelta, ChatRequest
from services.registry import Registry


class ChatServer(Protocol):
    """A server that answers. A class of this shape in `services/chat/servers/` is a kind of server.

    title: N_-marked English name of the kind. default_url: its usual address. keyed: whether a key may be needed.
    A kind that is reached by address is made by `Kind(url, key)`.
    """

    title: ClassVar[str]
    default_url: ClassVar[str]
    keyed: ClassVar[bool]

    def models(self) -> list[str]:
        """Names of the models that it offers, in its own order. ChatError if it does not answer."""
        ...

    def stream(self, request: ChatRequest, cancel: threading.Event | None = None) -> Iterator[ChatDelta]:
        """The answer in pieces; the last one carries done_reason. Runs in the caller's thread, never the window's.

        Setting cancel ends it within about 0.1 s, closes the connection (so that the server stops too), and gives a
        last piece with done_reason 'cancelled'. ChatError for all that can go wrong, at any piece.
        """
        ...

    def close(self) -> None:
        """Let go of what the server object holds; the server itself runs on."""
        ...


servers: Registry[type[ChatServer]] = Registry("chat server")
"""Kinds of server by id. Import `services.chat.servers` to have all of them."""
