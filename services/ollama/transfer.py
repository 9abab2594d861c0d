"""Sending a model to Ollama: blobs, create, pull. Ollama gets files over HTTP only; we never write into its folder."""

import hashlib
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from services.i18n import N_
from services.ollama.client import OllamaClient
from services.ollama.errors import CancelledError, OllamaError, as_ollama_errors, bad_name, died, raise_for
from services.ollama.names import valid

Progress = Callable[[int, int], None]
"""Called with bytes done and bytes in all."""

_CHUNK = 1 << 20  # bytes


class TemplateReplacedError(OllamaError):
    """Ollama put one of its own templates in the place of the model's. line: its own words."""

    def __init__(self, line: str) -> None:
        super().__init__(
            N_("Ollama put a template of its own in the place of the trained one ({line})."),
            way_out=N_("Export the model again: its template needs the comment that keeps Ollama from doing so."),
            line=line,
        )


def sha256_of(path: Path, progress: Progress | None = None, cancel: threading.Event | None = None) -> str:
    """Digest of a file as Ollama spells it, 'sha256:HEX'. Reads the file once."""
    digest, total, done = hashlib.sha256(), path.stat().st_size, 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if cancel is not None and cancel.is_set():
                raise CancelledError
            digest.update(chunk)
            done += len(chunk)
            if progress:
                progress(done, total)
    return f"sha256:{digest.hexdigest()}"


def has_blob(client: OllamaClient, digest: str) -> bool:
    """Whether Ollama already has a file of that digest."""
    with client.connect() as connection, as_ollama_errors(client.url):
        return connection.client.head(f"/api/blobs/{digest}").status_code == 200


def upload(
    client: OllamaClient,
    path: Path,
    digest: str = "",
    *,
    progress: Progress | None = None,
    cancel: threading.Event | None = None,
) -> str:
    """Send a file, unless Ollama has it already. Returns its digest, which need not be worked out if it is given.

    There is no resume: a broken upload starts at its beginning. CancelledError when cancel was set; OllamaError if
    Ollama dies, its drive is full, or the file is not what its digest says.
    """
    digest = digest or sha256_of(path, cancel=cancel)
    total = path.stat().st_size
    if has_blob(client, digest):
        if progress:
            progress(total, total)
        return digest
    try:
        with (
            client.connect() as connection,
            connection.cut_when(cancel),
            as_ollama_errors(client.url),
            path.open("rb") as file,
        ):
            response = connection.client.post(
                f"/api/blobs/{digest}",
                content=_read(file, total, progress),
                headers={"Content-Length": str(total), "Content-Type": "application/octet-stream"},
            )
            raise_for(response)
    except OllamaError as error:
        if cancel is not None and cancel.is_set():
            raise CancelledError from error
        raise
    return digest


def _read(file: Any, total: int, progress: Progress | None) -> Iterator[bytes]:
    done = 0
    while chunk := file.read(_CHUNK):
        yield chunk
        done += len(chunk)
        if progress:
            progress(done, total)


def create(
    client: OllamaClient,
    model: str,
    *,
    files: Mapping[str, str] | None = None,
    base: str = "",
    adapters: Mapping[str, str] | None = None,
    parameters: Mapping[str, Any] | None = None,
    system: str = "",
    on_status: Callable[[str], None] | None = None,
    cancel: threading.Event | None = None,
) -> list[str]:
    """Make a model of blobs (files: name -> digest) or of another model (base). Returns its status lines.

    Done means that the line 'success' came; anything else is an OllamaError. TemplateReplacedError if Ollama chose a
    template of its own: the model exists then, under this name, and is not to be used. No template is ever sent: the
    GGUF carries it. Overwrites a model of the same name.
    """
    if not valid(model):
        raise bad_name(model)
    body: dict[str, Any] = {"model": model, "stream": True}
    body |= {k: dict(v) for k, v in (("files", files), ("adapters", adapters), ("parameters", parameters)) if v}
    body |= {k: v for k, v in (("from", base), ("system", system)) if v}
    seen: list[str] = []
    try:
        for line in client.lines("POST", "/api/create", body, cancel, name=model):
            status = str(line.get("status", ""))
            seen.append(status)
            if on_status:
                on_status(status)
    except OllamaError as error:
        if cancel is not None and cancel.is_set():
            raise CancelledError from error
        raise
    if not seen or seen[-1] != "success":
        if cancel is not None and cancel.is_set():
            raise CancelledError
        raise died(client.url)
    if replaced := [line for line in seen if "autodetected" in line]:
        raise TemplateReplacedError(replaced[0])
    return seen


def pull(
    client: OllamaClient, model: str, *, progress: Progress | None = None, cancel: threading.Event | None = None
) -> None:
    """Fetch a model from Ollama's library. progress gets bytes of the layer at work."""
    done = False
    try:
        for line in client.lines("POST", "/api/pull", {"model": model, "stream": True}, cancel, name=model):
            done = line.get("status") == "success"
            if progress and "total" in line:
                progress(int(line.get("completed", 0)), int(line["total"]))
    except OllamaError as error:
        if cancel is not None and cancel.is_set():
            raise CancelledError from error
        raise
    if not done:
        raise died(client.url)


def disk_needed(size_bytes: int) -> int:
    """Bytes that a GGUF of that size takes on Ollama's drive while it is created: the upload and a rewritten copy."""
    return 2 * size_bytes + (64 << 20)
