"""The rows that differ between two revisions, as a list; adapts a Difference, of which a part may be chosen."""

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from services.datasets.difference import Difference
from services.i18n import tr

Index = QModelIndex | QPersistentModelIndex

EntryRole = Qt.ItemDataRole.UserRole
"""Number of the entry in the difference."""
KindRole = int(Qt.ItemDataRole.UserRole) + 1
ColumnsRole = int(Qt.ItemDataRole.UserRole) + 2


def column_name(name: str) -> str:
    """A column's name; that of the unlisted one which holds star and tags."""
    return name or tr("star and tags")


class DiffListModel(QAbstractListModel):
    """Rows of a difference. Nothing of a row is read before it is chosen, so a hundred thousand are shown at once."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._found: Difference | None = None
        self._entries = np.empty(0, dtype=np.int64)

    def show(self, found: Difference | None, kind: str = "", column: str | None = None) -> None:
        """Show what differs: rows of a kind ('' for all) that differ in a column (None for any)."""
        self.beginResetModel()
        self._found = found
        self._entries = np.empty(0, dtype=np.int64) if found is None else found.select(kind, column)
        self.endResetModel()

    def entry(self, row: int) -> int:
        """The difference's number of what stands in a row of the list; -1 if there is none."""
        return int(self._entries[row]) if 0 <= row < len(self._entries) else -1

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or self._found is None:
            return None
        entry, found = self.entry(index.row()), self._found
        match role:
            case Qt.ItemDataRole.DisplayRole:
                before, after = found.numbers(entry)
                return tr("Row {number}", number=f"{(after if after >= 0 else before) + 1:,}")
            case Qt.ItemDataRole.AccessibleTextRole | Qt.ItemDataRole.ToolTipRole:
                row = str(self.data(index))
                return ", ".join(part for part in (row, kind_words(found.kind(entry)), self._columns(entry)) if part)
        if role == EntryRole:
            return entry
        if role == KindRole:
            return found.kind(entry)
        return self._columns(entry) if role == ColumnsRole else None

    def _columns(self, entry: int) -> str:
        assert self._found is not None
        if self._found.kind(entry) != "changed":
            return ""
        return ", ".join(column_name(pair.name) for pair in self._found.columns(entry))


def kind_words(kind: str) -> str:
    """What became of a row."""
    return {"changed": tr("changed"), "added": tr("added"), "removed": tr("removed")}[kind]
