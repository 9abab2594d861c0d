"""A segmented control: one of a few, all in sight. Left and right keys move the choice."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color, font
from desktop.widgets.text import Text, say


class Segmented(QWidget):
    """choices: (id, text) pairs. height in px: 28, or 32 and more at the top of a dialog."""

    changed = Signal(str)
    """The id that was chosen by the person."""

    def __init__(self, choices: Sequence[tuple[str, Text]], current: str = "", *, height: int = 28, name: Text = ""):
        super().__init__()
        self._choices = list(choices)
        self._current = current or self._choices[0][0]
        self._over = -1
        self._name = name
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.retranslate()

    def current(self) -> str:
        """The id of the choice."""
        return self._current

    def set_current(self, choice: str) -> None:
        """Choose without a signal. ValueError for unknown ids."""
        if choice not in [c for c, _ in self._choices]:
            raise ValueError(choice)
        self._current = choice
        self.update()

    def segment(self, choice: str) -> QRectF:
        """Where a choice is drawn."""
        index = [c for c, _ in self._choices].index(choice)
        return self._areas()[index]

    def retranslate(self) -> None:
        self.setAccessibleName(say(self._name) or " / ".join(say(t) for _, t in self._choices))
        self.updateGeometry()
        self.update()

    def restyle(self) -> None:
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(int(self._areas()[-1].right()) + 3, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("hover"))
        painter.drawRoundedRect(QRectF(self.rect()), 6, 6)
        painter.setFont(self._font())
        for index, ((choice, text), area) in enumerate(zip(self._choices, self._areas(), strict=True)):
            on = choice == self._current
            if on:
                painter.setPen(QPen(color("soft"), 1))
                painter.setBrush(color("raised"))
                painter.drawRoundedRect(area.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
            lit = on or index == self._over
            painter.setPen(color(("text" if lit else "text2") if self.isEnabled() else "disabled"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, say(text))
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._at(event)
        if over != self._over:
            self._over = over
            self.update()

    def leaveEvent(self, event: object) -> None:
        self._over = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event)
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self._choose(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        index = [c for c, _ in self._choices].index(self._current) + step
        if 0 <= index < len(self._choices):
            self._choose(index)

    def _choose(self, index: int) -> None:
        choice = self._choices[index][0]
        if choice != self._current:
            self._current = choice
            self.update()
            self.changed.emit(choice)

    def _font(self) -> QFont:
        return font("small_medium" if self.height() <= 28 else "medium")

    def _areas(self) -> list[QRectF]:
        metrics = QFontMetrics(self._font())
        left, areas = 2.0, []
        for _, text in self._choices:
            width = metrics.horizontalAdvance(say(text)) + 24 + (self.height() - 28) // 2
            areas.append(QRectF(left, 2, width, self.height() - 4))
            left += width
        return areas

    def _at(self, event: QMouseEvent) -> int:
        return next((i for i, area in enumerate(self._areas()) if area.contains(event.position())), -1)
