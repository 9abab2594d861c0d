"""Asks which model of the hub to fetch: its name there, and a mirror if the hub itself is out of reach."""

import re

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import LineEdit, mark_error
from desktop.widgets.text import Label, Paragraph
from services.i18n import tr

_NAME = re.compile(r"[\w][\w.-]*/[\w.-]+")
_ADDRESS = re.compile(r"https?://[^\s/]+(/\S*)?")


def model_name(text: str) -> str:
    """'maker/name' of what was typed or pasted (also the address of its page); '' if it is no name."""
    words = text.strip().split("?", 1)[0].rstrip("/")
    if "://" in words:
        words = "/".join(words.split("://", 1)[1].split("/")[1:3])
    return words if _NAME.fullmatch(words) else ""


class DownloadDialog(Dialog):
    """asked(model, endpoint) when the person wants it; a wrong value is a sentence below its field."""

    asked = Signal(str, str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, lambda: tr("Download a model"), lambda: tr("from Hugging Face or a mirror"), width=560)
        self.model = LineEdit(placeholder="Qwen/Qwen2.5-1.5B-Instruct", name=lambda: tr("Name on the hub"))
        self.wrong_model = Label("", "small", "err")
        self.endpoint = LineEdit(placeholder="https://huggingface.co", name=lambda: tr("Mirror (may stay empty)"))
        self.wrong_endpoint = Label("", "small", "err")
        for title, field, wrong in (
            (lambda: tr("Name on the hub"), self.model, self.wrong_model),
            (lambda: tr("Mirror (may stay empty)"), self.endpoint, self.wrong_endpoint),
        ):
            self.body.addWidget(Label(title, "medium"))
            self.body.addSpacing(6)
            self.body.addWidget(field)
            self.body.addSpacing(4)
            self.body.addWidget(wrong)
            self.body.addSpacing(8)
            field.textEdited.connect(lambda _, f=field, w=wrong: self._forgive(f, w))
            field.returnPressed.connect(self._ask)
        self.body.addWidget(
            Paragraph(
                lambda: tr(
                    "Only safetensors weights are fetched, never files that can run code. It goes on in the "
                    "background, and after a break where it stopped."
                ),
                "small",
                width=496,
            )
        )
        self.footer.addStretch(1)
        away = Button(lambda: tr("Cancel"))
        away.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Download"), "primary", "download-simple")
        self.go.clicked.connect(self._ask)
        self.footer.addWidget(away)
        self.footer.addWidget(self.go)

    def _forgive(self, field: LineEdit, wrong: Label) -> None:
        mark_error(field, False)
        wrong.set_text("")

    def _ask(self) -> None:
        name, endpoint = model_name(self.model.text()), self.endpoint.text().strip().rstrip("/")
        if not name:
            mark_error(self.model, True)
            self.wrong_model.set_text(lambda: tr("Write it as maker/name, as its page on the hub shows it."))
            self.model.setFocus()
        elif endpoint and not _ADDRESS.fullmatch(endpoint):
            mark_error(self.endpoint, True)
            self.wrong_endpoint.set_text(lambda: tr("Write an address that begins with https://, or nothing."))
            self.endpoint.setFocus()
        else:
            self.asked.emit(name, endpoint)
            self.accept()
