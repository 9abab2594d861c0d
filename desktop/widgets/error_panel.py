"""An error as a person should meet it: a sentence, its cause, and the button that mends it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.theme import radius
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.text import IconLabel, Label, Paragraph, Text
from services.errors import TunesmithError
from services.i18n import tr


class ErrorPanel(Box):
    """A panel with a red edge. action: text of the button that mends it; `acted` tells that it was pressed.

    big: the top of a failed page (title type); else a banner. warn: amber, for what does not stop anything.
    """

    acted = Signal()
    closed = Signal()

    def __init__(
        self,
        sentence: Text,
        cause: Text = "",
        action: Text = "",
        *,
        note: Text = "",
        big: bool = False,
        warn: bool = False,
        closable: bool = False,
    ) -> None:
        ink = "warn" if warn else "err"
        super().__init__("h", fill=f"{ink}_tint", corner=radius("card"), edge=ink)
        pad = 20 if big else 14
        self.box.setContentsMargins(pad, pad - 4, pad - 4, pad - 4)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        mark = IconLabel("warning" if warn else "warning-circle", ink, 24 if big else 20)
        self.box.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        self.box.addSpacing(12)
        words = QVBoxLayout()
        words.setSpacing(6 if big else 2)
        self.sentence = Paragraph(sentence, "title" if big else "strong", "text")
        self.cause = Paragraph(cause, "body", "text")
        words.addWidget(self.sentence)
        words.addWidget(self.cause)
        self.cause.setVisible(bool(cause))
        self.box.addLayout(words, 1)
        side = QHBoxLayout()
        side.setSpacing(8)
        if note:
            side.addWidget(Label(note, "body", "text2"))
        self.button = Button(action, "secondary")
        self.button.setVisible(bool(action))
        self.button.clicked.connect(self.acted)
        side.addWidget(self.button)
        if closable:
            self.close_button = IconButton("x", lambda: tr("Close"), height=28)
            self.close_button.clicked.connect(self.closed)
            side.addWidget(self.close_button)
        self.box.addSpacing(12)
        self.box.addLayout(side)
        self.box.setAlignment(side, Qt.AlignmentFlag.AlignTop)

    @classmethod
    def of(cls, error: TunesmithError, action: Text = "", *, big: bool = False, closable: bool = False) -> "ErrorPanel":
        """The panel of an error, in the language in use now and later."""
        return cls(
            lambda: error.localized()[0],
            (lambda: error.localized()[1]) if error.way_out_message else "",
            action,
            big=big,
            closable=closable,
        )


class Banner(QWidget):
    """Where a page's errors appear: nothing, until show_error. Stands above the page's content."""

    acted = Signal(str)
    """The command id of the button that was pressed."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(24, 16, 24, 0)
        self._panel: ErrorPanel | None = None
        self.hide()

    def show_error(self, error: TunesmithError, action: Text = "") -> None:
        """Show an error in place of the last one."""
        self.clear()
        panel = ErrorPanel.of(error, action, closable=True)
        panel.acted.connect(lambda: self.acted.emit(error.action))
        panel.closed.connect(self.clear)
        self._panel = panel
        self._layout.addWidget(panel)
        self.show()

    def panel(self) -> ErrorPanel | None:
        """The panel that is shown, if any."""
        return self._panel

    def clear(self) -> None:
        """Show nothing."""
        if self._panel is not None:
            self._panel.hide()
            self._panel.deleteLater()
            self._panel = None
        self.hide()
