"""Says what could not be kept in an export or a conversion, and of which rows."""

from PySide6.QtWidgets import QWidget

from desktop.widgets.boxes import row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.text import IconLabel, Paragraph, Text
from services.i18n import tr

_SHOWN = 12


class LossesDialog(Dialog):
    """A list of sentences and one button; the data set itself is as it was."""

    def __init__(self, window: QWidget, title: Text, lines: list[str]) -> None:
        super().__init__(
            window, title, lambda: tr("Not everything could be kept. The data set itself is as it was."), width=640
        )
        self.lines = lines
        for line in lines[:_SHOWN]:
            self.body.addWidget(
                row(IconLabel("minus", "warn"), Paragraph(line, "body", "text", width=540), "s", gap=10)
            )
            self.body.addSpacing(10)
        if len(lines) > _SHOWN:
            self.body.addWidget(Paragraph(lambda: tr("… and {n} more.", n=len(lines) - _SHOWN), width=540))
        self.footer.addStretch(1)
        self.close_button = Button(lambda: tr("OK"), "primary")
        self.close_button.clicked.connect(self.accept)
        self.footer.addWidget(self.close_button)
