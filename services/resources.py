"""Where the files that ship with the program are: the same answer from a checkout, a wheel and the installer."""

from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent / "resources"


def resource(*parts: str) -> Path:
    """Path of a shipped file below `resources/`. It need not exist."""
    return _ROOT.joinpath(*parts)
