"""Containers: rows and columns with a fill, a radius and hairlines; cards; lines."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.theme import color, radius

Item = QWidget | QLayout | int | str | None
"""A widget, a layout, a gap in px, 's' for a stretch, or None for nothing."""


class Box(QWidget):
    """A plain container. fill, line: colour roles; sides: where its hairlines are ('tb' ...; '' with a line: all
    round); edge: colour role of a 3 px edge at the left."""

    def __init__(
        self,
        direction: str = "v",
        items: Sequence[Item] = (),
        *,
        gap: int = 0,
        margins: tuple[int, int, int, int] = (0, 0, 0, 0),
        fill: str = "",
        line: str = "",
        sides: str = "",
        corner: int = 0,
        edge: str = "",
    ) -> None:
        super().__init__()
        self.fill, self.line, self.sides, self.corner, self.edge = fill, line, sides, corner, edge
        self.box: QBoxLayout = QVBoxLayout(self) if direction == "v" else QHBoxLayout(self)
        self.box.setSpacing(gap)
        self.box.setContentsMargins(*margins)
        for item in items:
            self.add(item)

    def add(self, item: Item, stretch: int = 0) -> "Box":
        """Put one more thing at the end."""
        add_to(self.box, item, stretch)
        return self

    def set_fill(self, role: str) -> None:
        """Take another fill."""
        self.fill = role
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_box(painter, QRectF(self.rect()), self.fill, self.line, self.sides, self.corner, self.edge)
        painter.end()


def add_to(layout: QBoxLayout, item: Item, stretch: int = 0) -> None:
    """Put an Item at the end of a layout. An int is a gap in place of the layout's spacing rather than beside it."""
    if item is None:
        return
    if isinstance(item, int):
        layout.addSpacing(item)
    elif isinstance(item, str):
        layout.addStretch(1)
    elif isinstance(item, QLayout):
        layout.addLayout(item, stretch)
    else:
        layout.addWidget(item, stretch)


def clear_box(box: Box, keep: QWidget | None = None) -> None:
    """Take everything out of a box; keep is taken out too, but lives on."""
    while box.box.count():
        entry = box.box.takeAt(0)
        widget = entry.widget() if entry is not None else None
        if widget is not None and widget is not keep:
            widget.hide()
            widget.deleteLater()


def row(*items: Item, gap: int = 0, **kw: object) -> Box:
    """Things side by side."""
    return Box("h", items, gap=gap, **kw)  # type: ignore[arg-type]


def column(*items: Item, gap: int = 0, **kw: object) -> Box:
    """Things below each other."""
    return Box("v", items, gap=gap, **kw)  # type: ignore[arg-type]


def paint_box(
    painter: QPainter, area: QRectF, fill: str, line: str = "", sides: str = "", corner: int = 0, edge: str = ""
) -> None:
    """Draw a container's ground; roles as in Box."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, corner > 0)
    if fill or (line and not sides):
        painter.setBrush(color(fill) if fill else Qt.BrushStyle.NoBrush)
        shape = area
        if line and not sides:
            painter.setPen(QPen(color(line), 1))
            shape = area.adjusted(0.5, 0.5, -0.5, -0.5)
        else:
            painter.setPen(Qt.PenStyle.NoPen)
        painter.drawRoundedRect(shape, corner, corner)
    if edge:
        path = QPainterPath()
        path.addRoundedRect(area, corner, corner)
        painter.save()
        painter.setClipPath(path)
        painter.fillRect(QRectF(area.left(), area.top(), 3, area.height()), color(edge))
        painter.restore()
    if sides:
        ink = color(line or "hair")
        width, height = area.width(), area.height()
        for side, part in (
            ("t", QRectF(0, 0, width, 1)),
            ("b", QRectF(0, height - 1, width, 1)),
            ("l", QRectF(0, 0, 1, height)),
            ("r", QRectF(width - 1, 0, 1, height)),
        ):
            if side in sides:
                painter.fillRect(part, ink)


class HairLine(QWidget):
    """A line of one pixel. vertical ones are height px tall, in the colour of button edges."""

    def __init__(self, *, vertical: bool = False, height: int = 16) -> None:
        super().__init__()
        self._role = "soft" if vertical else "hair"
        if vertical:
            self.setFixedSize(1, height)
        else:
            self.setFixedHeight(1)
            self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color(self._role))
        painter.end()


class Card(Box):
    """A box that is clicked or chosen: hover, pressed, focus, Enter and Space. chosen ones stand out in the accent."""

    clicked = Signal()

    def __init__(
        self, direction: str = "v", items: Sequence[Item] = (), *, gap: int = 0, padding: int = 16, name: str = ""
    ) -> None:
        super().__init__(direction, items, gap=gap, margins=(padding,) * 4, corner=radius("card"))
        self.chosen = False
        self._over = self._down = False
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(name)

    def set_chosen(self, chosen: bool) -> None:
        """Mark as the one that is chosen or recommended."""
        self.chosen = chosen
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        able = self.isEnabled()
        lit = able and (self._over or self._down)
        edge = "accent" if self.chosen else "soft" if lit else "hair"
        fill = "tint2" if self.chosen else "page"
        if lit and not self.chosen:
            fill = "hover" if self._down else "sunken"
        elif lit and self._down:
            fill = "tint"
        painter.setPen(QPen(color(edge), 1.5 if self.chosen else 1))
        painter.setBrush(color(fill))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.75, 0.75, -0.75, -0.75), self.corner, self.corner)
        painter.end()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._over = True
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = False
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._down = True
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._down and event.button() == Qt.MouseButton.LeftButton:
            self._down = False
            self.update()
            if self.rect().contains(event.position().toPoint()):
                self.clicked.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)
