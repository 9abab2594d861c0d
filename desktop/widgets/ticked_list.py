"""Draws a TickedModel: two lines an item, a tick at the left. Space or a click on the tick changes it."""

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QPoint, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.models.ticked import Ticked, TickedModel, TickedRole
from desktop.theme import color, font, pixmap
from desktop.widgets.text import Text, say

_ROW_PX = 56
_LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
_RIGHT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight


class TickedList(QListView):
    """A list of its own model; `ticked` holds it."""

    def __init__(self, name: Text) -> None:
        super().__init__()
        self._name = name
        self.ticked = TickedModel(self)
        self.setModel(self.ticked)
        self.setItemDelegate(_Painter(self))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.retranslate()

    def current(self) -> Ticked | None:
        """The item that the person is at."""
        return self.currentIndex().data(TickedRole) if self.currentIndex().isValid() else None

    def retranslate(self) -> None:
        self.setAccessibleName(say(self._name))

    def restyle(self) -> None:
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and self.currentIndex().isValid():
            self._turn(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and self._on_tick(index, event.position().toPoint()):
            self._turn(index)
        super().mouseReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange:
            self.viewport().update()

    def tick_at(self, row: int) -> QPoint:
        """The middle of a row's tick, in the viewport."""
        area = self.visualRect(self.ticked.index(row))
        return QPoint(area.left() + 24, area.center().y())

    def _on_tick(self, index: QModelIndex, at: QPoint) -> bool:
        return at.x() < self.visualRect(index).left() + 40

    def _turn(self, index: QModelIndex) -> None:
        state = index.data(Qt.ItemDataRole.CheckStateRole)
        if state is not None and self.isEnabled():
            on = Qt.CheckState(state) == Qt.CheckState.Checked
            goal = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
            self.ticked.setData(index, goal, Qt.ItemDataRole.CheckStateRole)


class _Painter(QStyledItemDelegate):
    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(100, _ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: Ticked = index.data(TickedRole)
        on = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(option.rect).adjusted(8, 1, -8, -1)
        if on or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(color("tint" if on else "hover"))
            painter.drawRoundedRect(area, 6, 6)
        left = area.left() + 12
        if item.ticked is not None:
            icon, role = ("check-square", "accent") if item.ticked else ("square", "text3")
            painter.drawPixmap(int(area.left()) + 8, int(area.center().y()) - 8, pixmap(icon, role, 16))
            left = area.left() + 36
        faint = item.ticked is False
        self._words(painter, area, left, item, "on_tint" if on else "text3" if faint else "", on=on)
        painter.restore()

    def _words(self, painter: QPainter, area: QRectF, left: float, item: Ticked, role: str, *, on: bool) -> None:
        right, middle = area.right() - 12, area.center().y()
        small = QFontMetrics(font("small"))
        wide = small.horizontalAdvance(item.note)
        painter.setFont(font("small"))
        painter.setPen(color(role or "text3"))
        painter.drawText(QRectF(right - wide - 2, middle - 20, wide + 2, 20), _RIGHT, item.note)
        painter.setFont(font("medium"))
        painter.setPen(color(role or "text"))
        room = int(right - left - (wide + 12 if item.note else 0))
        title = QFontMetrics(font("medium")).elidedText(item.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(QRectF(left, middle - 20, room + 2, 20), _LEFT, title)
        painter.setFont(font("small"))
        painter.setPen(color(role or "text2"))
        line = small.elidedText(item.text[:400].replace("\n", " "), Qt.TextElideMode.ElideRight, int(right - left))
        painter.drawText(QRectF(left, middle, right - left + 2, 20), _LEFT, line)
