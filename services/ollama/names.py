"""Names of models in Ollama: what it takes, and a slug of what a person calls theirs."""

import re
import unicodedata

_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}")


def valid(name: str) -> bool:
    """Whether Ollama takes a name: `model`, `model:tag`, `namespace/model` or `host/namespace/model[:tag]`."""
    path, separator, tag = name.rpartition(":")
    if not separator or "/" in tag:
        path, tag = name, "latest"
    parts = path.split("/")
    return len(parts) <= 3 and all(_PART.fullmatch(part) for part in [*parts, tag])


def full(name: str) -> str:
    """A name with its tag, as Ollama lists it: `mine` is `mine:latest`."""
    return name if ":" in name.rsplit("/", 1)[-1] else f"{name}:latest"


def slug(title: str) -> str:
    """A model name made of a person's words: small ASCII letters, digits and '-', at most 80. Never empty.

    Words in other scripts have no ASCII form; where nothing is left the name is `tuned`.
    """
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode("ascii").lower()
    made = re.sub(r"[^a-z0-9_.]+", "-", plain).strip("-.")[:80].rstrip("-.")
    return made or "tuned"
