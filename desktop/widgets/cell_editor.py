"""The editor in a cell: as many lines as it takes. Enter leaves, Alt+Enter or Shift+Enter breaks a line."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.theme import font
from desktop.widgets.exact_text import exact_text


class CellEditor(QPlainTextEdit):
    """Used by the grid's delegate. Text goes in and out unchanged, see exact_text."""

    entered = Signal()
    """Enter: the text is to be taken."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFont(font("body"))
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        self._original = ""

    def load(self, text: str) -> None:
        """Show a text, all of it selected."""
        self._original = text
        self.setPlainText(text)
        self.document().setModified(False)
        self.selectAll()

    def text(self) -> str:
        """The text as it is now; untouched text comes back byte for byte."""
        return exact_text(self.document(), self._original)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        breaks = Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & breaks:
                self.insertPlainText("\n")
            else:
                self.entered.emit()
            return
        super().keyPressEvent(event)
