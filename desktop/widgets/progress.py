"""Bars: how far a thing is, or what it is made of."""

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QBrush, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color

Segment = tuple[float, str]
"""(amount, colour role)"""


class Bar(QWidget):
    """Segments of a total, in order. height, width in px (0 width: as wide as there is room). mark: a line at an
    amount, such as what the card holds; what goes beyond it is hatched."""

    def __init__(
        self,
        segments: Sequence[Segment] = (),
        total: float = 1.0,
        *,
        height: int = 8,
        width: int = 0,
        track: str = "hover",
        mark: float | None = None,
    ) -> None:
        super().__init__()
        self._segments, self._total, self._track, self._mark = list(segments), total, track, mark
        self.setFixedHeight(height)
        if width:
            self.setFixedWidth(width)
        else:
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set(self, segments: Sequence[Segment], total: float, mark: float | None = None) -> None:
        """Show other amounts; total 0 shows an empty track."""
        self._segments, self._total, self._mark = list(segments), total, mark
        share = sum(a for a, _ in self._segments) / total if total else 0.0
        self.setAccessibleName(f"{share:.0%}")
        self.update()

    def set_progress(self, done: float, total: float) -> None:
        """Show one amount in the accent colour."""
        self.set([(done, "accent")], total)

    def sizeHint(self) -> QSize:
        return QSize(120, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_bar(painter, QRectF(self.rect()), self._segments, self._total, self._track, self._mark)
        painter.end()


def paint_bar(
    painter: QPainter,
    area: QRectF,
    segments: Sequence[Segment],
    total: float,
    track: str = "hover",
    mark: float | None = None,
) -> None:
    """Draw a bar, for delegates. Amounts and mark in the unit of total."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    corner = min(4.0, area.height() / 2)
    path = QPainterPath()
    path.addRoundedRect(area, corner, corner)
    painter.setClipPath(path)
    painter.fillRect(area, color(track))
    left = area.left()
    gap = 1.0 if len(segments) > 1 else 0.0
    for amount, role in segments:
        if amount <= 0 or total <= 0:
            continue
        width = area.width() * min(1.0, amount / total)
        painter.fillRect(QRectF(left, area.top(), max(width - gap, 1.5), area.height()), color(role))
        left += width
    if mark is not None and total > 0:
        at = area.left() + area.width() * mark / total
        if left > at:
            over = QRectF(at, area.top(), left - at, area.height())
            painter.fillRect(over, color("err_strong"))
            painter.fillRect(over, QBrush(color("err"), Qt.BrushStyle.BDiagPattern))
        painter.fillRect(QRectF(at - 1, area.top(), 2, area.height()), color("text"))
    painter.restore()
