"""A list of widgets of any number and height, of which only those in sight are there.

Heights that are not known yet are estimated; when one turns out otherwise, what the person looks at stays in its place.
"""

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

_BEYOND_PX = 300  # made ready above and below what is in sight
_PASSES = 4


class VirtualList(QAbstractScrollArea):
    """make(i) gives the widget of entry i; estimate(i, width) its likely height in px; both are set by the owner.

    widest: px; wider lists keep their entries in the middle.
    """

    def __init__(self, *, gap: int = 12, margin: int = 24, widest: int = 860) -> None:
        super().__init__()
        self.make: Callable[[int], QWidget] = lambda i: QWidget()
        self.estimate: Callable[[int, int], int] = lambda i, width: 80
        self._gap, self._margin, self._widest = gap, margin, widest
        self._heights = np.zeros(0, dtype=np.int64)
        self._tops = np.zeros(1, dtype=np.int64)
        self._known = np.zeros(0, dtype=bool)
        self._width = 0
        self.built: dict[int, QWidget] = {}
        self._placing = False
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.verticalScrollBar().setSingleStep(40)
        self.viewport().setAutoFillBackground(False)
        self.viewport().setBackgroundRole(QPalette.ColorRole.NoRole)  # else labels take the ink of inputs
        self.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(0)
        self._later.timeout.connect(self.arrange)

    @property
    def count(self) -> int:
        """Number of entries."""
        return len(self._heights)

    def show_entries(self, count: int, *, keep: bool) -> None:
        """Have count entries from now on. keep: widgets that are there stay those of their numbers (the owner has them
        show what is there now); else all are made anew, from the top."""
        if not keep:
            for i in list(self.built):
                self._drop(i)
        for i in [i for i in self.built if i >= count]:
            self._drop(i)
        self._width = self._entry_width()
        old, known = self._heights, self._known
        self._heights = np.array([self.estimate(i, self._width) for i in range(count)], dtype=np.int64)
        self._known = np.zeros(count, dtype=bool)
        if keep:
            shared = min(count, len(old))
            there = np.array([i in self.built and known[i] for i in range(shared)], dtype=bool)
            self._heights[:shared][there], self._known[:shared][there] = old[:shared][there], True
        self._sum_up()
        if not keep:
            self.verticalScrollBar().setValue(0)
        self.arrange()

    def remake(self, i: int) -> None:
        """Make an entry's widget anew."""
        if i in self.built:
            self._drop(i)
            self._later.start()

    def bring(self, i: int) -> QWidget | None:
        """Bring an entry into sight; its widget."""
        if not 0 <= i < self.count:
            return None
        for _ in range(2):  # heights above it may turn out otherwise
            bar, page = self.verticalScrollBar(), self.viewport().height()
            top, bottom = int(self._tops[i]), int(self._tops[i] + self._heights[i])
            if top < bar.value() or bottom - top > page:
                bar.setValue(max(0, top - self._gap))
            elif bottom > bar.value() + page:
                bar.setValue(bottom - page + self._gap)
            self.arrange()
        return self.built.get(i)

    def entry_at(self, y: int) -> int:
        """The entry at a height of the viewport in px; the nearest one."""
        found = int(np.searchsorted(self._tops, y + self.verticalScrollBar().value(), side="right")) - 1
        return min(max(0, found), max(0, self.count - 1))

    def entry_of(self, widget: QWidget | None) -> int:
        """The entry that a widget stands in, -1 if it is in none."""
        while widget is not None and widget.parentWidget() is not self.viewport():
            widget = widget.parentWidget()
        return next((i for i, one in self.built.items() if one is widget), -1)

    def top_of(self, i: int) -> int:
        """Where an entry begins, in px of the viewport."""
        return int(self._tops[min(i, self.count)]) - self.verticalScrollBar().value()

    # ---- placing

    def arrange(self) -> None:
        """Make what is in sight, let go what is far away, and put all of it in its place."""
        if self._placing or not self.isVisible():
            return
        self._placing = True
        try:
            for _ in range(_PASSES):
                if not self._pass():
                    break
        finally:
            self._placing = False

    def _pass(self) -> bool:
        """One round; whether a height turned out otherwise."""
        bar, page = self.verticalScrollBar(), self.viewport().height()
        anchor = self.entry_at(0)
        offset = bar.value() - int(self._tops[anchor]) if self.count else 0
        first, last = self.entry_at(-_BEYOND_PX), self.entry_at(page + _BEYOND_PX)
        seen = range(first, last + 1) if self.count else range(0)
        for i in [i for i in self.built if i not in seen]:
            if not self._holds_focus(self.built[i]):
                self._drop(i)
        changed = False
        for i in seen:
            if i not in self.built:
                self._build(i)
            changed |= self._measure(i)
        if changed:
            self._sum_up()
            bar.setValue(int(self._tops[anchor]) + min(offset, int(self._heights[anchor])))
        left = self._left()
        for i, widget in self.built.items():
            widget.setGeometry(left, self.top_of(i), self._width, int(self._heights[i]))
        return changed

    def _build(self, i: int) -> None:
        widget = self.make(i)
        self.built[i] = widget
        widget.setParent(self.viewport())
        widget.setGeometry(self._left(), self.top_of(i), self._width, int(self._heights[i]))
        widget.installEventFilter(self)
        widget.show()
        self._known[i] = False

    def _measure(self, i: int) -> bool:
        if self._known[i]:
            return False
        widget = self.built[i]
        if widget.width() != self._width:
            widget.resize(self._width, widget.height())
        layout = widget.layout()
        wanted = int(self._heights[i])
        for _ in range(2):  # a field takes its height when it knows its width
            if layout is not None:
                layout.activate()
                hint = layout.totalSizeHint().height()
                wanted = layout.totalHeightForWidth(self._width) if layout.hasHeightForWidth() else hint
            else:
                wanted = widget.sizeHint().height()
            if wanted == widget.height():
                break
            widget.resize(self._width, wanted)
        self._known[i] = True
        if wanted == self._heights[i]:
            return False
        self._heights[i] = wanted
        return True

    def _drop(self, i: int) -> None:
        widget = self.built.pop(i)
        widget.removeEventFilter(self)
        widget.hide()
        widget.deleteLater()

    def _sum_up(self) -> None:
        self._tops = np.concatenate([[self._gap], self._gap + np.cumsum(self._heights + self._gap)])
        total = int(self._tops[-1])
        page = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setPageStep(page)
        bar.setRange(0, max(0, total - page))

    def _entry_width(self) -> int:
        return max(120, min(self._widest, self.viewport().width() - 2 * self._margin))

    def _left(self) -> int:
        return max(self._margin, (self.viewport().width() - self._width) // 2)

    def _holds_focus(self, widget: QWidget) -> bool:
        focus = QApplication.focusWidget()
        return focus is not None and (focus is widget or widget.isAncestorOf(focus))

    # ---- events

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.LayoutRequest and not self._placing:
            i = next((i for i, widget in self.built.items() if widget is watched), -1)
            if i >= 0:
                self._known[i] = False
                self._later.start()
        return False

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        if not self._placing:
            self.arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._entry_width() != self._width:
            self._width = self._entry_width()
            self._known[:] = False
            fresh = np.array([self.estimate(i, self._width) for i in range(self.count)], dtype=np.int64)
            there = [i for i in self.built if i < self.count]
            fresh[there] = self._heights[there]
            self._heights = fresh
        self._sum_up()
        self._later.start()

    def showEvent(self, event: object) -> None:
        super().showEvent(event)  # type: ignore[arg-type]
        self._later.start()

    def wheelEvent(self, event: QWheelEvent) -> None:
        QApplication.sendEvent(self.verticalScrollBar(), event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes on in the order of the entries, also to those that are not made yet."""
        focus = QApplication.focusWidget()
        here = self.entry_of(focus)
        if focus is None or here < 0:
            return super().focusNextPrevChild(forward)
        stops = _stops(self.built[here])
        at = stops.index(focus) if focus in stops else -1
        after = at + (1 if forward else -1)
        if 0 <= after < len(stops):
            return _give(stops[after], forward=forward)
        entry = here + (1 if forward else -1)
        while 0 <= entry < self.count:
            widget = self.bring(entry)
            found = _stops(widget) if widget is not None else []
            if found:
                return _give(found[0 if forward else -1], forward=forward)
            entry += 1 if forward else -1
        return super().focusNextPrevChild(forward)


def _stops(widget: QWidget) -> list[QWidget]:
    """What takes the focus by Tab within a widget, in reading order."""
    found = [
        child
        for child in widget.findChildren(QWidget)
        if child.isVisibleTo(widget) and child.isEnabled() and child.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]

    def place(child: QWidget) -> tuple[int, int]:
        at = child.mapTo(widget, child.rect().center())
        return (at.y() // 28 if child.height() < 60 else child.mapTo(widget, child.rect().topLeft()).y() // 28, at.x())

    return sorted(found, key=place)


def _give(widget: QWidget, *, forward: bool) -> bool:
    reasons = Qt.FocusReason
    widget.setFocus(reasons.TabFocusReason if forward else reasons.BacktabFocusReason)
    return True
