"""What can go wrong with Ollama, each in one sentence."""

import contextlib
from collections.abc import Iterator

import httpx

from services.errors import TunesmithError
from services.http import context_limit, server_words
from services.i18n import N_

DOWNLOAD_PAGE = "https://ollama.com/download"


class OllamaError(TunesmithError):
    """Something between us and an Ollama."""


class OllamaAbsentError(OllamaError):
    """No Ollama answers."""

    def __init__(self, url: str) -> None:
        super().__init__(
            N_("No Ollama answers at {url}."),
            way_out=N_("Start Ollama, or get it from {page}."),
            action="ollama.start",
            url=url,
            page=DOWNLOAD_PAGE,
        )


class OllamaTooOldError(OllamaError):
    """An Ollama that would prompt a tuned model wrongly. version, needed: as Ollama spells them."""

    def __init__(self, version: str, needed: str) -> None:
        super().__init__(
            N_("This Ollama is version {version}; deploying needs {needed} or newer."),
            way_out=N_("Update it from {page}; your models stay. Older versions do not use the model's own template."),
            version=version,
            needed=needed,
            page=DOWNLOAD_PAGE,
        )


class UnknownModelError(OllamaError):
    """A model that Ollama does not have."""

    def __init__(self, name: str) -> None:
        super().__init__(
            N_("Ollama has no model {name}."), way_out=N_("`tunesmith ollama list` shows those it has."), name=name
        )


class CancelledError(OllamaError):
    """The person stopped it."""

    def __init__(self) -> None:
        super().__init__(N_("Stopped. Ollama keeps what it already had."))


def bad_name(name: str) -> OllamaError:
    """A model name that Ollama does not take."""
    return OllamaError(
        N_("{name} cannot be the name of a model in Ollama."),
        way_out=N_("Use letters, digits, - _ and . ; at most 80 of them, the first a letter or digit."),
        name=name,
    )


def died(url: str) -> OllamaError:
    """The connection broke in the middle."""
    return OllamaError(
        N_("Ollama at {url} broke off in the middle."),
        way_out=N_("See that it still runs, then try again; what was deployed before is untouched."),
        url=url,
    )


def too_long(model: str, limit: str) -> OllamaError:
    """A prompt longer than the context."""
    return OllamaError(
        N_("This is longer than the {limit} tokens that {model} can take."),
        way_out=N_("Shorten it, or deploy with a larger num_ctx."),
        limit=limit,
        model=model,
    )


def disk_full(need_gib: float, free_gib: float) -> OllamaError:
    """Not enough room for the upload and Ollama's rewritten copy."""
    return OllamaError(
        N_("Ollama needs about {need_gib:.1f} GiB for this model; its drive has {free_gib:.1f} GiB free."),
        way_out=N_("Remove models you no longer use, or choose a smaller quantisation."),
        need_gib=need_gib,
        free_gib=free_gib,
    )


def said(message: str, name: str = "") -> OllamaError:
    """The sentence for an error of Ollama. message: its body, or the text of an `error` line."""
    if limit := context_limit(message):
        return too_long(name, limit)
    message = server_words(message)
    if message == "invalid model name":
        return bad_name(name)
    if "no space left" in message or "not enough space" in message:
        return OllamaError(
            N_("Ollama's drive is full."),
            way_out=N_("Remove models you no longer use, or move OLLAMA_MODELS to a larger drive."),
        )
    if "server busy" in message:
        return OllamaError(
            N_("Ollama has too much to do at the moment."), way_out=N_("Wait for its other answers, then try again.")
        )
    return OllamaError(
        N_("Ollama refused: {reason}"),
        way_out=N_("Change what it complains about and try again; nothing of yours is lost."),
        reason=message,
    )


def raise_for(response: httpx.Response, name: str = "") -> None:
    """OllamaError if an answer is an error. Reads the body."""
    if response.is_success:
        return
    message = response.read().decode("utf-8", "replace")
    if response.status_code == 404 and "not found" in message and name:
        raise UnknownModelError(name)
    if response.status_code == 403 and not message:  # its check of the Host header says nothing at all
        message = "403"
    raise said(message or f"HTTP {response.status_code}", name)


@contextlib.contextmanager
def as_ollama_errors(url: str) -> Iterator[None]:
    """Turn httpx's transport errors into ours."""
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
        raise OllamaAbsentError(url) from error
    except httpx.TransportError as error:
        raise died(url) from error
