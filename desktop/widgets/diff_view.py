"""Two texts side by side with their first difference marked and their line ends visible."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color, font
from desktop.widgets.boxes import Box
from desktop.widgets.text import Label, Text

_LINE_PX = 19
_NUMBER_PX = 28
_BEFORE, _LINES = 2, 6  # lines shown before the difference, and in all


class MarkedText(QWidget):
    """Numbered lines around a place; from there to the end of its word the text is marked."""

    def __init__(self, text: str, at: int) -> None:
        super().__init__()
        self.setFont(font("mono_small"))
        self.line = text.count("\n", 0, at)
        self.column = at - (text.rfind("\n", 0, at) + 1)
        self._lines = text.split("\n")
        self._first = max(0, min(self.line - _BEFORE, len(self._lines) - _LINES))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def shown(self) -> list[str]:
        """The lines that are drawn, from the first on."""
        return self._lines[self._first : self._first + _LINES]

    def marked(self) -> str:
        """The text that is marked: a word, a sign, or nothing where the text ends there."""
        line = self._lines[self.line]
        end = next((i for i in range(self.column + 1, len(line)) if not line[i].isalnum()), len(line))
        return line[self.column : end]

    def restyle(self) -> None:
        self.setFont(font("mono_small"))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(200, _LINE_PX * min(_LINES, len(self._lines)) + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        painter.setFont(self.font())
        room = self.width() - _NUMBER_PX
        start = metrics.horizontalAdvance(self._lines[self.line][: self.column])
        over = start + metrics.horizontalAdvance(self.marked()) + 24 - room
        left = min(max(0.0, over), start)  # so far the lines are moved to the left that the mark is in sight
        for number, line in enumerate(self.shown(), self._first):
            y = 4 + (number - self._first) * _LINE_PX
            painter.setPen(color("text3"))
            painter.drawText(QRectF(0, y, 22, _LINE_PX), Qt.AlignmentFlag.AlignVCenter, str(number + 1))
            painter.setClipRect(QRectF(_NUMBER_PX, y, room, _LINE_PX))
            if number == self.line:
                wide = max(8.0, metrics.horizontalAdvance(self.marked()))
                place = QRectF(_NUMBER_PX + start - left, y + 1, wide, _LINE_PX - 3)
                painter.fillRect(place, color("err_strong"))
                painter.fillRect(QRectF(place.left(), y + _LINE_PX - 3, wide, 2), color("err"))
            painter.setPen(color("text"))
            whole = line + ("↵" if number < len(self._lines) - 1 else "")
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine | Qt.TextFlag.TextDontClip
            painter.drawText(QRectF(_NUMBER_PX - left, y, room + left, _LINE_PX), flags, whole)
            painter.setClipping(False)
        painter.end()


class DiffView(Box):
    """expected and found, each under its name."""

    def __init__(self, expected_name: Text, expected: str, found_name: Text, found: str) -> None:
        super().__init__("h", gap=16)
        at = next((i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), -1)
        if at < 0:
            at = min(len(expected), len(found))
        self.texts = [MarkedText(expected, at), MarkedText(found, at)]
        for name, side in zip((expected_name, found_name), self.texts, strict=True):
            box = Box("v", fill="code", corner=6, margins=(12, 8, 12, 8))
            box.add(Label(name, "small_strong", "text2")).add(4).add(side).add("s")
            self.add(box, 1)
