"""The list at the left of a page: things under headings, each a name, a line, a note and how far it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex

SideRole = Qt.ItemDataRole.UserRole


@dataclass(frozen=True)
class SideItem:
    """A thing, or a heading (which has no icon and is not chosen). note: at the right. share: how far it is, 0 to 1,
    as a bar; None for none. All words are in the language in use."""

    id: str
    title: str
    line: str = ""
    note: str = ""
    icon: str = ""
    icon_role: str = "text2"
    share: float | None = None
    heading: bool = False

    def spoken(self) -> str:
        """What a screen reader says."""
        return ", ".join(part for part in (self.title, self.line, self.note) if part)


class SideListModel(QAbstractListModel):
    """Adapts a list of SideItems; set_items() keeps rows whose ids stay."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._items: list[SideItem] = []

    def items(self) -> list[SideItem]:
        """What is shown."""
        return list(self._items)

    def set_items(self, items: Sequence[SideItem]) -> None:
        """Show these. Rows that only say something else keep their place; else the list is laid anew."""
        wanted = list(items)
        if [i.id for i in wanted] != [i.id for i in self._items]:
            self.beginResetModel()
            self._items = wanted
            self.endResetModel()
            return
        before, self._items = self._items, wanted
        for row, (old, new) in enumerate(zip(before, wanted, strict=True)):
            if old != new:
                self.dataChanged.emit(self.index(row), self.index(row))

    def row_of(self, item_id: str) -> int:
        """The row of an item that can be chosen; -1 if it is not there."""
        return next((n for n, i in enumerate(self._items) if i.id == item_id and not i.heading), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._items)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or self._items[index.row()].heading:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        item = self._items[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return item.title
            case Qt.ItemDataRole.ToolTipRole:
                return f"{item.title}\n{item.line}" if item.line else item.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return item.spoken()
        return item if role == SideRole else None
