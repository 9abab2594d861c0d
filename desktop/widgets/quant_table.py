"""The sizes a model can be brought out in: one is chosen, one is recommended."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.controllers.export import BEST_VALUE, QuantRow
from desktop.theme import color, font, pixmap, size
from desktop.widgets.chip import chip_width, paint_chip
from services.i18n import tr

_HEAD_PX = 32
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


def size_text(size_bytes: float) -> str:
    """'1.65 GB', '105 MB'."""
    if size_bytes < 1e9:
        return f"{size_bytes / 1e6:,.0f} MB"
    return f"{size_bytes / 1e9:,.2f} GB" if size_bytes < 1e10 else f"{size_bytes / 1e9:,.0f} GB"


class QuantTable(QWidget):
    """Rows with a radio mark each; up and down move the choice."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[QuantRow] = []
        self._current = BEST_VALUE
        self._over = -1
        self._compact = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_rows(self, rows: list[QuantRow]) -> None:
        """Offer these."""
        self._rows = rows
        self.updateGeometry()
        self._tell()

    def current(self) -> str:
        """The chosen size."""
        return self._current

    def choose(self, quant: str) -> None:
        """Choose a size."""
        if quant != self._current and (not self._rows or any(r.quant == quant for r in self._rows)):
            self._current = quant
            self._tell()
            self.chosen.emit(quant)

    def set_compact(self, compact: bool) -> None:
        """Show the chosen row alone, until it is clicked."""
        if compact != self._compact:
            self._compact = compact
            self.updateGeometry()
            self.update()

    def _shown(self) -> list[QuantRow]:
        return [r for r in self._rows if r.quant == self._current] if self._compact else self._rows

    def rows(self) -> list[QuantRow]:
        """What is offered."""
        return list(self._rows)

    def retranslate(self) -> None:
        self._tell()

    def _tell(self) -> None:
        row = next((r for r in self._rows if r.quant == self._current), None)
        size = f" · {size_text(row.size_bytes)}" if row is not None else ""
        self.setAccessibleName(tr("Size: {name}", name=self._current) + size)
        self.update()

    def area(self, quant: str) -> QRectF:
        """Where a row is drawn."""
        index = [r.quant for r in self._shown()].index(quant)
        return QRectF(0, _HEAD_PX + index * size("quant_row"), self.width(), size("quant_row"))

    def sizeHint(self) -> QSize:
        return QSize(480, _HEAD_PX + size("quant_row") * max(1, len(self._shown())))

    def minimumSizeHint(self) -> QSize:
        return QSize(360, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font("small"))
        painter.setPen(color("text2"))
        width = self.width()
        painter.drawText(QRectF(36, 0, 80, _HEAD_PX), _LEFT, tr("Size"))
        painter.drawText(QRectF(110, 0, 100, _HEAD_PX), _RIGHT, tr("On disk"))
        painter.drawText(QRectF(232, 0, width, _HEAD_PX), _LEFT, tr("While it answers"))
        painter.fillRect(QRectF(0, _HEAD_PX - 1, width, 1), color("hair"))
        for index, row in enumerate(self._shown()):
            self._paint_row(painter, index, row)
        painter.end()

    def _paint_row(self, painter: QPainter, index: int, row: QuantRow) -> None:
        area, on = self.area(row.quant), row.quant == self._current
        able = self.isEnabled()
        if on or (index == self._over and able):
            painter.fillRect(area, color("tint2" if on else "hover"))
        middle = area.center().y()
        painter.setPen(QPen(color(("accent" if able else "text3") if on else "edge"), 1.5))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(9, middle - 7.5, 15, 15))
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("accent" if able else "text3"))
            painter.drawEllipse(QRectF(12.5, middle - 4, 8, 8))
        painter.setFont(font("strong" if on else "body"))
        painter.setPen(color("text" if able or on else "text3"))
        painter.drawText(QRectF(36, area.top(), 90, area.height()), _LEFT, row.quant)
        painter.setFont(font("body"))
        painter.drawText(QRectF(110, area.top(), 100, area.height()), _RIGHT, size_text(row.size_bytes))
        left = 232.0
        if row.fits is not None:
            mark, role = ("check", "text2") if row.fits else ("warning", "warn")
            painter.drawPixmap(int(left), int(middle - 8), pixmap(mark, role, 16))
            left += 24
        painter.setPen(color("text2"))
        painter.drawText(QRectF(left, area.top(), 120, area.height()), _LEFT, size_text(row.card_bytes))
        if row.quant == BEST_VALUE:
            words = tr("Best value")
            wide = chip_width(words)
            paint_chip(painter, QRectF(area.right() - wide - 8, middle - 10, wide, 20), words, "tint")

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._over = self._at(event.position().y())
        self.update()

    def leaveEvent(self, event: object) -> None:
        self._over = -1
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._at(event.position().y())
        if self._compact:
            self.set_compact(False)
        elif 0 <= index < len(self._rows) and self.isEnabled():
            self.choose(self._rows[index].quant)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        index = [r.quant for r in self._rows].index(self._current) + step
        if 0 <= index < len(self._rows):
            self.choose(self._rows[index].quant)

    def _at(self, y: float) -> int:
        return int((y - _HEAD_PX) // size("quant_row")) if y >= _HEAD_PX else -1
