"""Chips: a word on a small ground. Shape or icon tells as much as the colour does."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color, font, pixmap, radius, size
from desktop.widgets.text import Text, say

_LOOK = {  # kind: fill, edge, ink
    "neutral": ("hover", "", "text2"),
    "tint": ("tint", "", "on_tint"),
    "outline": ("", "edge", "text2"),
    "dash": ("", "edge", "text3"),
    "warn": ("warn_tint", "", "warn"),
    "err": ("err_tint", "", "err"),
    "ok": ("", "", "ok"),
    "solid": ("accent", "", "on_accent"),
}


def chip_width(words: str, icon: str = "") -> int:
    """Width in px of a chip."""
    return QFontMetrics(font("small_medium")).horizontalAdvance(words) + 16 + (16 if icon else 0)


def paint_chip(painter: QPainter, area: QRectF, words: str, kind: str = "neutral", icon: str = "") -> None:
    """Draw a chip, for delegates and headers. kind: neutral, tint, outline, dash, warn, err, ok, solid."""
    fill, edge, ink = _LOOK[kind]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(color(fill) if fill else Qt.BrushStyle.NoBrush)
    if edge:
        pen = QPen(color(edge), 1)
        if kind == "dash":
            pen.setDashPattern([2, 2])
        painter.setPen(pen)
    else:
        painter.setPen(Qt.PenStyle.NoPen)
    painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), radius("chip"), radius("chip"))
    left = area.x() + 8
    if icon:
        painter.drawPixmap(QPointF(left - 2, area.y() + (area.height() - 14) / 2), pixmap(icon, ink, 14))
        left += 16
    painter.setPen(color(ink))
    painter.setFont(font("small_medium"))
    painter.drawText(QRectF(left, area.y(), area.width(), area.height()), Qt.AlignmentFlag.AlignVCenter, words)
    painter.restore()


class Chip(QWidget):
    """A chip that stands by itself."""

    def __init__(self, text: Text, kind: str = "neutral", icon: str = "") -> None:
        super().__init__()
        self._text, self._kind, self._icon, self._words = text, kind, icon, ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.retranslate()

    def set(self, text: Text, kind: str = "neutral", icon: str = "") -> None:
        """Say something else."""
        self._text, self._kind, self._icon = text, kind, icon
        self.retranslate()

    def text(self) -> str:
        """The words shown."""
        return self._words

    def retranslate(self) -> None:
        self._words = say(self._text)
        self.setAccessibleName(self._words)
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(chip_width(self._words, self._icon), size("chip"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_chip(painter, QRectF(self.rect()), self._words, self._kind, self._icon)
        painter.end()
