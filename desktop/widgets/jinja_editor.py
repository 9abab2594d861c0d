"""An editor for chat templates: line numbers, Jinja in colours, the line of a mistake marked."""

import re

from PySide6.QtCore import QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QSyntaxHighlighter,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
    QTextOption,
)
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QTextEdit, QWidget

from desktop.theme import color, font
from desktop.widgets.exact_text import exact_text
from services.i18n import tr

_AFTER_MS = 250  # without a key until what was typed is looked at
_PADDING = 10
_BLOCK = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}")
_TEXT = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"")
_WORD = re.compile(
    r"\b(?:if|elif|else|endif|for|endfor|in|is|not|and|or|set|endset|macro|endmacro|generation|endgeneration|defined"
    r"|none|true|false|break|continue|filter|endfilter|call|endcall)\b"
)
_LONGEST = 20_000  # characters of a line that are coloured


class JinjaEditor(QPlainTextEdit):
    """load() shows a text; text() gives it back byte for byte if nobody typed."""

    settled = Signal()
    """The person typed, and then did not for a moment."""

    def __init__(self) -> None:
        super().__init__()
        self._original, self._wrong, self._loading = "", 0, False
        self._gutter = _Gutter(self)
        self._colours = _Colours(self.document())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_AFTER_MS)
        self._timer.timeout.connect(self.settled)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)  # templates are often written in one long line
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.blockCountChanged.connect(lambda _: self._fit())
        self.updateRequest.connect(self._scrolled)
        self.textChanged.connect(self._typed)
        self.retranslate()
        self.restyle()

    def load(self, text: str, *, original: str | None = None) -> None:
        """Show a text; original: what it counts as changed from."""
        self._loading = True
        self.setPlainText(text)
        self._original = text if original is None else original
        self.document().setModified(text != self._original)
        self._loading = False
        self._timer.stop()
        self.mark_line(0)

    def text(self) -> str:
        """The text as it is now."""
        return exact_text(self.document(), self._original)

    def changed_text(self) -> bool:
        """Whether it is another text than the one loaded."""
        return self.document().isModified() and self.text() != self._original

    def is_waiting(self) -> bool:
        """Whether what was typed is about to be looked at."""
        return self._timer.isActive()

    def mark_line(self, line: int) -> None:
        """Mark a line (from 1) as wrong; 0 for none."""
        self._wrong = line
        block = self.document().findBlockByNumber(line - 1)
        marks = []
        if line and block.isValid():
            mark = QTextEdit.ExtraSelection()
            mark.format.setBackground(color("err_tint"))
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)
            mark.cursor = QTextCursor(block)
            marks.append(mark)
        self.setExtraSelections(marks)
        self._gutter.update()

    def marked_line(self) -> int:
        """The line that is marked as wrong; 0 for none."""
        return self._wrong

    def go_to_line(self, line: int) -> None:
        """Put the cursor at the start of a line (from 1) and show it."""
        block = self.document().findBlockByNumber(line - 1)
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.centerCursor()
            self.setFocus()

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Text of the template, in Jinja"))

    def restyle(self) -> None:
        self.setFont(font("mono"))
        self._colours.restyle()
        self._fit()
        self.mark_line(self._wrong)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Return and not self.isReadOnly() and not event.modifiers():
            line = self.textCursor().block().text()
            self.insertPlainText("\n" + line[: len(line) - len(line.lstrip(" "))])
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        area = self.contentsRect()
        self._gutter.setGeometry(QRect(area.left(), area.top(), self.gutter_px(), area.height()))

    def gutter_px(self) -> int:
        """Width of the line numbers."""
        digits = max(2, len(str(self.blockCount())))
        return self.fontMetrics().horizontalAdvance("0") * digits + 2 * _PADDING

    def paint_gutter(self, painter: QPainter, area: QRect) -> None:
        """Draw the numbers of the lines in sight."""
        painter.fillRect(area, color("sunken"))
        painter.setFont(self.font())
        block = self.firstVisibleBlock()
        top = self.blockBoundingGeometry(block).translated(self.contentOffset()).top()
        while block.isValid() and top <= area.bottom():
            height = self.blockBoundingRect(block).height()
            number = block.blockNumber() + 1
            wrong = number == self._wrong
            painter.setPen(color("err" if wrong else "text3"))
            place = QRect(0, round(top), self._gutter.width() - _PADDING, self.fontMetrics().height())
            painter.drawText(place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(number))
            if wrong:  # not by colour alone
                painter.fillRect(QRect(0, int(top), 3, int(height)), color("err"))
            top += height
            block = block.next()

    def _typed(self) -> None:
        if not self._loading:
            self._timer.start()

    def _fit(self) -> None:
        self.setViewportMargins(self.gutter_px(), 0, 0, 0)

    def _scrolled(self, area: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, area.y(), self._gutter.width(), area.height())


class _Gutter(QWidget):
    def __init__(self, editor: JinjaEditor) -> None:
        super().__init__(editor)
        self._editor = editor

    def sizeHint(self) -> QSize:
        return QSize(self._editor.gutter_px(), 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        self._editor.paint_gutter(painter, event.rect())
        painter.end()


class _Colours(QSyntaxHighlighter):
    """Blocks, their words and texts; the rest is what comes out as it stands."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._roles: dict[str, QTextCharFormat] = {}

    def restyle(self) -> None:
        """Take the colours of the theme."""
        self._roles = {role: _format(color(role)) for role in ("text2", "text3", "accent", "ok")}
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        if not self._roles or len(text) > _LONGEST:
            return
        for block in _BLOCK.finditer(text):
            note = block.group().startswith("{#")
            self.setFormat(block.start(), len(block.group()), self._roles["text3" if note else "text2"])
            if note:
                continue
            for pattern, role in ((_WORD, "accent"), (_TEXT, "ok")):
                for found in pattern.finditer(block.group()):
                    self.setFormat(block.start() + found.start(), len(found.group()), self._roles[role])


def _format(ink: QColor) -> QTextCharFormat:
    made = QTextCharFormat()
    made.setForeground(ink)
    return made
