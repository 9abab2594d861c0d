"""A word that something is under way: over a second it shows itself, with a bar that runs."""

from PySide6.QtCore import QRectF, QTimer
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from desktop.theme import color, radius
from desktop.widgets.boxes import Box
from desktop.widgets.text import IconLabel, Label, Text

_WAIT_MS = 600
_TICK_MS = 50


class _Runner(QWidget):
    """A short piece that runs along a track."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(120, 6)
        self._at = 0.0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._step)

    def go(self) -> None:
        self._timer.start(_TICK_MS)

    def stop(self) -> None:
        self._timer.stop()

    def _step(self) -> None:
        self._at = (self._at + 0.03) % 1.3
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color("hover"))
        painter.setBrush(color("hover"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setBrush(color("accent"))
        painter.setPen(color("accent"))
        left = (self._at - 0.3) * self.width()
        piece = QRectF(left, 0, 0.3 * self.width(), 6).intersected(QRectF(self.rect()))
        painter.drawRoundedRect(piece.adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.end()


class Working(Box):
    """Stands at the lower middle of the window until done() is called; only shows itself if that takes long."""

    def __init__(self, window: QWidget, text: Text) -> None:
        super().__init__("h", gap=10, margins=(14, 0, 16, 0), fill="raised", line="soft", corner=radius("card"))
        self.setParent(window)
        self._over = window
        self.setFixedHeight(40)
        self.add(IconLabel("hourglass", "accent"))
        self.label = Label(text)
        self.add(self.label)
        self._runner = _Runner()
        self.add(self._runner)
        self.hide()
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.timeout.connect(self._appear)
        self._wait.start(_WAIT_MS)

    def set_text(self, text: Text) -> None:
        """Say how far it is."""
        self.label.set_text(text)
        self.adjustSize()

    def done(self) -> None:
        """It is over."""
        self._wait.stop()
        self._runner.stop()
        self.hide()
        self.deleteLater()

    def _appear(self) -> None:
        window = self._over
        self.adjustSize()
        self.move((window.width() - self.width()) // 2, window.height() - self.height() - 84)
        self._runner.go()
        self.show()
        self.raise_()
