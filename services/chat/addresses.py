"""Addresses as people paste them, made into one form."""

import ipaddress
import re

import httpx

from services.chat.errors import ChatError
from services.i18n import N_

_TAILS = re.compile(r"/(chat/completions|completions|models|embeddings|responses)$")


def base_url(text: str) -> str:
    """The base URL of an OpenAI-compatible server, without a slash at the end.

    Takes `host:port`, `/v1`, `/v1/chat/completions` and the like. A missing scheme is https for public names and http
    for everything near; a missing path is /v1; 0.0.0.0 (an address to listen on) becomes 127.0.0.1.
    ChatError if it is no address.
    """
    cleaned = text.strip()
    if "://" not in cleaned:
        cleaned = f"{'http' if _near(cleaned) else 'https'}://{cleaned}"
    try:
        url = httpx.URL(cleaned)
    except httpx.InvalidURL as error:
        raise _no_address(text) from error
    if url.scheme not in ("http", "https") or not url.host or re.search(r"\s", cleaned):
        raise _no_address(text)
    if url.host in ("0.0.0.0", "::"):
        url = url.copy_with(host="127.0.0.1")
    path = _TAILS.sub("", url.path.rstrip("/")).rstrip("/")
    return str(url.copy_with(path=path or "/v1", query=None, fragment=None)).rstrip("/")


def _near(text: str) -> bool:
    host = re.split(r"[/?#]", text, maxsplit=1)[0]
    if re.search(r":\d+$", host) or "." not in host:
        return True
    try:
        return not ipaddress.ip_address(host.strip("[]")).is_global
    except ValueError:
        return host.endswith((".local", ".lan", ".home", ".internal"))


def _no_address(text: str) -> ChatError:
    return ChatError(
        N_("{text} is not the address of a server."),
        way_out=N_("An address looks like http://127.0.0.1:8080/v1."),
        text=text.strip() or '""',
    )
