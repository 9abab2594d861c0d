"""A toast: a word about something that has been done, with Undo where it can be undone. Goes by itself."""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from desktop.theme import radius
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.text import IconLabel, Label, Text

_SHOWN_MS = 5000
_LIFT = 84  # px above the window's lower edge, clear of jobs strip and status bar


class Toast(Box):
    """Shown at the lower middle of a window, one at a time. action: text of its button, run: what that does."""

    def __init__(
        self,
        window: QWidget,
        text: Text,
        *,
        icon: str = "check-circle",
        icon_role: str = "ok",
        action: Text = "",
        run: Callable[[], None] | None = None,
        shown_ms: int = _SHOWN_MS,
    ) -> None:
        super().__init__("h", gap=8, margins=(14, 0, 14, 0), fill="raised", line="soft", corner=radius("card"))
        self.setParent(window)
        self.setFixedHeight(40)
        self.add(IconLabel(icon, icon_role))
        self.label = Label(text)
        self.add(self.label)
        self.button: Button | None = None
        if run is not None:
            self.button = Button(action, "link")
            self.button.clicked.connect(run)
            self.button.clicked.connect(self.go)
            self.add(8)
            self.add(self.button)
        self.setAccessibleName(self.label.text())
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.go)
        self._timer.start(shown_ms)
        self.adjustSize()
        self.place()
        self.show()
        self.raise_()

    def place(self) -> None:
        """Stand in the lower middle of the window."""
        window = self.parentWidget()
        if window is not None:
            self.move((window.width() - self.width()) // 2, window.height() - self.height() - _LIFT)

    def go(self) -> None:
        """Leave."""
        self._timer.stop()
        self.hide()
        self.deleteLater()
