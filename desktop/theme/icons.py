"""Icons: the Phosphor set that qtawesome carries, tinted by a colour role.

Importing qtawesome loads its eleven fonts and costs a quarter of the start-up time; only one of them is drawn here, so
its font file and character map are read directly, at the first icon.
"""

import functools
import importlib.util
import json
import math
from pathlib import Path

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPixmap

from desktop.theme.state import color, theme

_ICON_SIZES = (16, 20)  # px; others are scaled from these, or drawn by `pixmap`
_pixmaps: dict[tuple[str, str, int, float], QPixmap] = {}
_icons: dict[tuple[str, str, str], QIcon] = {}


def pixmap(name: str, role: str = "text2", px: int = 16) -> QPixmap:
    """The glyph NAME (Phosphor name, without prefix) of px by px, sharp on the densest screen. KeyError if unknown."""
    app = QGuiApplication.instance()
    ratio = max(1.0, app.devicePixelRatio()) if isinstance(app, QGuiApplication) else 1.0
    name = name.removeprefix("ph.")
    key = (name, color(role).name(), px, ratio)
    if key not in _pixmaps:
        _pixmaps[key] = _draw(name, role, px, ratio)
    return _pixmaps[key]


def icon(name: str, role: str = "text2") -> QIcon:
    """An icon for buttons, actions and models, its disabled look included. Renew it in `restyle()`."""
    key = (name, role, theme.mode)
    if key not in _icons:
        made = QIcon()
        for px in _ICON_SIZES:
            made.addPixmap(pixmap(name, role, px))
            made.addPixmap(pixmap(name, "disabled", px), QIcon.Mode.Disabled)
        _icons[key] = made
    return _icons[key]


def known(name: str) -> bool:
    """Whether the family has an icon of that name."""
    return name in _charmap()


def _draw(name: str, role: str, px: int, ratio: float) -> QPixmap:
    glyph, family = _charmap()[name], _family()
    out = QPixmap(math.ceil(px * ratio), math.ceil(px * ratio))
    out.setDevicePixelRatio(ratio)
    out.fill(Qt.GlobalColor.transparent)
    painter = QPainter(out)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setRenderHint(QPainter.RenderHint.TextAntialiasing)
    face = QFont(family)
    face.setPixelSize(px)
    face.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    painter.setFont(face)
    painter.setPen(color(role))
    painter.drawText(QRectF(0, 0, px, px), Qt.AlignmentFlag.AlignCenter, glyph)
    painter.end()
    return out


@functools.cache
def _folder() -> Path:
    spec = importlib.util.find_spec("qtawesome")
    if spec is None or spec.origin is None:
        raise FileNotFoundError("qtawesome is not installed")
    return Path(spec.origin).parent / "fonts"


@functools.cache
def _family() -> str:
    path = next(_folder().glob("phosphor-[0-9]*.ttf"))
    number = QFontDatabase.addApplicationFontFromData(path.read_bytes())
    return QFontDatabase.applicationFontFamilies(number)[0]


@functools.cache
def _charmap() -> dict[str, str]:
    path = next(_folder().glob("phosphor-charmap-*.json"))
    return {name: chr(int(code, 16)) for name, code in json.loads(path.read_text(encoding="utf-8")).items()}
