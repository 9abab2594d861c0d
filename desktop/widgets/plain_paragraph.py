"""A person's own text, wrapped: blanks and lines as they are, right-to-left lines at the right, stretches marked."""

from collections.abc import Sequence

from PySide6.QtGui import QTextBlockFormat, QTextCharFormat, QTextCursor, QTextOption

from desktop.theme import color, font, line_px
from desktop.widgets.text import Paragraph


class PlainParagraph(Paragraph):
    """spans: half-open stretches, in characters, on a ground and underlined for those who see no colours."""

    def __init__(
        self, text: str, role: str = "body", colour: str = "text", *, spans: Sequence[tuple[int, int]] = (),
        ground: str = "mark",
    ) -> None:  # fmt: skip
        self._plain, self.spans, self._ground = text, tuple(spans), ground
        super().__init__(text, role, colour)

    def marked(self) -> list[str]:
        """The stretches that are marked."""
        return [self._plain[a:b] for a, b in self.spans]

    def restyle(self) -> None:
        document = self._document
        document.setDefaultFont(font(self._role))
        option = document.defaultTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        document.setDefaultTextOption(option)
        document.setPlainText(self._plain)
        whole = QTextCursor(document)
        whole.select(QTextCursor.SelectionType.Document)
        block = QTextBlockFormat()
        block.setLineHeight(line_px(self._role), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        whole.mergeBlockFormat(block)
        ink = QTextCharFormat()
        ink.setForeground(color(self._colour))
        whole.mergeCharFormat(ink)
        self._mark()
        self.setAccessibleName(self._plain)
        self.updateGeometry()
        self.update()

    def _mark(self) -> None:
        if not self.spans:
            return
        shape = QTextCharFormat()
        shape.setBackground(color(self._ground))
        shape.setFontUnderline(True)
        cursor, units = QTextCursor(self._document), _units(self._plain)
        most = self._document.characterCount() - 1
        for start, end in self.spans:
            cursor.setPosition(min(units[start], most))
            cursor.setPosition(min(units[end], most), QTextCursor.MoveMode.KeepAnchor)
            cursor.mergeCharFormat(shape)


def _units(text: str) -> list[int]:
    """Where each character begins in Qt's text, which counts in UTF-16 and \\r\\n as one."""
    at, found = 0, [0]
    for number, sign in enumerate(text):
        if not (sign == "\r" and text[number + 1 : number + 2] == "\n"):
            at += 2 if ord(sign) > 0xFFFF else 1
        found.append(at)
    return found
