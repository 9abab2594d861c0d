"""HTTP connections that a person can cut: one way to reach model servers, from chat, upload and deployment.

A model server may think for minutes before its first byte, so nothing here has a read time-out; Stop closes the
socket instead, at whatever point the request is.
"""

import contextlib
import ipaddress
import json
import re
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx

CONNECT_TIMEOUT_S = 3.0
_POLL_S = 0.05


def is_loopback(url: str) -> bool:
    """Whether a URL names this machine: localhost, 127.x.x.x or ::1."""
    host = httpx.URL(url).host
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Connection:
    """An httpx client whose sockets can be cut from another thread.

    url: base of all requests. On loopback the system's proxy settings are not looked at: a proxy would get in between.
    read_timeout_s None: wait for ever (and be cut by `cut_when`).
    """

    def __init__(self, url: str, *, headers: dict[str, str] | None = None, read_timeout_s: float | None = None) -> None:
        self._sockets: list[socket.socket] = []
        self.client = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(read_timeout_s, connect=CONNECT_TIMEOUT_S),
            trust_env=not is_loopback(url),
            follow_redirects=True,
            event_hooks={"request": [self._watch]},
        )

    def _watch(self, request: httpx.Request) -> None:
        request.extensions["trace"] = self._trace

    def _trace(self, name: str, info: dict[str, Any]) -> None:
        if name in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            found = info["return_value"].get_extra_info("socket")
            if found is not None:
                self._sockets.append(found)

    def cut(self) -> None:
        """Break every open connection now. A thread that is reading from one gets an httpx.TransportError."""
        for open_socket in list(self._sockets):
            with contextlib.suppress(OSError):  # already closed
                open_socket.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def cut_when(self, cancel: threading.Event | None) -> Iterator[None]:
        """For the block, cut the connections within about 0.05 s of cancel being set."""
        if cancel is None:
            yield
            return
        done = threading.Event()

        def watch() -> None:
            while not done.wait(_POLL_S):
                if cancel.is_set():  # again and again: the connection may only now be coming up
                    self.cut()

        watcher = threading.Thread(target=watch, name="cut-when", daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()

    def close(self) -> None:
        """Close the client and its sockets."""
        self.client.close()
        self._sockets.clear()

    def __enter__(self) -> "Connection":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def server_words(body: str) -> str:
    """The server's own words, out of whatever it wrapped them in (Ollama puts JSON inside JSON)."""
    text = body.strip()
    for _ in range(4):
        try:
            inner: Any = json.loads(text)
        except ValueError:
            break
        while isinstance(inner, dict):
            inner = inner.get("error", inner.get("message", inner.get("detail", "")))
        if not isinstance(inner, str):
            return ""
        text = inner
    return text[:500]


def context_limit(body: str) -> str:
    """The context size if the server says that the request exceeds it, else ''."""
    if not re.search(r"exceed\w*[ _](the )?(available )?context|maximum context length|context_length_exceeded", body):
        return ""
    for pattern in (r"n_ctx\W+(\d+)", r"context size \((\d+)", r"context length is (\d+)", r"context of (\d+)"):
        if found := re.search(pattern, body):
            return found[1]
    return "?"
