"""Proposals below a field: a list over the window that never takes the keys from the field."""

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QListWidget, QWidget

from desktop.theme import font
from desktop.theme.qss import popup_sheet

_SEEN = 8
_ROW_PX = 28


class Proposals(QListWidget):
    """Shown under its field while there is something to propose. A click says `chosen(text)`."""

    chosen = Signal(str)

    def __init__(self, field: QWidget) -> None:
        super().__init__(field)
        self._field = field
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.itemClicked.connect(lambda item: self.chosen.emit(item.text()))
        self.hide()

    def propose(self, texts: list[str]) -> None:
        """Show these; none hides the list."""
        self.clear()
        if not texts:
            self.hide()
            return
        self.setStyleSheet(popup_sheet())
        self.setFont(font("body"))
        self.addItems(texts)
        window = self._field.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        rows = min(_SEEN, len(texts))
        self.setGeometry(0, 0, max(self._field.width(), self.sizeHintForColumn(0) + 32), rows * _ROW_PX + 12)
        self.move(self._field.mapTo(window, QPoint(0, self._field.height() + 2)))
        self.show()
        self.raise_()

    def step(self, by: int) -> None:
        """Mark the next one (1) or the one before (-1)."""
        count = self.count()
        if count:
            at = self.currentRow()
            self.setCurrentRow(0 if at < 0 and by > 0 else (at + by) % count)

    def marked(self) -> str:
        """The one that is marked, '' if none is."""
        item = self.currentItem()
        return item.text() if item is not None and self.isVisible() else ""
