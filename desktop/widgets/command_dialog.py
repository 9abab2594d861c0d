"""Show as command: the line and the YAML that do the same as the page."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.widgets.boxes import row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import TextArea
from desktop.widgets.text import Label, Text
from services.i18n import tr


class CommandDialog(Dialog):
    """command: the `tunesmith ...` line. yaml: the file that it reads, '' if it needs none."""

    def __init__(self, window: QWidget, command: str, yaml: str = "", *, file_name: str = "recipe.yaml") -> None:
        super().__init__(
            window,
            lambda: tr("Show as command"),
            lambda: tr("The same in a terminal, for a script or another machine."),
            width=760,
        )
        self.copies: list[Button] = []
        self.command = self._part(lambda: tr("Command"), command, lines=max(1, command.count("\n") + 1))
        self.yaml: TextArea | None = None
        if yaml:
            self.body.addSpacing(16)
            self.yaml = self._part(file_name, yaml, lines=min(16, yaml.count("\n") + 1))
        self.footer.addStretch(1)
        close = Button(lambda: tr("Close"))
        close.clicked.connect(self.reject)
        self.footer.addWidget(close)

    def _part(self, name: Text, text: str, lines: int) -> TextArea:
        area = TextArea(text, name=name, mono=True)
        area.setReadOnly(True)
        area.setFixedHeight(lines * 18 + 30)
        copy = Button(lambda: tr("Copy"), "ghost", "copy", height=28)

        def take() -> None:
            QGuiApplication.clipboard().setText(text)
            copy.set_text(lambda: tr("Copied"))
            copy.set_icon("check", "ok")

        copy.clicked.connect(take)
        self.copies.append(copy)
        head = row(Label(name, "small_strong", "text3"), "s", copy)
        self.body.addWidget(head)
        self.body.addSpacing(4)
        self.body.addWidget(area)
        return area
