"""Fonts by role. Chinese puts its own family first, or quotes and dashes come out Latin and narrow."""

import sys

from PySide6.QtGui import QFont

from desktop.theme.state import theme
from desktop.theme.tokens import tokens

_cache: dict[tuple[str, str], QFont] = {}

_PLATFORM = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")


def font(role: str = "body") -> QFont:
    """A font by role: 'hero', 'title', 'heading', 'strong', 'medium', 'body', 'small', 'small_strong', 'mono' ...

    Figures are tabular, so that counters do not jitter and columns line up. A copy: the caller may change it.
    """
    key = (role, theme.language)
    if key not in _cache:
        _cache[key] = _make(role)
    return QFont(_cache[key])


def shared_font(role: str = "body") -> QFont:
    """The same, always the same object: for painting hundreds of cells. Not to be changed."""
    key = (role, theme.language)
    if key not in _cache:
        _cache[key] = _make(role)
    return _cache[key]


def mono_families() -> list[str]:
    """Families of fixed-width text, best first."""
    return list(tokens()["families"][_PLATFORM]["mono"])


def _make(role: str) -> QFont:
    entry = tokens()["type"][role]
    mono = role.startswith("mono")
    families = mono_families() if mono else list(tokens()["families"][_PLATFORM][theme.language])
    made = QFont(families)
    made.setPixelSize(int(entry["px"]))
    made.setWeight(QFont.Weight(int(entry["weight"])))
    if mono:
        made.setStyleHint(QFont.StyleHint.Monospace)
        made.setFixedPitch(True)
    else:
        made.setStyleHint(QFont.StyleHint.SansSerif)
    # vertical hinting makes 13 px Hanzi look bold; Latin is crisper with it
    made.setHintingPreference(
        QFont.HintingPreference.PreferNoHinting
        if theme.language == "zh"
        else QFont.HintingPreference.PreferVerticalHinting
    )
    made.setFeature(QFont.Tag("tnum"), 1)
    return made
