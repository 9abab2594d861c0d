"""Tags of rows: written with completion, taken away by a click."""

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.widgets.boxes import Box, clear_box
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import LineEdit
from desktop.widgets.text import Label, Text
from services.i18n import tr

_OFFERED = 8


def _take_away(tag: str) -> str:
    return tr("Take away {tag}", tag=tag)


def _add_words(tag: str) -> str:
    return tr("Add {tag}", tag=tag)


class _TagField(LineEdit):
    """Enter adds; Enter in an empty field is done."""

    entered = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit(" ".join(self.text().split()))
        else:
            super().keyPressEvent(event)


class TagsDialog(Dialog):
    """Says `added(tag)` and `removed(tag)` at once: each is an edit that can be undone."""

    added = Signal(str)
    removed = Signal(str)

    def __init__(self, window: QWidget, title: Text, present: list[str], known: list[str]) -> None:
        super().__init__(window, title, width=480)
        self._present, self._known = list(present), list(known)
        self.field = _TagField(placeholder=lambda: tr("Write a tag and press Enter"), name=lambda: tr("Tag"))
        self.field.setMaxLength(100)
        self.field.entered.connect(self._entered)
        self.field.textEdited.connect(self._offer)
        self._here, self._offered = Box("h", gap=6), Box("h", gap=4)
        self.body.addWidget(self.field)
        self.body.addSpacing(12)
        self.body.addWidget(self._here)
        self.body.addSpacing(8)
        self.body.addWidget(self._offered)
        self.footer.addStretch(1)
        done = Button(lambda: tr("Done"), "primary")
        done.clicked.connect(self.accept)
        self.footer.addWidget(done)
        self._show()

    def tags(self) -> list[str]:
        """The tags that are shown as given."""
        return self._present

    def _entered(self, tag: str) -> None:
        if not tag:
            self.accept()
            return
        self.field.clear()
        self._add(tag)

    def _add(self, tag: str) -> None:
        if tag not in self._present:
            self._present.append(tag)
        if tag not in self._known:
            self._known.append(tag)
        self.added.emit(tag)
        self._show()
        self.field.setFocus()

    def _remove(self, tag: str, *_: object) -> None:
        self._present.remove(tag)
        self.removed.emit(tag)
        self._show()
        self.field.setFocus()

    def _show(self) -> None:
        clear_box(self._here)
        if not self._present:
            self._here.add(Label(lambda: tr("No tags yet."), "body", "text2"))
        for tag in self._present:
            button = Button(tag, "tinted", "x", height=28, tip=partial(_take_away, tag))
            button.clicked.connect(partial(self._remove, tag))
            self._here.add(button)
        self._here.add("s")
        self._offer(self.field.text())

    def _offer(self, typed: str) -> None:
        """Tags in use that begin with what is typed: Tab and Space take one."""
        clear_box(self._offered)
        low = typed.strip().casefold()
        fitting = [tag for tag in self._known if tag not in self._present and tag.casefold().startswith(low)]
        for tag in fitting[:_OFFERED]:
            button = Button(tag, "ghost", "plus", height=28, tip=partial(_add_words, tag))
            button.clicked.connect(partial(self._take, tag))
            self._offered.add(button)
        self._offered.add("s")

    def _take(self, tag: str, *_: object) -> None:
        self.field.clear()
        self._add(tag)
