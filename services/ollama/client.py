"""The Ollama of this machine (or another): what it has, what it says, what it answers.

On httpx, like the `ollama` package, whose client lacks the version, the blob check, upload progress, cancelling and
the rendered prompt, and sends OLLAMA_API_KEY to whatever host it is pointed at. Sending models lies in `transfer`.
"""

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import httpx

from services.http import Connection
from services.ollama.address import ollama_url
from services.ollama.errors import (
    OllamaAbsentError,
    OllamaError,
    OllamaTooOldError,
    UnknownModelError,
    as_ollama_errors,
    died,
    raise_for,
    said,
)
from services.ollama.names import full

NEEDED_VERSION = "0.30.0"
"""From here on a model without a TEMPLATE is prompted with the GGUF's own Jinja template."""


class OllamaClient:
    """One Ollama. host: as OLLAMA_HOST may be spelt; None reads OLLAMA_HOST. key: for a reverse proxy before it."""

    def __init__(self, host: str | None = None, *, key: str = "") -> None:
        self.url = ollama_url(host)
        self._headers = {"Authorization": f"Bearer {key}"} if key else None
        self._connection = self.connect()

    def connect(self) -> Connection:
        """A connection of its own, for a request that may be cut."""
        return Connection(self.url, headers=self._headers)

    def close(self) -> None:
        """Close the connections."""
        self._connection.close()

    def __enter__(self) -> "OllamaClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def version(self) -> str:
        """Its version, such as '0.32.15'. OllamaAbsentError if nothing (or something else) answers."""
        with as_ollama_errors(self.url):
            response = self._connection.client.get("/api/version", timeout=httpx.Timeout(10.0, connect=3.0))
        try:
            return str(response.json()["version"])
        except (ValueError, KeyError, TypeError) as error:
            raise OllamaAbsentError(self.url) from error

    def require(self, needed: str = NEEDED_VERSION) -> str:
        """Its version, if new enough; else OllamaTooOldError. '0.0.0' (built from source) is unknown, not old."""
        version = self.version()
        numbers = _numbers(version)
        if numbers != (0, 0, 0) and numbers < _numbers(needed):
            raise OllamaTooOldError(version, needed)
        return version

    def models(self) -> list[dict[str, Any]]:
        """Its models, newest first: name, size (bytes), digest, modified_at, details, capabilities."""
        return list(self.ask("GET", "/api/tags")["models"] or [])

    def has(self, name: str) -> bool:
        """Whether it has a model of that name."""
        return full(name) in {m["name"] for m in self.models()}

    def running(self) -> list[dict[str, Any]]:
        """Models in memory: name, size, size_vram, context_length (what was really allocated), expires_at."""
        return list(self.ask("GET", "/api/ps")["models"] or [])

    def show(self, name: str) -> dict[str, Any]:
        """All about a model: template, parameters, details, model_info, capabilities. UnknownModelError if none."""
        return self.ask("POST", "/api/show", {"model": name}, name=name)

    def copy(self, source: str, destination: str) -> None:
        """Give a model a second name. An existing destination is overwritten."""
        self.ask("POST", "/api/copy", {"source": source, "destination": destination}, name=source)

    def delete(self, name: str) -> None:
        """Remove a model. UnknownModelError if there is none."""
        self.ask("DELETE", "/api/delete", {"model": name}, name=name)

    def unload(self, name: str) -> None:
        """Take a model out of memory."""
        self.ask("POST", "/api/generate", {"model": name, "keep_alive": 0, "stream": False}, name=name)

    def render(self, name: str, messages: Sequence[Mapping[str, Any]], *, think: bool | None = None) -> str:
        """The prompt that Ollama would make of messages, without generating. Loads the model."""
        body: dict[str, Any] = {
            "model": name,
            "messages": list(messages),
            "stream": False,
            "_debug_render_only": True,
        }
        if think is not None:
            body["think"] = think
        answer = self.ask("POST", "/api/chat", body, name=name)
        try:
            return str(answer["_debug_info"]["rendered_template"])
        except (KeyError, TypeError) as error:
            raise said("it does not tell the rendered prompt") from error

    def generate_raw(self, name: str, prompt: str, **options: Any) -> dict[str, Any]:
        """Continue a prompt as it stands, no template around it: response, done_reason, counts."""
        body = {"model": name, "prompt": prompt, "raw": True, "stream": False, "options": options}
        return self.ask("POST", "/api/generate", body, name=name)

    def chat(self, body: Mapping[str, Any], cancel: threading.Event | None = None) -> Iterator[dict[str, Any]]:
        """Lines of `/api/chat` as they come; the last has done true. body: model, messages, options, think, ...

        OllamaError if it breaks off before that, or says an error in mid-stream. CancelledError is not raised: a set
        cancel simply ends the lines.
        """
        try:
            for line in self.lines("POST", "/api/chat", {**body, "stream": True}, cancel, name=str(body["model"])):
                yield line
                if line.get("done"):
                    return
        except OllamaError:
            if cancel is None or not cancel.is_set():
                raise
        if cancel is None or not cancel.is_set():
            raise died(self.url)

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, *, name: str = "") -> dict[str, Any]:
        """One request, one answer; {} for an empty one. name: the model meant, for error sentences."""
        with as_ollama_errors(self.url):
            response = self._connection.client.request(method, path, json=body)
        raise_for(response, name)
        if not response.content:
            return {}
        try:
            return dict(response.json())
        except (ValueError, TypeError) as error:
            raise OllamaAbsentError(self.url) from error  # some other program answers there

    def lines(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any],
        cancel: threading.Event | None = None,
        *,
        name: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Lines of a streamed answer, each an object, on a connection of its own. An `error` line is an OllamaError."""
        with (
            self.connect() as connection,
            connection.cut_when(cancel),
            as_ollama_errors(self.url),
            connection.client.stream(method, path, json=body) as response,
        ):
            raise_for(response, name)
            for text in response.iter_lines():
                if not text.strip():
                    continue
                try:
                    line = json.loads(text)
                except ValueError as error:
                    raise died(self.url) from error
                if "error" in line:
                    raise _stream_error(str(line["error"]), name)
                yield line


def _stream_error(message: str, name: str) -> OllamaError:
    return UnknownModelError(name) if name and message.endswith("not found") else said(message, name)


def _numbers(version: str) -> tuple[int, int, int]:
    found = re.match(r"v?(\d+)\.(\d+)(?:\.(\d+))?", version)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else (0, 0, 0)
