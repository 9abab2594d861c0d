"""Frozen columns: a second view over the left of the grid, which does not scroll sideways."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QTableView

from desktop.theme import color
from desktop.widgets.grid_cells import CellDelegate
from desktop.widgets.grid_headers import ColumnHeader

if TYPE_CHECKING:
    from desktop.widgets.grid import Grid

_LEFT_OVER = 160  # px that at least remain for the columns that scroll


class _Delegate(CellDelegate):
    """Draws as the grid's own does."""

    def __init__(self, view: QTableView, like: CellDelegate) -> None:
        super().__init__(view)
        self._like = like

    warning = property(lambda self: self._like.warning)
    quiet = property(lambda self: self._like.quiet)
    words = property(lambda self: self._like.words)
    many = property(lambda self: self._like.many)


class FrozenColumns(QTableView):
    """Shares model, selection and focus with its grid; shows only the frozen columns."""

    def __init__(self, grid: "Grid", header: ColumnHeader) -> None:
        super().__init__(grid)
        self._grid = grid
        self._columns: list[int] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setEditTriggers(grid.editTriggers())
        self.setSelectionMode(grid.selectionMode())
        self.setVerticalScrollMode(grid.verticalScrollMode())
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusProxy(grid)
        self.setAccessibleName(grid.accessibleName())
        own = ColumnHeader(self, header.type_of, header.chip_of)
        own.mark_of = lambda section: header.mark_of(section)
        own.setSectionsMovable(True)
        self.setHorizontalHeader(own)
        self.verticalHeader().hide()
        self.verticalHeader().setMinimumSectionSize(grid.verticalHeader().minimumSectionSize())
        self.verticalHeader().setDefaultSectionSize(grid.verticalHeader().defaultSectionSize())
        self.setModel(grid.model())
        self.setSelectionModel(grid.selectionModel())
        delegate = _Delegate(self, grid.delegate)
        delegate.went_on.connect(grid.go_down)
        self.setItemDelegate(delegate)
        self.horizontalScrollBar().valueChanged.connect(lambda _: self.horizontalScrollBar().setValue(0))
        own.sectionClicked.connect(header.sectionClicked)
        own.customContextMenuRequested.connect(lambda at: header.sectionClicked.emit(own.logicalIndexAt(at)))
        own.sectionResized.connect(self._resized)
        self.verticalScrollBar().valueChanged.connect(grid.verticalScrollBar().setValue)
        grid.verticalScrollBar().valueChanged.connect(self.verticalScrollBar().setValue)

    def has(self, column: int) -> bool:
        """Whether it shows that column (by its number in the model)."""
        return column in self._columns

    def show_columns(self, columns: list[int], moved: Callable[[int, int, int], None]) -> None:
        """Show these, in this order. moved: told of a drag, as QHeaderView.sectionMoved."""
        self._columns = list(columns)
        header = self.horizontalHeader()
        header.blockSignals(True)
        for column in range(self.model().columnCount()):
            self.setColumnHidden(column, column not in columns)
        for place, column in enumerate(columns):
            header.moveSection(header.visualIndex(column), place)
            self.setColumnWidth(column, self._grid.columnWidth(column))
        header.blockSignals(False)
        header.sectionMoved.connect(moved)
        self.place()

    def place(self) -> None:
        """Stand over the left of the grid."""
        room = self._grid.viewport().width() - _LEFT_OVER
        wide = min(sum(self.columnWidth(column) for column in self._columns), max(0, room))
        rows, header = self._grid.verticalHeader(), self._grid.horizontalHeader()
        left = rows.width() if rows.isVisible() else 0
        self.setGeometry(left, 0, wide, header.height() + self._grid.viewport().height())
        self.setVisible(bool(self._columns) and wide > 0)
        self.follow()

    def follow(self) -> None:
        """Show the same rows as the grid."""
        self.updateGeometries()
        self.verticalScrollBar().setValue(self._grid.verticalScrollBar().value())

    def fit(self, width: int, column: int) -> None:
        """A column has another width in the grid."""
        if column in self._columns and self.columnWidth(column) != width:
            self.setColumnWidth(column, width)
            self.place()

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QTableView.ScrollHint = QTableView.ScrollHint.EnsureVisible,
    ) -> None:
        """The grid brings cells into sight, for both."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.fillRect(self.viewport().width() - 2, 0, 2, self.viewport().height(), color("soft"))
        painter.end()

    def _resized(self, column: int, _old: int, width: int) -> None:
        if self._grid.columnWidth(column) != width:
            self._grid.setColumnWidth(column, width)
        self.place()
