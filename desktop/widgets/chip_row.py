"""A row of buttons of which only those are shown that fit."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.widgets.buttons import Button


class ChipRow(QWidget):
    """Takes whatever width is left."""

    def __init__(self, *, gap: int = 4, height: int = 28) -> None:
        super().__init__()
        self._gap = gap
        self._buttons: list[Button] = []
        self.setFixedHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def fill(self, buttons: list[Button]) -> None:
        """Show these in place of those before."""
        for old in self._buttons:
            old.hide()
            old.deleteLater()
        self._buttons = buttons
        for button in buttons:
            button.setParent(self)
        self._place()

    def sizeHint(self) -> QSize:
        return QSize(0, self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place()

    def retranslate(self) -> None:
        self._place()

    def _place(self) -> None:
        left, room = 0, True
        for button in self._buttons:
            size = button.sizeHint()
            room = room and left + size.width() <= self.width()
            button.setGeometry(left, 0, size.width(), size.height())
            button.setVisible(room)
            left += size.width() + self._gap
