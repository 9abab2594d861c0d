"""Two texts side by side with their first difference marked and their line ends visible."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color, font
from desktop.widgets.boxes import Box
from desktop.widgets.text import Label, Text

_LINE_PX = 19


class MarkedText(QWidget):
    """Numbered lines; the characters from `at` to the end of their word are marked."""

    def __init__(self, text: str, at: int) -> None:
        super().__init__()
        self._text, self._at = text, at
        self._lines = text.split("\n")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(text)

    def sizeHint(self) -> QSize:
        return QSize(200, _LINE_PX * min(12, len(self._lines)) + 8)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        face = font("mono_small")
        painter.setFont(face)
        metrics = QFontMetricsF(face)
        start = 0
        for number, line in enumerate(self._lines[:12]):
            y = 4 + number * _LINE_PX
            painter.setPen(color("text3"))
            painter.drawText(QRectF(0, y, 20, _LINE_PX), Qt.AlignmentFlag.AlignVCenter, str(number + 1))
            if start <= self._at <= start + len(line):
                column = self._at - start
                end = next((i for i in range(column + 1, len(line)) if not line[i].isalnum()), len(line))
                left = 28 + metrics.horizontalAdvance(line[:column])
                wide = max(8.0, metrics.horizontalAdvance(line[column:end]))
                painter.fillRect(QRectF(left, y + 1, wide, _LINE_PX - 3), color("err_strong"))
                painter.fillRect(QRectF(left, y + _LINE_PX - 3, wide, 2), color("err"))
            painter.setPen(color("text"))
            shown = line + ("↵" if number < len(self._lines) - 1 else "")
            painter.drawText(
                QRectF(28, y, self.width() - 28, _LINE_PX),
                Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine,
                shown,
            )
            start += len(line) + 1
        painter.end()


class DiffView(Box):
    """expected and found, each under its name."""

    def __init__(self, expected_name: Text, expected: str, found_name: Text, found: str) -> None:
        super().__init__("h", gap=16)
        at = next((i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), -1)
        if at < 0:
            at = min(len(expected), len(found))
        for name, text in ((expected_name, expected), (found_name, found)):
            side = Box("v", fill="code", corner=6, margins=(12, 8, 12, 8))
            side.add(Label(name, "small_strong", "text2")).add(4).add(MarkedText(text, at))
            self.add(side, 1)
