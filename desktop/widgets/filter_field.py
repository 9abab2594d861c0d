"""The filter field above a table: plain words, with proposals for what may come next."""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent

from desktop.widgets.inputs import SearchField, mark_error
from desktop.widgets.proposals import Proposals
from services.i18n import tr

_WAIT_MS = 350  # after the last key


class FilterField(SearchField):
    """Says `wanted(words)` on Enter and when emptied, `typed(words)` a moment after the last key, `asked(words)` when
    proposals are needed (answer by `propose`), `left` on Esc.

    Up and Down go through the proposals; Tab and Enter take the one that is marked.
    """

    wanted = Signal(str)
    typed = Signal(str)
    asked = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__(lambda: tr("Filter: answer is empty, tokens > 2048"), icon="funnel")
        self.proposals = Proposals(self)
        self.proposals.chosen.connect(self._put)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(lambda: self.typed.emit(self.text()))
        self.textEdited.connect(self._edited)
        self.escaped.connect(self.left)

    def begin(self) -> None:
        """Take the keys, the words there chosen, and propose."""
        self.setFocus()
        self.selectAll()
        self.asked.emit(self.text())

    def show_words(self, words: str) -> None:
        """Show what is asked for, if it is not what stands here."""
        mark_error(self, False)
        if words.strip() != self.text().strip():
            self.setText(words)

    def show_wrong(self) -> None:
        """Draw the edge as wrong."""
        mark_error(self, True)

    def is_waiting(self) -> bool:
        """Whether words were typed that were not looked for yet."""
        return self._wait.isActive()

    def propose(self, whole_filters: list[str]) -> None:
        """Show what may be meant, below the field; nothing to show hides it."""
        self.proposals.propose(whole_filters if self.hasFocus() else [])

    def toggle(self, words: str) -> None:
        """Add a condition, or take it out if it is there."""
        joint = f" {tr('and')} "
        parts = [part.strip() for part in self.text().split(joint) if part.strip()]
        if words in parts:
            parts.remove(words)
        else:
            parts.append(words)
        self._put(joint.join(parts))

    def clear(self) -> None:
        super().clear()
        self._wait.stop()
        self.proposals.hide()
        self.wanted.emit("")

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Tab:
            marked = self.proposals.marked()
            if marked:
                self._put(marked)
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, open_ = event.key(), self.proposals.isVisible()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            marked = self.proposals.marked()
            self.proposals.hide()
            if marked:
                self._put(marked)
            else:
                self._wait.stop()
                self.wanted.emit(self.text())
        elif key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            if open_:
                self.proposals.step(1 if key == Qt.Key.Key_Down else -1)
            else:
                self.asked.emit(self.text())
        elif key == Qt.Key.Key_Escape and open_:
            self.proposals.hide()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.proposals.hide()

    def _edited(self, text: str) -> None:
        mark_error(self, False)
        self.asked.emit(text)
        if text.strip():
            self._wait.start()
        else:
            self._wait.stop()
            self.wanted.emit("")

    def _put(self, words: str) -> None:
        """Write a whole filter; one that still lacks its words is to be completed first."""
        self._wait.stop()
        self.setText(words)
        self.setFocus()
        self.proposals.hide()
        gaps = [words.rfind(pair) for pair in ('""', "//")]
        if max(gaps) >= 0:
            self.setCursorPosition(max(gaps) + 1)
        elif words.endswith(" "):
            self.setCursorPosition(len(words))
            self.asked.emit(words)
        else:
            self.wanted.emit(words)
