"""The find field of a table: words, how many hits, and the way from one to the next."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from desktop.widgets.boxes import Box
from desktop.widgets.buttons import IconButton
from desktop.widgets.inputs import SearchField
from desktop.widgets.text import Label
from services.i18n import tr, trn

_WAIT_MS = 180  # after the last key


class _Field(SearchField):
    """Enter goes on, Shift+Enter back."""

    stepped = Signal(int)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.stepped.emit(-1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
        elif event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Down else -1)
        else:
            super().keyPressEvent(event)


class FindBar(Box):
    """Says `wanted(words)` a moment after typing, `stepped(1 or -1)` for the next and the one before, `left` on Esc."""

    wanted = Signal(str)
    stepped = Signal(int)
    left = Signal()

    def __init__(self) -> None:
        super().__init__("h", gap=4)
        self.field = _Field(lambda: tr("Find in the rows"), hint="")
        self.field.setMinimumWidth(120)
        self.field.setMaximumWidth(280)
        self.field.stepped.connect(self._step)
        self.field.textChanged.connect(self._typed)
        self.field.escaped.connect(self.left)
        self.before = IconButton("caret-up", lambda: tr("The one before (Shift+Enter)"))
        self.after = IconButton("caret-down", lambda: tr("The next one (Enter)"))
        self.before.clicked.connect(lambda: self._step(-1))
        self.after.clicked.connect(lambda: self._step(1))
        self.count = Label("", "small", "text2")
        self.add(self.field, 1000)
        for item in (4, self.before, self.after, 4, self.count):
            self.add(item)
        self.box.addStretch(1)
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(lambda: self.wanted.emit(self.field.text()))
        self.show_hits(0, 0, sure=True)

    def begin(self) -> None:
        """Take the keys, the words there chosen."""
        self.field.setFocus()
        self.field.selectAll()

    def show_hits(self, at: int, total: int, *, sure: bool, most: bool = False) -> None:
        """Say that hit `at` (from 1; 0: none yet) of total is shown. sure: all rows were looked at. most: there are
        more than are kept."""
        some = bool(self.field.text())
        for thing in (self.before, self.after, self.count):
            thing.setVisible(some)
        for button in (self.before, self.after):
            button.setEnabled(total > 0)
        number = f"{total:,}+" if most or not sure else f"{total:,}"
        if not total:
            self.count.set_text((lambda: tr("not found")) if sure else (lambda: tr("looking…")))
        elif at:
            self.count.set_text(lambda: tr("{at} of {total}", at=f"{at:,}", total=number))
        else:
            self.count.set_text(lambda: trn("{total} hit", "{total} hits", total, total=number))

    def _typed(self, text: str) -> None:
        if text:
            self._wait.start()
        else:
            self._wait.stop()
            self.wanted.emit("")

    def _step(self, by: int) -> None:
        if self._wait.isActive():
            self._wait.stop()
            self.wanted.emit(self.field.text())
        else:
            self.stepped.emit(by)
