"""A list of things in two lines, some of them with a tick."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

Index = QModelIndex | QPersistentModelIndex

TickedRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class Ticked:
    """id: for good. title: one line. text: what stands under it. note: at the right. ticked: None has no tick."""

    id: int
    title: str
    text: str = ""
    note: str = ""
    ticked: bool | None = None


class TickedModel(QAbstractListModel):
    """Adapts a list of Ticked."""

    ticks_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[Ticked] = []

    def items(self) -> list[Ticked]:
        """What is shown."""
        return list(self._items)

    def unticked(self) -> list[int]:
        """Ids without their tick."""
        return [item.id for item in self._items if item.ticked is False]

    def set_items(self, items: Sequence[Ticked]) -> None:
        """Show these."""
        self.beginResetModel()
        self._items = list(items)
        self.endResetModel()

    def append(self, items: Sequence[Ticked]) -> None:
        """Show these too, at the end."""
        if items:
            first = len(self._items)
            self.beginInsertRows(QModelIndex(), first, first + len(items) - 1)
            self._items += items
            self.endInsertRows()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self._items)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._items):
            return None
        item = self._items[index.row()]
        if role == TickedRole:
            return item
        if role == Qt.ItemDataRole.DisplayRole:
            return item.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (item.title, item.note, item.text) if part)
        if role == Qt.ItemDataRole.CheckStateRole and item.ticked is not None:
            return Qt.CheckState.Checked if item.ticked else Qt.CheckState.Unchecked
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        if index.isValid() and self._items[index.row()].ticked is not None:
            flags |= Qt.ItemFlag.ItemIsUserCheckable
        return flags

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        if role != Qt.ItemDataRole.CheckStateRole or not index.isValid() or self._items[index.row()].ticked is None:
            return False
        ticked = Qt.CheckState(value) == Qt.CheckState.Checked
        self._items[index.row()] = replace(self._items[index.row()], ticked=ticked)
        self.dataChanged.emit(index, index)
        self.ticks_changed.emit()
        return True
