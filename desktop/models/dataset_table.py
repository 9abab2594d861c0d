"""The grid's model: a window of rows over a DatasetStore, whatever its size. Edits go straight to the disk."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal

from desktop.models.cell_preview import preview
from desktop.models.dataset_facts import Facts
from desktop.models.dataset_pages import Pages
from desktop.models.row_edits import RowEdits
from desktop.models.shown_rows import ShownRows
from desktop.threads import run_in_thread
from services.datasets.order import Ids
from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, from_text, to_text
from services.errors import TunesmithError
from services.i18n import N_, tr

Index = QModelIndex | QPersistentModelIndex

CHANGED_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""True for a cell that differs from the last version."""
ROW_ID_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""Stable id of the row."""
VALUE_ROLE = int(Qt.ItemDataRole.UserRole) + 3
"""The cell as it came."""
LENGTH_ROLE = int(Qt.ItemDataRole.UserRole) + 4
"""The row's RowLength, None while it is not counted."""

MARKS_ROLE = int(Qt.ItemDataRole.UserRole) + 5
"""The row's star and tags (Marks), of a row's header."""

LARGE = 2000
"""Cells or rows of an edit that is too long for the window's thread."""
_PREVIEWS = 20_000  # kept
_READ = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
_EDITED = _READ | Qt.ItemFlag.ItemIsEditable

Cells = dict[tuple[int, int], Any]
"""(position, column) -> value"""


