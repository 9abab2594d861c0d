"""The field of a turn's text: as high as its text within reason, written when it is left."""

from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent, QShowEvent, QWheelEvent

from desktop.widgets.exact_text import exact_text
from desktop.widgets.inputs import TextArea
from desktop.widgets.text import Text

_HIGHEST = 420  # px; a longer text scrolls in itself
_SINGLE = 32
_HEAD = 20_000  # characters of a text that are laid out before it is worked on


class TurnField(TextArea):
    """Says `written` once when it is left with another text; untouched text stays byte for byte.

    single: one line (the name of a call). Ctrl+Z takes back typing; when there is none left, the last edit of the data
    set, so it is passed on.
    """

    written = Signal(str)
    escaped = Signal()
    height_changed = Signal()

    def __init__(self, text: str, *, name: Text, placeholder: Text = "", mono: bool = False, single: bool = False,
                 highest: int = _HIGHEST) -> None:  # fmt: skip
        super().__init__("", name=name, placeholder=placeholder, mono=mono)
        self._single, self._highest = single, highest
        self._original, self._whole = "", True
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setModified(False)  # its margin counts as a change
        self.resize(600, _SINGLE)  # near what it gets: laying a long text out is what takes time
        self.setFixedHeight(_SINGLE)
        self.show_text(text)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())

    def text(self) -> str:
        """The text as it is now."""
        return exact_text(self.document(), self._original)

    def show_text(self, text: str) -> None:
        """Show a text. What is being typed stays, and is written over it when the field is left."""
        if self.document().isModified():
            return
        if text != self._original or self.document().isEmpty() == bool(text):
            self._original = text
            self._load(whole=self.hasFocus() or len(text) <= _HEAD)

    def _load(self, *, whole: bool) -> None:
        """Lay the text out; of a long one the beginning until it is worked on, which takes a tenth of the time."""
        self._whole = whole
        self.setPlainText(self._original if whole else self._original[:_HEAD] + " …")
        self._align()
        self.document().setModified(False)
        self.document().clearUndoRedoStacks()

    def _align(self) -> None:
        """Text that begins from the right stands at the right; Qt's plain editor does that for none or all lines."""
        block = self.document().firstBlock()
        while block.isValid() and not block.text().strip():
            block = block.next()
        right = block.isValid() and block.textDirection() == Qt.LayoutDirection.RightToLeft
        option = self.document().defaultTextOption()
        wanted = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        if option.alignment() != wanted:
            option.setAlignment(wanted)
            self.document().setDefaultTextOption(option)

    def commit(self) -> bool:
        """Write what was typed; whether there was anything."""
        if not self.document().isModified() or self.isReadOnly():
            return False
        text = self.text()
        self.document().setModified(False)
        self.document().clearUndoRedoStacks()
        if text == self._original:
            return False
        self._original = text
        self._align()
        self.document().setModified(False)
        self.written.emit(text)
        return True

    def forget(self) -> None:
        """Show again what is written."""
        self.document().setModified(False)
        text, self._original = self._original, ""
        self.show_text(text)

    def cursor_at(self) -> int:
        """Characters before the cursor (as Python counts them)."""
        before = self.document().toRawText()
        units = self.textCursor().position()
        encoded = before.encode("utf-16-le", "surrogatepass")[: 2 * units]
        return len(encoded.decode("utf-16-le", "surrogatepass"))

    # ---- events

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo, redo = event.matches(QKeySequence.StandardKey.Undo), event.matches(QKeySequence.StandardKey.Redo)
            document = self.document()
            if (undo and not document.isUndoAvailable()) or (redo and not document.isRedoAvailable()):
                event.ignore()
                return False
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        if not self._whole:
            self._load(whole=True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.commit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._single:
                self.focusNextChild()
            else:
                self.insertPlainText("\n")  # Shift+Enter too: Qt would write another character
                self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus() and self.verticalScrollBar().maximum() > 0:
            super().wheelEvent(event)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fit()

    def restyle(self) -> None:
        super().restyle()
        if hasattr(self, "_highest"):
            self._fit()

    def _fit(self, *_: Any) -> None:
        if not self.isVisible():
            return  # its width is not known yet
        lines = max(1, int(self.document().size().height()))  # QPlainTextEdit counts lines, wrapped ones too
        wanted = _SINGLE if self._single else lines * self.fontMetrics().lineSpacing() + 16
        height = min(self._highest, max(_SINGLE, wanted))
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if wanted > height else policy.ScrollBarAlwaysOff)
        if height != self.minimumHeight() or height != self.maximumHeight():
            self.setFixedHeight(height)
            self.height_changed.emit()
