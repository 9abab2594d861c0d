"""The command palette (Ctrl+K): commands, and whatever the project has a name for."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from desktop.fuzzy import best
from desktop.theme import color, font, pixmap, radius
from desktop.widgets.boxes import Box
from desktop.widgets.inputs import SearchField
from services.i18n import tr

_ROW = 36
_SHOWN = 10
_MOST = 60
EntryRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Entry:
    """A thing the palette finds. note: what kind of thing, at the right; shortcut: shown in its place."""

    text: str
    run: Callable[[], None]
    icon: str = "command"
    note: str = ""
    shortcut: str = ""
    also: str = ""
    """Further words it is found by (English ones while the window is Chinese)."""


Source = Callable[[str], list[Entry]]
"""Entries for what is typed; a source that looks things up itself does it here, under 50 ms."""


class _Found(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: list[Entry] = []

    def set_entries(self, entries: list[Entry]) -> None:
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return entry.text
        return entry if role == EntryRole else None


class _Line(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(200, _ROW)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        entry: Entry = index.data(EntryRole)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        area = QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("tint"))
            painter.drawRoundedRect(area.adjusted(8, 0, -8, 0), 6, 6)
        painter.drawPixmap(20, int(area.y()) + 10, pixmap(entry.icon, "on_tint" if chosen else "text2", 16))
        side = entry.shortcut or entry.note
        painter.setFont(font("small"))
        painter.setPen(color("on_tint" if chosen else "text3"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(area.adjusted(0, 0, -20, 0), middle | Qt.AlignmentFlag.AlignRight, side)
        room = area.width() - 44 - 32 - QFontMetrics(font("small")).horizontalAdvance(side)
        painter.setFont(font("body"))
        painter.setPen(color("on_tint" if chosen else "text"))
        text = QFontMetrics(font("body")).elidedText(entry.text, Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(area.adjusted(44, 0, 0, 0), middle, text)
        painter.restore()


class Palette(QWidget):
    """Over the window, under its menu row; 640 px wide. Up, Down, Enter, Esc."""

    closed = Signal()

    def __init__(self, window: QWidget, sources: list[Source]) -> None:
        super().__init__(window)
        self._sources = sources
        self._over = window
        self.field = SearchField(lambda: tr("Find anything"), hint="Esc")
        self.field.setFixedHeight(40)
        self.field.textChanged.connect(self._find)
        self.field.escaped.connect(self.close_palette)
        self.field.installEventFilter(self)
        self._model = _Found(self)
        self.list = QListView()
        self.list.setModel(self._model)
        self.list.setItemDelegate(_Line(self.list))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setMouseTracking(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.entered.connect(self.list.setCurrentIndex)
        self.list.clicked.connect(lambda index: self._run(index.row()))
        self.list.setAccessibleName(tr("Found"))
        self.list.viewport().setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setSpacing(8)
        layout.addWidget(Box("h", [self.field], margins=(8, 0, 8, 0)))
        layout.addWidget(self.list)
        layout.setContentsMargins(1, 9, 1, 9)
        window.installEventFilter(self)
        self._find("")
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def entries(self) -> list[Entry]:
        """What is found now, best first."""
        return list(self._model.entries)

    def close_palette(self) -> None:
        """Leave without doing anything."""
        self._over.removeEventFilter(self)
        self.hide()
        self.closed.emit()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._steer(event)
        if watched is self._over and event.type() == QEvent.Type.Resize:
            self._place()
        elif watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.close_palette()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(color("soft"), 1))
        painter.setBrush(color("raised"))
        corner = radius("dialog")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), corner, corner)
        if not self._model.entries:
            painter.setFont(font("body"))
            painter.setPen(color("text2"))
            painter.drawText(
                self.rect().adjusted(20, 50, -20, 0), Qt.AlignmentFlag.AlignVCenter, tr("Nothing is called that")
            )
        painter.end()

    def _find(self, typed: str) -> None:
        entries = [entry for source in self._sources for entry in source(typed)]
        order = best(typed, [f"{e.text} {e.also}" for e in entries], _MOST)
        self._model.set_entries([entries[i] for i in order])
        if order:
            self.list.setCurrentIndex(self._model.index(0))
        self._place()
        self.update()

    def _steer(self, event: QKeyEvent) -> bool:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: _SHOWN, Qt.Key.Key_PageUp: -_SHOWN}
        key = Qt.Key(event.key())
        if key in step:
            row = self.list.currentIndex().row() + step[key]
            row = max(0, min(len(self._model.entries) - 1, row))
            self.list.setCurrentIndex(self._model.index(row))
            return True
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._run(self.list.currentIndex().row())
            return True
        if key == Qt.Key.Key_Escape:
            self.close_palette()
            return True
        return False

    def _run(self, row: int) -> None:
        if 0 <= row < len(self._model.entries):
            entry = self._model.entries[row]
            self.close_palette()
            entry.run()

    def _place(self) -> None:
        window = self._over
        width = min(640, window.width() - 48)
        shown = min(_SHOWN, max(1, len(self._model.entries)))
        self.list.setFixedHeight(shown * _ROW)
        height = 9 + 40 + 8 + shown * _ROW + 9
        self.setGeometry((window.width() - width) // 2, 48, width, height)


def key_text(shortcut: str) -> str:
    """A shortcut as the system writes it: the first of several."""
    return QKeySequence(shortcut.split(" | ")[0]).toString(QKeySequence.SequenceFormat.NativeText) if shortcut else ""