class DatasetTableModel(RowEdits, QAbstractTableModel):
    """Rows by position, columns by name; after them one that shows the length in tokens.

    All rows in their own order, or some of them in another (`show_ids`): positions are those of what is shown.
    Every edit is one revision of the store and can be undone. Large ones are made in a thread; meanwhile nothing can be
    edited and only rows at hand are shown.
    """

    failed = Signal(object)
    """A TunesmithError of an edit that was refused; nothing has changed."""
    edited = Signal()
    """The store has a new revision."""
    renewed = Signal()
    """What the store has was read again."""
    busy_changed = Signal()
    """A large edit has begun or ended."""

    def __init__(self, store: DatasetStore) -> None:
        super().__init__()
        self.store = store
        self.facts = Facts()
        self.length_of: Callable[[Row], Any] = lambda row: None
        """Says how long a row is, None while it is not known; set by the page."""
        self.shown = ShownRows(store)
        self._pages = Pages(store, self.shown)
        self._changed: set[tuple[int, str]] = set()
        self._previews: dict[tuple[int, str], str] = {}
        self._closed = False
        self._read_facts()

    def close(self) -> None:
        """The store is about to be closed: nothing is read any more."""
        self._closed = True
        self._pages.held = True

    # --- Qt -------------------------------------------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self.shown)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() or not self.facts.columns else len(self.facts.columns) + 1

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> Any:
        row = self.row_at(index.row()) if index.isValid() else None
        if row is None:
            return None
        if index.column() >= len(self.facts.columns):
            return self._length_data(row, role)
        column = self.facts.columns[index.column()]
        value = row.values.get(column, ABSENT)
        if role == Qt.ItemDataRole.DisplayRole:
            return self._preview(row, column, value)
        if role == Qt.ItemDataRole.EditRole:
            return to_text(value)
        if role == CHANGED_ROLE:
            return (row.id, column) in self._changed
        if role == ROW_ID_ROLE:
            return row.id
        if role == VALUE_ROLE:
            return value
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{column}: {preview(value)[:200]}"
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = int(Qt.ItemDataRole.DisplayRole)
    ) -> Any:
        if orientation == Qt.Orientation.Vertical:
            if role == MARKS_ROLE:
                return self._pages.marks(section)
            return f"{self.shown.number(section) + 1:,}" if role == Qt.ItemDataRole.DisplayRole else None
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        if 0 <= section < len(self.facts.columns):
            return self.facts.columns[section]
        return tr("tokens") if section == len(self.facts.columns) else None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.NoItemFlags
        return _EDITED if self.editable and index.column() < len(self.facts.columns) else _READ

    def setData(self, index: Index, value: Any, role: int = int(Qt.ItemDataRole.EditRole)) -> bool:
        if role != Qt.ItemDataRole.EditRole or not index.isValid():
            return False
        return self.set_texts({(index.row(), index.column()): str(value)})

    # --- reading --------------------------------------------------------------------------------------------------

    @property
    def columns(self) -> list[str]:
        """Names of the columns."""
        return list(self.facts.columns)

    @property
    def busy(self) -> bool:
        """Whether a large edit is being made."""
        return self._pages.held

    @property
    def editable(self) -> bool:
        """Whether edits are taken now."""
        return not self.store.read_only and not self.busy

    def row_at(self, position: int) -> Row | None:
        """The row at a position, None beyond the end."""
        if not 0 <= position < len(self.shown):
            return None
        try:
            return self._pages.row(position)
        except TunesmithError as error:
            self._pages.held = True  # a paint must not say the same once a cell
            self.failed.emit(error)
            return None

    def role_of(self, column: str) -> str:
        """The role a column plays, '' for none."""
        return next((role for role, name in self.facts.mapping.columns.items() if name == column), "")

    def changed_count(self) -> int:
        """Cells that differ from the last version."""
        return len(self._changed)

    def kind(self, column: int) -> str:
        """What kind of values a column holds; see `dataset_pages.KINDS`."""
        return self._pages.kind(self.facts.columns[column])[0]

    # --- which rows are shown -------------------------------------------------------------------------------------

    def show_ids(self, ids: Ids | None, *, in_order: bool = True) -> None:
        """Show these rows in this order, None for all in their own. in_order: they stand as in the set."""
        self.beginResetModel()
        self._pages.clear()
        self.shown.use(ids, in_order=in_order)
        self.endResetModel()
        self.renewed.emit()

    def more_ids(self, ids: Ids) -> None:
        """Show more rows below those that `show_ids` has shown."""
        if len(ids):
            at = len(self.shown)
            self.beginInsertRows(QModelIndex(), at, at + len(ids) - 1)
            self._pages.forget(at)
            self.shown.more(ids)
            self.endInsertRows()
            self.renewed.emit()

    def row_ids(self, spans: list[range]) -> list[int]:
        """Ids of the rows at positions."""
        return self.shown.ids(spans)

    # --- edits ----------------------------------------------------------------------------------------------------

    def set_texts(self, texts: dict[tuple[int, int], str], label: str = N_("Edit")) -> bool:
        """Type texts over cells as one edit. Whether anything is written."""
        return self.set_values({place: self._meant(place, text) for place, text in texts.items()}, label)

    def set_values(self, values: Cells, label: str = N_("Edit")) -> bool:
        """Put values into cells as one edit. Whether anything is written."""
        cells = self._cells(values)
        return bool(cells) and self.do(lambda: self.store.set_cells(cells, label), len(cells))

    def undo(self) -> bool:
        """Take back the last edit."""
        return self.facts.can_undo and self.do(self.store.undo, self.store.step_size() if not self.busy else 0)

    def redo(self) -> bool:
        """Do the last undone edit again."""
        size = self.store.step_size(forward=True) if not self.busy else 0
        return self.facts.can_redo and self.do(self.store.redo, size)

    def do(
        self,
        edit: Callable[[], Any],
        size: int = 1,
        done: Callable[[], None] = lambda: None,
        *,
        keep: Callable[[], None] = lambda: None,
    ) -> bool:
        """Make an edit of `size` cells or rows and show what it did; whether it is made (or, a large one, begun).

        A refused one is said by `failed`. done: called when it is made and shown. keep: called when it is made, before
        that: what it means for the rows that are shown.
        """
        if not self.editable:
            return False
        if size > LARGE:
            self._hold(True)
            run_in_thread(self, edit, lambda _: self._made(done, keep), self._refused)
            return True
        try:
            edit()
        except TunesmithError as error:
            self.failed.emit(error)
            return False
        self._made(done, keep)
        return True

    def renew(self) -> None:
        """Read again what the store has now; the view keeps its place."""
        before = (len(self.shown), self.facts.columns)
        order = self.shown.all()
        self._pages.clear()
        self._previews.clear()
        self.shown.refresh()
        after = (len(self.shown), tuple(self.store.columns))
        if after == before:
            self._read_facts()
            self.repaint()
            if order is not self.shown.all():
                self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, max(0, after[0] - 1))
        else:
            self.beginResetModel()
            self._read_facts()
            self.endResetModel()
        self.renewed.emit()

    def repaint(self) -> None:
        """Have the view draw all cells anew."""
        if len(self.shown) and self.facts.columns:
            self.dataChanged.emit(self.index(0, 0), self.index(len(self.shown) - 1, len(self.facts.columns)))

    def retranslate(self) -> None:
        """The language is another."""
        self._previews.clear()
        self.repaint()

    # --- inside ---------------------------------------------------------------------------------------------------

    def _hold(self, on: bool) -> None:
        self._pages.held = on
        self.busy_changed.emit()

    def _made(self, done: Callable[[], None], keep: Callable[[], None]) -> None:
        if self._closed:
            return
        keep()
        held, self._pages.held = self._pages.held, False
        self.renew()
        if held:
            self.busy_changed.emit()
        self.edited.emit()
        done()

    def _refused(self, error: Exception) -> None:
        if self._closed:
            return
        self._hold(False)
        self.renew()
        self.failed.emit(error)

    def _read_facts(self) -> None:
        store = self.store
        versions = store.versions()
        self.facts = Facts(
            columns=tuple(store.columns),
            count=store.count(),
            mapping=store.mapping,
            can_undo=store.can_undo and not store.read_only,
            can_redo=store.can_redo and not store.read_only,
            undo_label=store.undo_label,
            redo_label=store.redo_label,
            revision=store.revision,
            version=versions[-1].name if versions else "",
        )
        known = store.changed_cells_known()
        if known is not None:
            self._changed = known.cells
        else:
            self._look_for_changes()

    def _look_for_changes(self) -> None:
        """Compare with the last version in a thread, on a connection of its own."""
        path = self.store.path

        def work() -> Any:
            with DatasetStore.open(path, read_only=True) as store:
                return store.changed_cells()

        def done(found: Any) -> None:
            if not self._closed and found.revision == self.facts.revision:
                self.store.use_changed_cells(found)
                self._changed = found.cells
                self.repaint()
                self.renewed.emit()

        run_in_thread(self, work, done, lambda error: None)  # the marks stay as they were

    def _cells(self, values: Cells) -> list[tuple[int, str, Any]]:
        """What differs from what is there: (row id, column, value)."""
        cells = []
        for (position, column), value in values.items():
            row = self.row_at(position)
            if row is None or column >= len(self.facts.columns):
                continue
            name = self.facts.columns[column]
            old = row.values.get(name, ABSENT)
            emptied = value == "" and (old is None or old is ABSENT)  # what was empty already
            if (type(old) is not type(value) or old != value) and not emptied:
                cells.append((row.id, name, value))
        return cells

    def _meant(self, place: tuple[int, int], text: str) -> Any:
        """What a person means who types text there: in a column of turns or numbers it is read as one."""
        position, column = place
        if column >= len(self.facts.columns):
            return text
        name = self.facts.columns[column]
        row = self.row_at(position)
        old = row.values.get(name, ABSENT) if row is not None else ABSENT
        if to_text(old) == text:
            return old
        kind, example = self._pages.kind(name)
        if (isinstance(old, str) or old is ABSENT or old is None) and kind != "text":
            old = example
        return from_text(text, old) if text else ""

    def _preview(self, row: Row, column: str, value: Any) -> str:
        if isinstance(value, str):
            return preview(value)
        key = (row.id, column)
        if key not in self._previews:
            if len(self._previews) > _PREVIEWS:
                self._previews.clear()
            self._previews[key] = preview(value)
        return self._previews[key]

    def _length_data(self, row: Row, role: int) -> Any:
        if role == ROW_ID_ROLE:
            return row.id
        if role not in (LENGTH_ROLE, Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        length = self.length_of(row)
        if role == LENGTH_ROLE:
            return length
        return "" if length is None else f"{length.full_len:,}"
