"""A switch: on or off, at once."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy

from desktop.theme import color
from desktop.widgets.text import Text, say


class Switch(QAbstractButton):
    """Emits `toggled(bool)` as every checkable button does. name: accessible name."""

    def __init__(self, on: bool = False, name: Text = "") -> None:
        super().__init__()
        self._name = name
        self.setCheckable(True)
        self.setChecked(on)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.retranslate()

    def retranslate(self) -> None:
        self.setAccessibleName(say(self._name))

    def sizeHint(self) -> QSize:
        return QSize(32, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on, able = self.isChecked(), self.isEnabled()
        edge = ("text2" if self.underMouse() else "edge") if able else "soft"
        ground = ("accent_hover" if self.underMouse() else "accent") if able else "disabled"
        painter.setPen(Qt.PenStyle.NoPen if on else QPen(color(edge), 1))
        painter.setBrush(color(ground) if on else color("page"))
        painter.drawRoundedRect(QRectF(0.5, 0.5, 31, 17), 8.5, 8.5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("on_accent") if on else color(edge))
        painter.drawEllipse(QRectF(17, 3, 12, 12) if on else QRectF(4, 3.5, 11, 11))
        painter.end()
