"""A server that keeps Ollama's contract as recorded from the real one, without its weight.

It takes GGUF files by verified digest, creates models with Ollama's own status lines and errors, puts built-in
templates in the place of near ones as Ollama does, renders prompts with the GGUF's own Jinja, and answers by a
function of the test. Faults can be switched on: see `Faults`. `tests/services/ollama/test_contract.py` holds it to
the recordings. The endpoints lie in `ollama_api`.
"""

import contextlib
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from tests.helpers.ollama_api import make_app
from tests.helpers.ollama_models import Model


@dataclass
class Faults:
    """What shall go wrong. Each holds until it is switched off."""

    version: str = "0.32.15"
    create_without_success: bool = False
    create_dies: bool = False
    upload_disk_full: bool = False
    chat_dies_after: int = -1
    """Break the connection after so many pieces of an answer; -1: never."""
    chat_error_after: int = -1
    """Say an error in mid-stream after so many pieces."""
    busy: bool = False
    render_differently: Callable[[str], str] | None = None
    show_template: str | None = None
    piece_delay_s: float = 0.0
    first_piece_delay_s: float = 0.0


@dataclass
class Contract:
    """A running contract server. url: its address. answer: (rendered prompt, messages) -> text."""

    root: Path
    url: str = ""
    faults: Faults = field(default_factory=Faults)
    answer: Callable[[str, list[dict[str, Any]]], str] = lambda prompt, messages: (
        messages[-1]["content"] if messages else ""
    )
    models: dict[str, Model] = field(default_factory=dict)
    layers: set[str] = field(default_factory=set)
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    cut_off: threading.Event = field(default_factory=threading.Event)
    """Set when a client left in the middle of a streamed answer."""
    loaded: dict[str, int] = field(default_factory=dict)

    def blob(self, digest: str) -> Path:
        return self.root / "blobs" / digest.replace(":", "-")


@contextlib.contextmanager
def ollama_contract(**changes: Any) -> Iterator[Contract]:
    """A contract server on a free port of loopback for the block."""
    with tempfile.TemporaryDirectory(prefix="contract-") as folder:
        contract = Contract(Path(folder), **changes)
        (contract.root / "blobs").mkdir()
        with serving(make_app(contract)) as url:
            contract.url = url
            yield contract


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """Serve an ASGI app in a thread; gives its URL."""
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="off", ws="none")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > until or not thread.is_alive():
            raise RuntimeError("the test server did not start")
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
