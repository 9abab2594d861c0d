"""The ring around what has the focus, when it came there by the keyboard: 2 px, 2 px away. Inputs show theirs in their
own edge (desktop.theme.style)."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QFocusFrame,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)

from desktop.theme import color, radius

_OWN = (QLineEdit, QAbstractSpinBox, QComboBox, QPlainTextEdit, QTextEdit, QAbstractItemView)
_DISTANCE = 4  # px from the widget's edge to the outside of the ring


class FocusRing(QFocusFrame):
    """One an application; follows the focus."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        app.focusChanged.connect(self._moved)

    def paintEvent(self, event: QPaintEvent) -> None:
        target = self.widget()
        if target is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("accent"), 2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        corner = radius("control") + 2
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), corner, corner)
        painter.end()

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        wanted = (
            new
            if new is not None
            and not isinstance(new, _OWN)
            and new.window().testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
            and new.window() is not new
            else None
        )
        if wanted is not self.widget():
            self.setWidget(wanted)  # type: ignore[arg-type]
