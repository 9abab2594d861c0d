"""A dialog that says beforehand what would be done, does it with progress and Stop, and says what was done."""

import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QWidget

from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.progress import Bar
from desktop.widgets.text import IconLabel, Label, Paragraph, Text
from services.errors import TunesmithError, our_fault
from services.i18n import tr

_TELL_S = 0.05


class WorkDialog(Dialog):
    """Subclasses fill `form`, say `preview`, and begin the work in `begin`."""

    progressed = Signal(int, int)

    def __init__(self, window: QWidget, title: Text, subtitle: Text, action: Text, *, width: int = 680) -> None:
        super().__init__(window, title, subtitle, width=width)
        self.stop = threading.Event()
        self.busy = self.over = False
        self._told = 0.0
        self.form_box = Box("v")
        self.form = QGridLayout()
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(16)
        self.form.setVerticalSpacing(12)
        self.form.setColumnStretch(1, 1)
        self.form_box.add(self.form)
        self.mark = IconLabel("info", "text2")
        self.words = Paragraph("", "body", "text")
        self.warning = Paragraph("", "body", "warn")
        self.bar = Bar()
        line = row(self.mark, gap=10)
        line.box.addWidget(self.words, 1)
        self.body.addWidget(self.form_box)
        self.body.addSpacing(16)
        self.body.addWidget(line)
        beside = row(26)
        beside.box.addWidget(self.warning, 1)
        self.body.addWidget(beside)
        self.body.addSpacing(8)
        self.body.addWidget(self.bar)
        self.body.addStretch(1)
        self.footer.addStretch(1)
        self.cancel = Button(lambda: tr("Cancel"))
        self.cancel.clicked.connect(self._leave)
        self.go = Button(action, "primary")
        self.go.clicked.connect(self.begin)
        self.footer.addWidget(self.cancel)
        self.footer.addWidget(self.go)
        self.bar.hide()
        self.warning.hide()
        self.progressed.connect(self.bar.set_progress)

    def begin(self) -> None:
        """Do it; for subclasses."""

    def may_close(self) -> bool:
        if self.busy:
            self.stop.set()
        return not self.busy

    def line(self, number: int, name: Text, *widgets: QWidget) -> list[QWidget]:
        """A line of the form: its name and what stands beside it. Returns all of it, to be hidden together."""
        label = Label(name, "body", "text2")
        holder = row(*widgets, "s", gap=8)
        self.form.addWidget(label, number, 0)
        self.form.addWidget(holder, number, 1)
        return [label, holder]

    def preview(self, words: Text, warning: Text = "", *, able: bool = True) -> None:
        """Say what would be done, and whether it can be."""
        self.mark.set_icon("info" if able else "warning", "text2" if able else "warn")
        self.words.set_text(words)
        self.warning.set_text(warning)
        self.warning.setVisible(bool(warning))
        self.go.allow(able)

    def say_error(self, error: Exception) -> None:
        """Say why it cannot be done; what was chosen stays to be mended."""
        plain = error if isinstance(error, TunesmithError) else our_fault()
        if plain is not error:
            self.main_window().explain(error)
        self.set_busy(False)
        self.preview(lambda: " ".join(plain.localized()).strip(), able=False)

    def main_window(self) -> Any:
        """The window."""
        return self.window()

    def set_busy(self, busy: bool) -> None:
        """Show progress and Stop, or the form again."""
        self.busy = busy
        self.form_box.setEnabled(not busy)
        self.bar.setVisible(busy)
        self.cross.setEnabled(not busy)
        self.cancel.set_text((lambda: tr("Stop")) if busy else (lambda: tr("Cancel")))
        self.go.setVisible(not busy and not self.over)

    def tell(self, done: int, total: int) -> None:
        """Progress of the work; called in its thread."""
        now = time.monotonic()
        if done >= total or now - self._told > _TELL_S:
            self._told = now
            self.progressed.emit(done, total)

    def finish(self, words: Text, buttons: list[tuple[Text, str, Callable[[], object]]]) -> None:
        """Say what was done. buttons: (text, kind, what it does); each closes the dialog."""
        self.over = True
        self.set_busy(False)
        self.form_box.hide()
        self.preview(words)
        self.mark.set_icon("check-circle", "ok")
        self.cancel.set_text(lambda: tr("Close"))
        for text, kind, act in buttons:
            button = Button(text, kind)
            button.clicked.connect(self.accept)
            button.clicked.connect(act)
            self.footer.addWidget(button)
        self.cancel.setFocus()

    def _leave(self) -> None:
        if self.busy:
            self.stop.set()
        else:
            self.reject()
