"""Asks for one line: a name, a note."""

from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import LineEdit
from desktop.widgets.text import Label, Text
from services.i18n import tr


class TextDialog(Dialog):
    """A field and two buttons. empty: whether nothing is an answer too."""

    def __init__(
        self, window: QWidget, title: Text, name: Text, text: str, *, placeholder: Text, empty: bool, action: Text
    ) -> None:
        super().__init__(window, title, width=480)
        self._empty = empty
        self.field = LineEdit(text, name=name, placeholder=placeholder)
        self.field.selectAll()
        self.body.addWidget(Label(name, "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(self.field)
        self.footer.addStretch(1)
        cancel = Button(lambda: tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = Button(action, "primary")
        self.go.clicked.connect(self.accept)
        self.field.returnPressed.connect(self.go.click)
        self.field.textChanged.connect(self._say)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.go)
        self._say()

    def _say(self) -> None:
        self.go.allow(self._empty or bool(self.field.text().strip()), lambda: tr("Give it a name first."))


def ask_text(
    window: QWidget,
    title: Text,
    name: Text,
    text: str = "",
    *,
    placeholder: Text = "",
    empty: bool = False,
    action: Text = "",
) -> str | None:
    """Ask; None if the person thought better of it."""
    dialog = TextDialog(
        window, title, name, text, placeholder=placeholder, empty=empty, action=action or (lambda: tr("OK"))
    )
    return dialog.field.text() if dialog.run() else None
