"""The grid's model: a window of rows over a DatasetStore, whatever its size. Edits go straight to the disk."""

from collections import OrderedDict
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, from_text, to_text
from services.errors import TunesmithError
from services.i18n import tr

Index = QModelIndex | QPersistentModelIndex

_PAGE = 200  # rows read at a time
_PAGES = 40  # pages kept
_SHOWN = 1500  # characters of a cell that are laid out; the rest is in the inspector

CHANGED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""True for a cell that differs from the last version."""
ROW_ID_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""Stable id of the row."""
VALUE_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""The cell as it came."""


class DatasetTableModel(QAbstractTableModel):
    """Rows by position, columns by name. Every edit is one revision of the store and can be undone."""

    failed = Signal(object)
    """A TunesmithError of an edit that was refused; nothing has changed."""
    edited = Signal()
    """The store has a new revision."""

    def __init__(self, store: DatasetStore) -> None:
        super().__init__()
        self.store = store
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._columns: list[str] = []
        self._count = 0
        self._changed: set[tuple[int, str]] = set()
        self._read_facts()

    # --- Qt -------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        if not index.isValid():
            return None
        row, column = self.row_at(index.row()), self._columns[index.column()]
        if row is None:
            return None
        value = row.values.get(column, ABSENT)
        if role == Qt.ItemDataRole.DisplayRole:
            return to_text(value)[:_SHOWN]
        if role == Qt.ItemDataRole.EditRole:
            return to_text(value)
        if role == CHANGED_ROLE:
            return (row.id, column) in self._changed
        if role == ROW_ID_ROLE:
            return row.id
        if role == VALUE_ROLE:
            return value
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column}: {to_text(value)[:200]}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if orientation == Qt.Orientation.Horizontal:
            return self._columns[section] if 0 <= section < len(self._columns) else None
        return f"{section + 1:,}"

    def flags(self, index: Index) -> Qt.ItemFlag:
        plain = super().flags(index)
        if not index.isValid() or self.store.read_only:
            return plain
        return plain | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        return self.set_texts({(index.row(), index.column()): str(value)})

    # --- reading --------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self._columns)

    def row_at(self, position: int) -> Row | None:
        """The row at a position, None beyond the end."""
        page = position // _PAGE
        rows = self._pages.get(page)
        if rows is None:
            rows = self.store.rows(page * _PAGE, _PAGE)
            self._pages[page] = rows
            while len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        offset = position - page * _PAGE
        return rows[offset] if offset < len(rows) else None

    def changed_count(self) -> int:
        """Cells that differ from the last version."""
        return len(self._changed)

    # --- edits ----------------------------------------------------------------------------------------------------

    def set_texts(self, texts: dict[tuple[int, int], str], label: str = "Edit") -> bool:
        """Type texts over cells, (position, column) -> text, as one edit. Whether anything was written."""
        cells = []
        for (position, column), text in texts.items():
            row = self.row_at(position)
            if row is None:
                continue
            name = self._columns[column]
            old = row.values.get(name, ABSENT)
            if to_text(old) != text:
                cells.append((row.id, name, from_text(text, old)))
        return bool(cells) and self.do(lambda: self.store.set_cells(cells, label))

    def insert(self, at: int, rows: list[dict[str, Any]]) -> bool:
        """Insert rows before a position."""
        return self.do(lambda: self.store.insert_rows(at, rows))

    def delete(self, positions: list[int]) -> bool:
        """Delete the rows at positions."""
        ids = [row.id for row in map(self.row_at, positions) if row is not None]
        return bool(ids) and self.do(lambda: self.store.delete_rows(ids))

    def duplicate(self, positions: list[int]) -> bool:
        """Copy rows to below the last of them."""
        rows = [dict(row.values) for row in map(self.row_at, sorted(positions)) if row is not None]
        return bool(rows) and self.insert(max(positions) + 1, rows)

    def move(self, positions: list[int], by: int) -> bool:
        """Move rows up (-1) or down (+1)."""
        low, high = min(positions), max(positions)
        if low + by < 0 or high + by >= self._count:
            return False
        ids = [row.id for row in map(self.row_at, sorted(positions)) if row is not None]
        at = low - 1 if by < 0 else high + 2
        return self.do(lambda: self.store.move_rows(ids, at))

    def do(self, edit: Any) -> bool:
        """Run an edit of the store and show what it did. A refused one is said by `failed`."""
        try:
            edit()
        except TunesmithError as error:
            self.failed.emit(error)
            return False
        self.renew()
        self.edited.emit()
        return True

    def renew(self) -> None:
        """Read again what the store has now; the view keeps its place."""
        before = (self._count, self._columns)
        self._pages.clear()
        columns, count = self.store.columns, self.store.count()
        if (count, columns) == before:
            self._read_facts()
            if self._count and self._columns:
                last = self.index(self._count - 1, len(self._columns) - 1)
                self.dataChanged.emit(self.index(0, 0), last)
            return
        self.beginResetModel()
        self._read_facts()
        self.endResetModel()

    def _read_facts(self) -> None:
        self._columns = self.store.columns
        self._count = self.store.count()
        self._changed = self.store.changed_since_version()

    def undo(self) -> bool:
        """Take back the last edit."""
        return self.store.can_undo and self.do(self.store.undo)

    def redo(self) -> bool:
        """Do the last undone edit again."""
        return self.store.can_redo and self.do(self.store.redo)

    def type_text(self, column: int) -> str:
        """What kind of values a column holds, told from the first rows."""
        name = self._columns[column]
        kinds = {type(r.values.get(name, ABSENT)) for r in (self._pages.get(0) or self.store.rows(0, 20))[:50]}
        if kinds & {list, dict}:
            return tr("turns") if list in kinds else tr("nested")
        if bool in kinds:
            return tr("yes or no")
        if (
            kinds
            and all(issubclass(k, int | float) for k in kinds if k not in (type(None), type(ABSENT)))
            and (kinds - {type(None), type(ABSENT)})
        ):
            return tr("number")
        return tr("text")
