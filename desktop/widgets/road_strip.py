"""The road above the page: four steps, the one next thing, and its button."""

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color, font, pixmap, size
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.text import ElidedLabel
from services.projects.road import Road, Step

_RING = 20  # px
_LINE = 20  # px between two steps
_INK = {"now": "text", "bad": "text", "done": "text2", "todo": "text3"}


class RoadSteps(QWidget):
    """The four steps, painted. compact drops the details where there is no room."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: tuple[Step, ...] = ()
        self.setFixedHeight(size("road"))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_steps(self, steps: tuple[Step, ...]) -> None:
        """Show these steps."""
        self._steps = steps
        self.setAccessibleName("; ".join(f"{s.title}: {s.state} {s.detail}".strip() for s in steps))
        self.updateGeometry()
        self.update()

    def steps(self) -> tuple[Step, ...]:
        """The steps shown."""
        return self._steps

    def restyle(self) -> None:
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(int(self._walk(None)), size("road"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._walk(painter)
        painter.end()

    def _walk(self, painter: QPainter | None) -> float:
        """Draw (or only measure) the steps; returns the width in px."""
        left, middle, tall = 0.0, self.height() / 2, self.height()
        flags = Qt.AlignmentFlag.AlignVCenter
        for number, step in enumerate(self._steps, 1):
            if painter is not None:
                _ring(painter, QRectF(left + 0.75, middle - 9.25, 18.5, 18.5), step.state, number)
            left += _RING + 8
            role = "strong" if step.state in ("now", "bad") else "body"
            width = QFontMetrics(font(role)).horizontalAdvance(step.title)
            if painter is not None:
                painter.setFont(font(role))
                painter.setPen(color(_INK[step.state]))
                painter.drawText(QRectF(left, 0, width + 4, tall), flags, step.title)
            left += width
            if step.detail:
                left += 6
                width = QFontMetrics(font("body")).horizontalAdvance(step.detail)
                if painter is not None:
                    painter.setFont(font("body"))
                    painter.setPen(color("err" if step.state == "bad" else "text2"))
                    painter.drawText(QRectF(left, 0, width + 4, tall), flags, step.detail)
                left += width
            if number < len(self._steps):
                if painter is not None:
                    painter.fillRect(QRectF(left + 10, middle, _LINE, 1), color("edge"))
                left += _LINE + 20
        return left + 4


def _ring(painter: QPainter, area: QRectF, state: str, number: int) -> None:
    corner = area.topLeft()
    if state in ("done", "bad"):
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("tint" if state == "done" else "err"))
        painter.drawEllipse(area)
        mark = pixmap("check-bold", "on_tint", 12) if state == "done" else pixmap("x-bold", "page", 12)
        painter.drawPixmap(int(corner.x() + 3.25), int(corner.y() + 3.25), mark)
        return
    if state == "now":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("accent"))
    else:
        painter.setPen(QPen(color("edge"), 1.2))
        painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(area)
    painter.setPen(color("on_accent" if state == "now" else "text3"))
    painter.setFont(font("small_strong"))
    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, str(number))


class RoadStrip(Box):
    """Steps at the left, sentence and button at the right."""

    go = Signal(str)
    """The command id of the button."""

    def __init__(self) -> None:
        super().__init__("h", margins=(24, 0, 24, 1), fill="page", line="hair", sides="b")
        self.setFixedHeight(size("road"))
        self._command = ""
        self.steps = RoadSteps()
        self.sentence = ElidedLabel("", "body", "text2")
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.button = Button("", "primary")
        self.button.clicked.connect(lambda: self.go.emit(self._command))
        self.add(self.steps)
        self.add(16)
        self.box.addWidget(self.sentence, 1)
        self._side = Box("h", [12, self.button])
        self.add(self._side)

    def show_road(self, road: Road, *, page_has_primary: bool) -> None:
        """Show a road. page_has_primary: the page has the filled button, so here stands the sentence alone."""
        self._command = road.command
        self.steps.set_steps(road.steps)
        self.sentence.set_text(road.sentence)
        self.button.set_text(road.button)
        self.button.set_icon(road.icon)
        self._side.setVisible(bool(road.command) and not page_has_primary)
