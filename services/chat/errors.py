"""What can go wrong between the person and a chat server, each in one sentence."""

import contextlib
from collections.abc import Iterator

import httpx

from services.errors import TunesmithError
from services.http import context_limit, server_words
from services.i18n import N_


class ChatError(TunesmithError):
    """A chat server that cannot be reached, refuses, or breaks off. What had come of the answer stays."""


class PassingError(ChatError):
    """One that may pass by itself: a busy server, a broken connection. Who works through many questions asks again."""


def nothing_answers(url: str) -> ChatError:
    """No connection to the server."""
    return PassingError(
        N_("Nothing answers at {url}."), way_out=N_("Start that server, or correct its address."), url=url
    )


def broke_off(url: str) -> ChatError:
    """The stream ended before the answer did."""
    return PassingError(
        N_("{url} broke off in the middle of its answer."),
        way_out=N_("What had come is kept. Ask again; if it happens again, look at that server's log."),
        url=url,
    )


def not_understood(url: str, reason: str) -> ChatError:
    """The server answered something that no such server says."""
    return ChatError(
        N_("{url} did not answer as a chat server does: {reason}"),
        way_out=N_("Check the address; it should be that of an OpenAI-compatible server or of Ollama."),
        url=url,
        reason=reason,
    )


def refused(url: str, model: str, status: int, body: str) -> ChatError:
    """The sentence for an HTTP error. status: 0 for an error inside a stream. body: what the server said."""
    reason = server_words(body)
    if too_long := context_limit(body):
        return ChatError(
            N_("This conversation is longer than the {limit} tokens that {model} can take."),
            way_out=N_("Start a new chat, or give the model a larger context."),
            limit=too_long,
            model=model,
        )
    if status == 401 or (status == 403 and reason):
        return ChatError(
            N_("{url} wants another key."), way_out=N_("Enter the server's key under Connections."), url=url
        )
    if status == 403:
        return ChatError(
            N_("{url} refuses requests under this address."),
            way_out=N_("Use the address that the server itself listens on, such as 127.0.0.1."),
            url=url,
        )
    if status == 404:
        return ChatError(
            N_("{url} has no model {model}."),
            way_out=N_("Choose one of the models that it lists."),
            url=url,
            model=model,
        )
    if status in (429, 503):
        return PassingError(
            N_("{url} has too much to do at the moment: {reason}"),
            way_out=N_("Try again in a while."),
            url=url,
            reason=reason or str(status),
        )
    return ChatError(
        N_("{url} refused the request: {reason}"),
        way_out=N_("Change what it complains about and try again."),
        url=url,
        reason=reason or f"HTTP {status}",
    )


def unreachable(url: str, cause: BaseException | None) -> ChatError:
    """The sentence for a transport error: no connection at all, or one that broke."""
    if cause is None or isinstance(cause, (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol)):
        return nothing_answers(url)
    return broke_off(url)


@contextlib.contextmanager
def as_chat_errors(url: str) -> Iterator[None]:
    """Turn httpx's transport errors into ours."""
    try:
        yield
    except httpx.TransportError as error:
        raise unreachable(url, error) from error
