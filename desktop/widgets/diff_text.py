"""A text with what differs marked, as tall as it needs to be: selectable, and folded where long stretches are alike."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent, QTextCharFormat, QTextOption
from PySide6.QtWidgets import QFrame, QSizePolicy, QTextEdit

from desktop.models.diff_pieces import Piece, pieces
from desktop.theme import color, font
from services.datasets.wording import Side
from services.i18n import trn

_MARKS = {"before": ("err_strong", "text", "err"), "after": ("tint", "text", "accent")}
"""Side -> fill, ink and underline of what the other side has not."""


class DiffText(QTextEdit):
    """side: 'before' or 'after'."""

    def __init__(self, side: str, shown: Side, name: str) -> None:
        super().__init__()
        self._side, self._pieces = side, pieces(shown)
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QTextEdit { background: transparent; border: none; }")
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.document().setDefaultTextOption(option)
        self.document().setDocumentMargin(0)
        self.setAccessibleName(name)
        self.restyle()

    def marked(self) -> list[str]:
        """The texts that are marked."""
        return [piece.text for piece in self._pieces if piece.kind == "mark"]

    def restyle(self) -> None:
        self.document().setDefaultFont(font("body"))
        self.clear()
        cursor = self.textCursor()
        for piece in self._pieces:
            words = piece.text
            if piece.kind == "fold":
                words = "\n" + trn("… {n} character alike …", "… {n} characters alike …", len(piece.text)) + "\n"
            cursor.insertText(_line_ends(words, piece), self._format(piece))
        self._fit()

    def retranslate(self) -> None:
        self.restyle()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def wheelEvent(self, event: object) -> None:
        event.ignore()  # type: ignore[attr-defined] # the page scrolls, not the text

    def _fit(self) -> None:
        self.document().setTextWidth(max(40, self.viewport().width()))
        self.setFixedHeight(int(self.document().size().height()) + 2)

    def _format(self, piece: Piece) -> QTextCharFormat:
        shape = QTextCharFormat()
        shape.setFont(font("small_strong" if piece.kind == "head" else "small" if piece.kind == "fold" else "body"))
        shape.setForeground(color({"head": "text2", "fold": "text3"}.get(piece.kind, "text")))
        if piece.kind == "mark":
            fill, ink, line = _MARKS[self._side]
            shape.setBackground(color(fill))
            shape.setForeground(color(ink))
            shape.setUnderlineStyle(QTextCharFormat.UnderlineStyle.SingleUnderline)
            shape.setUnderlineColor(color(line))
        return shape


def _line_ends(words: str, piece: Piece) -> str:
    """Line ends and lone blanks that differ are made visible."""
    if piece.kind != "mark":
        return words
    shown = words.replace("\r", "␍").replace("\n", "↵\n")
    return shown if words.strip(" ") else "·" * len(words)
