"""The rows of a revision as a table that can only be read; its pages are fetched in a thread when they are in sight."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.models.cell_preview import preview
from desktop.threads import run_in_thread
from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, to_text

Index = QModelIndex | QPersistentModelIndex

_PAGE, _KEPT = 64, 200


class VersionTableModel(QAbstractTableModel):
    """Rows by position as they were at a revision. count, columns: what the revision has, read beforehand."""

    def __init__(
        self, store: DatasetStore, revision: int, count: int, columns: list[str], failed: Callable[[Exception], None],
        parent: QObject,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._store, self._revision, self._count, self._failed = store, revision, count, failed
        self.columns = columns
        self._pages: OrderedDict[int, list[Row]] = OrderedDict()
        self._fetching: set[int] = set()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else self._count

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            value = self.value(index.row(), index.column())
            return "" if value is ABSENT else preview(value)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return f"{section + 1:,}" if orientation == Qt.Orientation.Vertical else self.columns[section]

    def value(self, position: int, column: int) -> Any:
        """A cell; ABSENT while its page is on its way, and where the row has no such key."""
        page, place = divmod(position, _PAGE)
        rows = self._pages.get(page)
        if rows is None:
            self._fetch(page)
            return ABSENT
        self._pages.move_to_end(page)
        return rows[place].values.get(self.columns[column], ABSENT) if place < len(rows) else ABSENT

    def text(self, position: int, column: int) -> str:
        """A cell in full."""
        return to_text(self.value(position, column))

    def _fetch(self, page: int) -> None:
        if page in self._fetching:
            return
        self._fetching.add(page)
        store, revision = self._store, self._revision

        def done(rows: list[Row]) -> None:
            self._fetching.discard(page)
            self._pages[page] = rows
            while len(self._pages) > _KEPT:
                self._pages.popitem(last=False)
            if rows and self.columns:
                first = page * _PAGE
                self.dataChanged.emit(self.index(first, 0), self.index(first + len(rows) - 1, len(self.columns) - 1))

        run_in_thread(self, lambda: store.rows_at(revision, page * _PAGE, _PAGE), done, self._failed)
