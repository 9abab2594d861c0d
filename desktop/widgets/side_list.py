"""The list pane at the left of a page: headings, rows of 56 px, one of them chosen. Up and down move the choice."""

from collections.abc import Sequence

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.models.side_list import SideItem, SideListModel, SideRole
from desktop.theme import color, font, pixmap, size
from desktop.widgets.progress import paint_bar
from desktop.widgets.text import Text, say

_HEADING_PX = 36
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class SideList(QListView):
    """Shows SideItems and tells which one the person chose."""

    chosen = Signal(str)
    """Id of the item that is chosen now, by mouse or keys."""

    def __init__(self, name: Text) -> None:
        super().__init__()
        self._name = name
        self._model = SideListModel(self)
        self._current, self._quiet = "", False
        self.setModel(self._model)
        self.setItemDelegate(_Painter(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.selectionModel().selectionChanged.connect(self._selected)
        self.retranslate()

    def items(self) -> list[SideItem]:
        """What is shown, headings too."""
        return self._model.items()

    def current(self) -> str:
        """Id of the chosen item, "" if there is none."""
        return self._current

    def show_items(self, items: Sequence[SideItem]) -> None:
        """Show these; the choice stays where it was, by id."""
        self._quiet = True  # a list laid anew has no current row for a moment
        self._model.set_items(items)
        self.choose(self._current)

    def choose(self, item_id: str) -> None:
        """Choose without a signal; an id that is not there chooses nothing."""
        row = self._model.row_of(item_id)
        self._current = item_id if row >= 0 else ""
        index = self._model.index(row)
        self._quiet = True
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._quiet = False

    def area(self, item_id: str) -> QRectF:
        """Where an item is drawn."""
        return QRectF(self.visualRect(self._model.index(self._model.row_of(item_id))))

    def retranslate(self) -> None:
        self.setAccessibleName(say(self._name))

    def restyle(self) -> None:
        self.viewport().update()

    def _selected(self, selected: QItemSelection) -> None:
        # the selection, not the current row: a view that gets the focus makes its first row current by itself
        item = next((index.data(SideRole) for index in selected.indexes()), None)
        if not self._quiet and item is not None and not item.heading and item.id != self._current:
            self._current = item.id
            self.chosen.emit(item.id)


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        item = index.data(SideRole)
        if item is not None and item.heading:
            return QSize(100, _HEADING_PX + (8 if index.row() else 0))
        return QSize(100, size("list_row") + (6 if item is not None and item.share is not None else 0))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: SideItem = index.data(SideRole)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect)
        if item.heading:
            self._heading(painter, area, item)
        else:
            state = option.state
            on = bool(state & QStyle.StateFlag.State_Selected)
            ground = area.adjusted(8, 1, -8, -1)
            if on or state & QStyle.StateFlag.State_MouseOver:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(color("tint" if on else "hover"))
                painter.drawRoundedRect(ground, 6, 6)
            self._item(painter, ground, item, on)
        painter.restore()

    def _heading(self, painter: QPainter, area: QRectF, item: SideItem) -> None:
        line = QRectF(area.left() + 20, area.bottom() - _HEADING_PX, area.width() - 40, _HEADING_PX)
        painter.setFont(font("small_strong"))
        painter.setPen(color("text3"))
        painter.drawText(line, _LEFT, item.title)
        painter.setFont(font("small"))
        painter.drawText(line, _RIGHT, item.note)

    def _item(self, painter: QPainter, area: QRectF, item: SideItem, on: bool) -> None:
        bar = 6.0 if item.share is not None else 0.0
        middle = area.center().y() - bar / 2
        role = "on_tint" if on and item.icon_role != "err" else item.icon_role  # the others are too faint on the tint
        painter.drawPixmap(int(area.left()) + 12, int(middle) - 8, pixmap(item.icon, role, 16))
        left, right = area.left() + 44, area.right() - 12
        painter.setFont(font("small"))
        painter.setPen(color("on_tint" if on else "text2"))
        wide = QFontMetrics(font("small")).horizontalAdvance(item.note)
        painter.drawText(QRectF(right - wide - 2, middle - 20, wide + 2, 20), _RIGHT, item.note)
        face = font("medium")
        painter.setFont(face)
        painter.setPen(color("on_tint" if on else "text"))
        room = right - left - (wide + 10 if item.note else 0)
        title = QFontMetrics(face).elidedText(item.title, Qt.TextElideMode.ElideRight, int(room))
        top = middle - 20 if item.line else middle - 10
        painter.drawText(QRectF(left, top, room + 2, 20), _LEFT, title)
        face = font("small")
        painter.setFont(face)
        painter.setPen(color("on_tint" if on else "text2"))
        line = QFontMetrics(face).elidedText(item.line, Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, middle, right - left + 2, 20), _LEFT, line)
        if item.share is not None:
            track = "page" if on else "hover"
            paint_bar(painter, QRectF(left, area.bottom() - 9, right - left, 4), [(item.share, "accent")], 1.0, track)
