"""Lines of a cell: wrapped to at most three, the last one elided, right-to-left ones at the right, hits marked."""

import functools
import unicodedata
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QStaticText, QTextLayout, QTextOption

from desktop.theme import color, shared_font, theme

LINES = 3
PITCH_PX = 18
PAD_X, PAD_Y = 12, 8


def wrap(text: str, width: float, lines: int = LINES) -> tuple[list[str], bool]:
    """The first `lines` lines of text wrapped to width px, and whether text was left over."""
    # no letter is narrower than 3 px: more text than that is in none of the lines
    return _wrap(text[: max(200, int(width) * lines // 3)], theme.language, int(width), lines, len(text))


@functools.lru_cache(maxsize=4000)
def _wrap(text: str, language: str, width: int, lines: int, whole_len: int) -> tuple[list[str], bool]:
    face = shared_font("body")  # of that language: it is the one in use
    found: list[str] = []
    paragraphs = text.split("\n", lines + 1)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    for number, paragraph in enumerate(paragraphs):
        layout = QTextLayout(paragraph, face)
        layout.setTextOption(option)
        layout.beginLayout()
        line = layout.createLine()
        if not line.isValid():
            found.append("")
        while line.isValid():
            line.setLineWidth(max(8.0, width))
            # Qt counts UTF-16 units, Python code points
            start, stop = line.textStart(), line.textStart() + line.textLength()
            found.append(_units(paragraph, start, stop))
            if len(found) > lines:
                break
            line = layout.createLine()
        layout.endLayout()
        if len(found) > lines or (len(found) == lines and number + 1 < len(paragraphs)):
            return found[:lines], True
    return found, len(text) < whole_len


def _units(text: str, start: int, stop: int) -> str:
    """The piece of text between two positions in UTF-16 units."""
    if text.isascii():
        return text[start:stop]
    coded = text.encode("utf-16-le", "surrogatepass")
    return coded[2 * start : 2 * stop].decode("utf-16-le", "replace")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line ready to be painted. left, low: px from the left of the cell and from the top of the line."""

    shown: str
    laid: QStaticText
    left: float
    low: float
    backwards: bool


def draw_lines(painter: QPainter, area: QRect, text: str, role: str, words: str = "") -> None:
    """Draw a cell's text from the top of area on. words: found ones are marked."""
    face, width = shared_font("body"), area.width()
    lines = _laid(text[: max(200, width * LINES // 3)], theme.language, width, len(text))
    painter.setFont(face)
    painter.setPen(color(role))
    for number, line in enumerate(lines):
        y = area.y() + number * PITCH_PX
        if words and not line.backwards:
            place = QRect(area.x(), y, width, PITCH_PX)
            _mark(painter, place, line.shown, words, QFontMetrics(face))
            painter.setPen(color(role))
        painter.drawStaticText(QPointF(area.x() + line.left, y + line.low), line.laid)


@functools.lru_cache(maxsize=4000)
def _laid(text: str, language: str, width: int, whole_len: int) -> tuple[_Line, ...]:
    """Lines shaped once, whatever is scrolled: shaping is what costs."""
    face = shared_font("body")
    metrics = QFontMetrics(face)
    lines, more = _wrap(text, language, width, LINES, whole_len)
    made = []
    whole_backwards = _right_to_left(text)
    for number, line in enumerate(lines):
        shown = line.rstrip("\u2028\n\r ")
        if more and number == len(lines) - 1:
            room = width - metrics.horizontalAdvance("…")
            shown = metrics.elidedText(shown, Qt.TextElideMode.ElideRight, room).removesuffix("…") + "…"
        backwards = _right_to_left(line, whole_backwards)
        laid = QStaticText(shown.replace("\t", "    "))
        laid.setTextFormat(Qt.TextFormat.PlainText)
        laid.setPerformanceHint(QStaticText.PerformanceHint.AggressiveCaching)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.NoWrap)
        if backwards:
            option.setTextDirection(Qt.LayoutDirection.RightToLeft)
        laid.setTextOption(option)
        laid.prepare(font=face)
        size = laid.size()
        left = width - size.width() if backwards else 0.0
        made.append(_Line(shown, laid, left, (PITCH_PX - size.height()) / 2, backwards))
    return tuple(made)


def _mark(painter: QPainter, place: QRect, line: str, words: str, metrics: QFontMetrics) -> None:
    low, wanted = line.lower(), words.lower()
    if len(low) != len(line):  # a letter that is longer in lower case: positions would be off
        return
    at = low.find(wanted)
    while at >= 0:
        left = metrics.horizontalAdvance(line[:at])
        right = metrics.horizontalAdvance(line[: at + len(wanted)])
        painter.fillRect(place.x() + left, place.y(), right - left, place.height(), color("mark"))
        at = low.find(wanted, at + len(wanted))


def _right_to_left(line: str, otherwise: bool = False) -> bool:
    """Whether a line begins in a right-to-left script: its first strong character says so. otherwise: it has none."""
    if line.isascii() and not otherwise:
        return False
    strong = (unicodedata.bidirectional(c) for c in line[:80])
    return next((s in ("R", "AL") for s in strong if s in ("L", "R", "AL")), otherwise)
