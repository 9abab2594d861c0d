"""What a model folder says of itself in words: its licence. Read for showing, never judged."""

import itertools
from pathlib import Path
from typing import Any

from services.yaml import load_yaml

_HEAD_CHARS = 64_000
_LONGEST = 80  # characters of a licence's name


def licence_of(folder: Path) -> str:
    """The licence's name as the model card (README.md) has it, else the first line of LICENSE; "" if neither says."""
    card = _head(folder / "README.md")
    if card.startswith("---\n"):
        about = _front_matter(card)
        for key in ("license_name", "license"):
            if isinstance(about.get(key), str) and about[key] != "other":
                return str(about[key])[:_LONGEST]
    for path in sorted(itertools.chain(folder.glob("LICENSE*"), folder.glob("LICENCE*"))):
        for line in _head(path).splitlines():
            if line.strip():
                return line.strip()[:_LONGEST]
    return ""


def _front_matter(card: str) -> dict[str, Any]:
    try:
        data = load_yaml(card[4:].split("\n---", 1)[0])
    except ValueError:
        return {}
    return data if isinstance(data, dict) else {}


def _head(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.read(_HEAD_CHARS)
    except OSError:
        return ""
