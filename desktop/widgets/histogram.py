"""Rows by length: bars, the cutoff as a line that can be dragged. Click a bar, or walk with keys and press Enter."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.models.curves import spacing, tick_text
from desktop.theme import color, font
from services.i18n import tr, trn

_LEFT, _BOTTOM, _TOP, _RIGHT = 52, 26, 22, 14
_GRAB_PX = 6


class Histogram(QWidget):
    """set_counts(counts (b,), edges (b + 1,)); bars beyond the cutoff are drawn in another colour and hatched."""

    bar_asked = Signal(int, int)
    """A bar was clicked: lengths from, to below."""
    cutoff_dragged = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._counts: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._edges: NDArray[np.int64] = np.zeros(1, dtype=np.int64)
        self._cutoff, self._log, self._current, self._dragging = 0, False, -1, False
        self.setMinimumHeight(180)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.retranslate()

    def set_counts(self, counts: NDArray[np.int64], edges: NDArray[np.int64]) -> None:
        """Show these bars."""
        self._counts, self._edges = counts, edges
        self._current = min(self._current, len(counts) - 1)
        self.retranslate()
        self.update()

    def set_cutoff(self, cutoff_len: int) -> None:
        """Draw the cutoff here."""
        self._cutoff = cutoff_len
        self.update()

    def set_log(self, on: bool) -> None:
        """Draw counts by their logarithm, so that a single long row is seen beside a million short ones."""
        self._log = on
        self.update()

    def bar(self, index: int) -> QRectF:
        """Where a bar is drawn."""
        low, high = self._x(float(self._edges[index])), self._x(float(self._edges[index + 1]))
        top = self._y(float(self._counts[index]))
        return QRectF(low, top, max(1.0, high - low - 1), self.height() - _BOTTOM - top)

    def cutoff_x(self) -> float:
        """Where the cutoff is drawn."""
        return self._x(float(self._cutoff))

    def words(self, index: int) -> str:
        """What a bar says."""
        low, high = int(self._edges[index]), int(self._edges[index + 1]) - 1
        rows = trn("{n} row", "{n} rows", int(self._counts[index]))
        return tr("{low} to {high} tokens: {rows}", low=f"{low:,}", high=f"{high:,}", rows=rows)

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Rows by their length in tokens"))
        if 0 <= self._current < len(self._counts):
            self.setAccessibleDescription(self.words(self._current))

    def sizeHint(self) -> QSize:
        return QSize(560, 300)

    # --- places ---------------------------------------------------------------------------------------------------

    def _x(self, length: float) -> float:
        top = max(1.0, float(self._edges[-1]))
        return _LEFT + min(1.0, length / top) * (self.width() - _LEFT - _RIGHT)

    def _length(self, x: float) -> int:
        top = max(1.0, float(self._edges[-1]))
        return round((x - _LEFT) / max(1, self.width() - _LEFT - _RIGHT) * top)

    def _y(self, count: float) -> float:
        high = max(1.0, float(self._counts.max(initial=1)))
        share = np.log1p(count) / np.log1p(high) if self._log else count / high
        return float(self.height() - _BOTTOM - share * (self.height() - _BOTTOM - _TOP))

    def _at(self, x: float) -> int:
        length = self._length(x)
        index = int(np.searchsorted(self._edges, length, side="right")) - 1
        return index if 0 <= index < len(self._counts) and x >= _LEFT else -1

    # --- painting -------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setFont(font("small"))
        self._paint_axes(painter)
        for index in range(len(self._counts)):
            if self._counts[index]:
                self._paint_bar(painter, index)
        if self.hasFocus() and 0 <= self._current < len(self._counts):
            painter.setPen(QPen(color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.bar(self._current).adjusted(-1, -2, 1, 0))
        if len(self._counts):
            self._paint_cutoff(painter)
        painter.end()

    def _paint_bar(self, painter: QPainter, index: int) -> None:
        area, lit = self.bar(index), index == self._current
        area.setTop(min(area.top(), area.bottom() - 2))  # one row of a million is still there
        painter.fillRect(area, color("accent" if lit else "m2"))
        beyond = QRectF(area)
        beyond.setLeft(max(area.left(), self.cutoff_x()))
        if beyond.width() > 0 and beyond.left() < area.right():
            painter.fillRect(beyond, color("err_tint"))
            brush = painter.brush()
            brush.setStyle(Qt.BrushStyle.BDiagPattern)
            brush.setColor(color("err"))
            painter.fillRect(beyond, brush)

    def _paint_axes(self, painter: QPainter) -> None:
        bottom, high = self.height() - _BOTTOM, float(self._counts.max(initial=1))
        ticks = [10.0**n for n in range(0, 8) if 10**n <= high] if self._log else _ticks(high, 4)
        for value in ticks:
            y = self._y(value)
            painter.fillRect(QRectF(_LEFT, y, self.width() - _LEFT - _RIGHT, 1), color("hair"))
            painter.setPen(color("text3"))
            painter.drawText(QRectF(0, y - 9, _LEFT - 8, 18), Qt.AlignmentFlag.AlignRight, tick_text(value, 1.0))
        painter.fillRect(QRectF(_LEFT, bottom, self.width() - _LEFT - _RIGHT, 1), color("soft"))
        painter.setPen(color("text3"))
        for value in _ticks(float(self._edges[-1]), max(2, self.width() // 110)):
            x = self._x(value)
            painter.drawText(QRectF(x - 40, bottom + 6, 80, 18), Qt.AlignmentFlag.AlignHCenter, tick_text(value, 1.0))

    def _paint_cutoff(self, painter: QPainter) -> None:
        x, face = self.cutoff_x(), font("small_medium")
        words = f"cutoff_len {self._cutoff:,}"
        wide = QFontMetricsF(face).horizontalAdvance(words)
        painter.setPen(QPen(color("warn"), 2 if self._dragging else 1.5))
        painter.drawLine(QPointF(x, _TOP - 2), QPointF(x, self.height() - _BOTTOM))
        painter.setFont(face)
        left = min(max(x - wide / 2, _LEFT), self.width() - wide - 4)
        painter.drawText(QPointF(left, _TOP - 8), words)

    # --- mouse and keys -------------------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if self._dragging:
            self.cutoff_dragged.emit(max(1, min(self._length(x), int(self._edges[-1]))))
            return
        near = abs(x - self.cutoff_x()) <= _GRAB_PX
        self._current = -1 if near else self._at(x)
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        x = event.position().x()
        if event.button() != Qt.MouseButton.LeftButton:
            return
        if abs(x - self.cutoff_x()) <= _GRAB_PX:
            self._dragging = True
            return
        self._ask(self._at(x))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragging = False
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        if not self.hasFocus():
            self._current = -1
            self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            index = self._at(event.pos().x())
            if index >= 0:
                QToolTip.showText(event.globalPos() + QPoint(8, 8), self.words(index), self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and len(self._counts):
            self._current = min(max(0, self._current + step), len(self._counts) - 1)
            self.retranslate()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._ask(self._current)
        else:
            super().keyPressEvent(event)

    def _ask(self, index: int) -> None:
        if 0 <= index < len(self._counts) and self._counts[index]:
            self.bar_asked.emit(int(self._edges[index]), int(self._edges[index + 1]))


def _ticks(high: float, count: int) -> list[float]:
    step = max(1.0, spacing(0.0, max(1.0, high), count))
    return [step * n for n in range(int(high / step) + 1)]
