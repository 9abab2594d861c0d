"""Where Ollama listens: OLLAMA_HOST in all its spellings."""

import os
import re

DEFAULT_PORT = 11434


def ollama_url(host: str | None = None) -> str:
    """The base URL of an Ollama, without a slash at the end.

    host: as OLLAMA_HOST may be spelt; None reads OLLAMA_HOST, '' is the default. An address to listen on (0.0.0.0, ::)
    becomes loopback. A bare host gets port 11434, `http://host` 80 and `https://host` 443, as Ollama itself reads it.
    """
    text = (os.environ.get("OLLAMA_HOST", "") if host is None else host).strip().strip("\"'")
    scheme, separator, rest = text.partition("://")
    if not separator:
        scheme, rest = "http", text
    default_port = {"http": 80, "https": 443}.get(scheme, DEFAULT_PORT) if separator else DEFAULT_PORT
    place, _, path = rest.partition("/")
    name, port = _split(place, default_port)
    if name in ("", "0.0.0.0", "[::]", "localhost"):
        name = "127.0.0.1"  # localhost may resolve to ::1 first, where Ollama does not listen
    path = path.strip("/")
    return f"{scheme}://{name}:{port}" + (f"/{path}" if path else "")


def _split(place: str, default_port: int) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d+))?", place)
    if not found:  # a bare IPv6 address
        return f"[{place}]" if place != "::" else "[::]", default_port
    port = int(found[2]) if found[2] and int(found[2]) <= 65535 else default_port
    return found[1], port
