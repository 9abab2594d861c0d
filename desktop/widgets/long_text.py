"""A large field for one cell: long answers are edited where they can be read."""

from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.exact_text import exact_text
from desktop.widgets.inputs import TextArea
from desktop.widgets.text import Label
from services.i18n import tr, trn


class LongTextDialog(Dialog):
    """Keep writes the text back; Esc leaves it as it was."""

    def __init__(self, window: QWidget, name: str, text: str) -> None:
        super().__init__(window, name, width=820)
        self._original = text
        self.field = TextArea(text, name=name)
        self.field.setMinimumHeight(380)
        self.field.document().setModified(False)
        self.body.addWidget(self.field, 1)
        self._count = Label("", "small", "text2")
        self.field.textChanged.connect(self._say)
        self.footer.addWidget(self._count)
        self.footer.addStretch(1)
        away = Button(lambda: tr("Cancel"))
        away.clicked.connect(self.reject)
        keep = Button(lambda: tr("Keep"), "primary")
        keep.clicked.connect(self.accept)
        self.footer.addWidget(away)
        self.footer.addWidget(keep)
        self._say()

    def text(self) -> str:
        """The text as it is now; untouched, it comes back as it was."""
        return exact_text(self.field.document(), self._original)

    def _say(self) -> None:
        length = max(0, self.field.document().characterCount() - 1)
        self._count.set_text(lambda: trn("{n} character", "{n} characters", length))


def edit_long_text(window: QWidget, name: str, text: str) -> str | None:
    """Let the person edit a text; None if it was left as it was."""
    dialog = LongTextDialog(window, name, text)
    kept = dialog.run()
    result = dialog.text()
    dialog.deleteLater()
    return result if kept and result != text else None
