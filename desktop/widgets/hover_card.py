"""The card beside the hover line: what every curve says at that step."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from desktop.theme import color, font, radius

_ROW_PX = 22


@dataclass(frozen=True)
class Reading:
    """One row of the card. mark: 'line', 'thin', 'dash' or 'dot'."""

    colour: str
    name: str
    value: str
    mark: str = "line"


def paint_mark(painter: QPainter, area: QRectF, colour: str, mark: str) -> None:
    """Draw the sign of a curve: a line, a thin one, dashes or a diamond, in the middle of area."""
    ink = color(colour)
    middle = area.center().y()
    if mark == "dot":
        x = area.center().x()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        painter.drawPolygon(
            QPolygonF([QPointF(x, middle - 5), QPointF(x + 5, middle), QPointF(x, middle + 5), QPointF(x - 5, middle)])
        )
    elif mark == "dash":
        third = area.width() / 4
        for start in (0.0, 1.5 * third, 3 * third):
            painter.fillRect(QRectF(area.left() + start, middle - 1.25, third, 2.5), ink)
    else:
        height = 1.0 if mark == "thin" else 3.0
        painter.fillRect(QRectF(area.left(), middle - height / 2, area.width(), height), ink)


class CurveKey(QWidget):
    """The sign of a curve in a legend."""

    def __init__(self, colour: str, mark: str) -> None:
        super().__init__()
        self._look = (colour, mark)
        self.setFixedSize(20, 16)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_mark(painter, QRectF(self.rect()), *self._look)
        painter.end()


class HoverCard(QWidget):
    """Lies over a plot; takes no mouse."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._title = ""
        self._rows: list[Reading] = []
        self.hide()

    def show_at(self, x: float, title: str, rows: list[Reading]) -> None:
        """Show the card right of x (px in the parent), or left of it where there is no room."""
        self._title, self._rows = title, rows
        metrics = QFontMetrics(font("small"))
        names = max((metrics.horizontalAdvance(r.name) for r in rows), default=0)
        values = max((metrics.horizontalAdvance(r.value) for r in rows), default=0)
        width = max(34 + names + 20 + values + 12, 24 + QFontMetrics(font("small_strong")).horizontalAdvance(title))
        self.resize(int(width), 36 + _ROW_PX * len(rows) + 6)
        parent = self.parentWidget()
        room = parent.width() if parent is not None else 0
        left = x + 10 if x + 10 + width < room else x - 10 - width
        self.move(int(max(0, left)), 8)
        self.show()
        self.update()

    def readings(self) -> list[Reading]:
        """The rows shown."""
        return list(self._rows)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("soft"), 1))
        painter.setBrush(color("raised"))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius("control"), radius("control")
        )
        painter.setFont(font("small_strong"))
        painter.setPen(color("text"))
        painter.drawText(QRectF(12, 6, self.width() - 24, 24), Qt.AlignmentFlag.AlignVCenter, self._title)
        right = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        painter.setFont(font("small"))
        for index, reading in enumerate(self._rows):
            top = 32 + _ROW_PX * index
            paint_mark(painter, QRectF(12, top, 14, _ROW_PX), reading.colour, reading.mark)
            painter.setPen(color("text2"))
            painter.drawText(QRectF(34, top, self.width(), _ROW_PX), Qt.AlignmentFlag.AlignVCenter, reading.name)
            painter.setPen(color("text"))
            painter.drawText(QRectF(0, top, self.width() - 12, _ROW_PX), right, reading.value)
        painter.end()
