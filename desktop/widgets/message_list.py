"""The messages of a chat, one below the other: follows the end while one is there, builds a long chat bit by bit."""

import time
from collections.abc import Callable

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.widgets.boxes import Box

WIDEST = 960  # px
_SLICE_S = 0.012  # of the window's thread at a time
_NEAR_PX = 8


class Centred(Box):
    """A column no wider than WIDEST, in the middle of the room there is."""

    def __init__(self, *, fill: str = "", top: int = 0, bottom: int = 0) -> None:
        super().__init__("v", margins=(0, top, 0, bottom), fill=fill)
        self._edges = (top, bottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beside = max(0, (self.width() - WIDEST) // 2)
        self.box.setContentsMargins(beside, self._edges[0], beside, self._edges[1])


class MessageList(QScrollArea):
    """Widgets in order. Scrolls by itself only while the end is in sight."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self._column = Centred(fill="page", top=12, bottom=12)
        self._column.add("s")
        self.setWidget(self._column)
        self._make: Callable[[int], QWidget] | None = None
        self._left = 0
        self._later = QTimer(self)
        self._later.setInterval(0)
        self._later.timeout.connect(self._build_some)
        self._at_end = True
        self._from_end: int | None = None  # px below what is in sight, while older messages come in above
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._grew)

    def show_messages(self, count: int, make: Callable[[int], QWidget]) -> None:
        """Show messages 0 to count - 1, each made by make(index): the newest at once, the others when there is time."""
        self.clear()
        self._make, self._left = make, count
        self._build_some()
        if self._left:
            self._later.start()

    def clear(self) -> None:
        """Show nothing."""
        self._later.stop()
        self._left = 0
        for widget in self.widgets():
            self.remove(widget)
        self.follow()

    def add(self, widget: QWidget) -> None:
        """One more at the end."""
        self._column.box.insertWidget(self._column.box.count() - 1, widget)

    def remove(self, widget: QWidget) -> None:
        """Take one away."""
        self._column.box.removeWidget(widget)
        widget.hide()
        widget.deleteLater()

    def widgets(self) -> list[QWidget]:
        """All that are built, in order."""
        items = (self._column.box.itemAt(i) for i in range(self._column.box.count()))
        return [widget for item in items if item is not None and (widget := item.widget()) is not None]

    def complete(self) -> bool:
        """Whether every message is built."""
        return not self._left

    def follow(self) -> None:
        """Go to the end and stay there."""
        self._at_end, self._from_end = True, None
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def _build_some(self) -> None:
        end = time.monotonic() + _SLICE_S
        bar = self.verticalScrollBar()
        while self._left and self._make is not None:
            self._left -= 1
            if not self._at_end:
                self._from_end = bar.maximum() - bar.value()
            self._column.box.insertWidget(0, self._make(self._left))
            if time.monotonic() > end:
                return
        self._later.stop()

    def _scrolled(self, value: int) -> None:
        self._at_end = value >= self.verticalScrollBar().maximum() - _NEAR_PX

    def _grew(self, _low: int, high: int) -> None:
        bar = self.verticalScrollBar()
        if self._at_end:
            bar.setValue(high)
        elif self._from_end is not None:
            bar.setValue(high - self._from_end)
            self._from_end = None
