"""The list of rows that differ: an icon of what became of the row, its number, and the columns."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.models.diff_list import ColumnsRole, DiffListModel, EntryRole, KindRole
from desktop.theme import color, font, pixmap
from services.datasets.difference import Difference
from services.i18n import tr

_ROW_PX = 44
_ICONS = {"changed": ("pencil-simple", "accent"), "added": ("plus", "ok"), "removed": ("minus", "err")}


class DiffList(QListView):
    """Shows a part of a Difference and tells which entry is chosen. Rows are drawn as they come into sight."""

    chosen = Signal(int)
    """Number of the entry; -1 for none."""

    def __init__(self) -> None:
        super().__init__()
        self._model = DiffListModel(self)
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self))
        self.setUniformItemSizes(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.selectionModel().currentChanged.connect(self._current)
        self.retranslate()

    def show_difference(self, found: Difference | None, kind: str = "", column: str | None = None) -> None:
        """Show these rows; the first is chosen."""
        self._model.show(found, kind, column)
        if self.count():
            self.setCurrentIndex(self._model.index(0))
        else:
            self.chosen.emit(-1)

    def count(self) -> int:
        """How many are shown."""
        return self._model.rowCount()

    def at(self) -> int:
        """Place of the chosen one in the list, -1 for none."""
        return self.currentIndex().row()

    def step(self, by: int) -> None:
        """Choose the next (1) or the one before (-1); stays at the ends."""
        row = max(0, min(self.count() - 1, self.at() + by))
        if self.count():
            self.setCurrentIndex(self._model.index(row))
            self.scrollTo(self._model.index(row))

    def retranslate(self) -> None:
        self.setAccessibleName(tr("Rows that differ"))
        self.viewport().update()

    def restyle(self) -> None:
        self.viewport().update()

    def _current(self, current: QModelIndex, _before: QModelIndex) -> None:
        self.chosen.emit(int(current.data(EntryRole)) if current.isValid() else -1)


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        area = QRectF(option.rect).adjusted(8, 1, -8, -1)
        if on or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("tint" if on else "hover"))
            painter.drawRoundedRect(area, 6, 6)
        name, role = _ICONS[index.data(KindRole)]
        columns = str(index.data(ColumnsRole) or "")
        middle = area.center().y()
        painter.drawPixmap(int(area.left()) + 10, int(middle) - 8, pixmap(name, "on_tint" if on else role, 16))
        painter.setFont(font("medium"))
        painter.setPen(color("on_tint" if on else "text"))
        left = area.left() + 36
        room = area.right() - 8 - left
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        painter.drawText(QRectF(left, middle - (19 if columns else 10), room, 20), flags, str(index.data()))
        if columns:
            painter.setFont(font("small"))
            painter.setPen(color("on_tint" if on else "text2"))
            shown = QFontMetrics(font("small")).elidedText(columns, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(left, middle - 1, room, 18), flags, shown)
        painter.restore()
