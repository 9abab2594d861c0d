"""Puts a layout of columns into effect on a grid, and follows what the person drags."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.models.column_layout import COUNTED, ColumnLayout
from desktop.widgets.grid_frozen import FrozenColumns
from desktop.widgets.grid_headers import ColumnHeader

if TYPE_CHECKING:
    from desktop.widgets.grid import Grid


class GridColumns(QObject):
    """One grid's columns. `use` takes a layout; the layout is never asked of Qt's header but once, after a drag."""

    changed = Signal()
    """The layout is another."""

    def __init__(self, grid: "Grid") -> None:
        super().__init__(grid)
        self._grid = grid
        self._applying = False
        self.layout_now = ColumnLayout()
        self.frozen: FrozenColumns | None = None
        self._shown: tuple[tuple[str, ...], ColumnLayout, list[int]] | None = None

    def names(self) -> list[str]:
        """The columns by name, the one of lengths among them, as the model has them."""
        columns = self._grid.table().columns
        return [*columns, COUNTED] if columns else []

    def shown(self) -> list[int]:
        """Numbers of the set's columns that are not hidden, in the order in which they stand."""
        columns = self._grid.table().facts.columns
        if self._shown is None or self._shown[0] is not columns or self._shown[1] is not self.layout_now:
            names = self.names()
            numbers = {name: number for number, name in enumerate(names)}
            found = [numbers[name] for name in self.layout_now.visible(names) if name != COUNTED]
            self._shown = (columns, self.layout_now, found)
        return self._shown[2]

    def use(self, layout: ColumnLayout) -> None:
        """Arrange the columns so."""
        if layout != self.layout_now:
            self.layout_now = layout
            self.apply()
            self.changed.emit()

    def apply(self) -> None:
        """Do it (again): the model has other columns, or the layout is another."""
        names, header = self.names(), self._grid.horizontalHeader()
        layout = self.layout_now
        plain = not (layout.order or layout.hidden or layout.frozen)
        if plain and self.frozen is None and not header.sectionsMoved() and not header.hiddenSectionCount():
            return  # nothing to do, also for thousands of columns
        self._applying = True
        numbers = {name: number for number, name in enumerate(names)}
        for place, name in enumerate(layout.places(names)):
            at = header.visualIndex(numbers[name])
            if at != place:
                header.moveSection(at, place)
        for name, number in numbers.items():
            if header.isSectionHidden(number) != (name in layout.hidden):
                header.setSectionHidden(number, name in layout.hidden)
        self._applying = False
        self._freeze([numbers[name] for name in layout.visible(names) if name in layout.frozen])

    def moved(self, *_: int) -> None:
        """A header was dragged: take the order from it."""
        if self._applying:
            return
        names, header = self.names(), self._grid.horizontalHeader()
        self.use(self.layout_now.arranged([names[header.logicalIndex(place)] for place in range(len(names))]))
        self.apply()  # a column dragged among the frozen ones goes behind them

    def _freeze(self, columns: list[int]) -> None:
        old, self.frozen = self.frozen, None
        if old is not None:
            old.hide()
            old.deleteLater()
        header = self._grid.horizontalHeader()
        if columns and isinstance(header, ColumnHeader):
            self.frozen = FrozenColumns(self._grid, header)
            self.frozen.show_columns(columns, self._moved_frozen)
        self._grid.refit()

    def _moved_frozen(self, _logical: int, old: int, new: int) -> None:
        self._grid.horizontalHeader().moveSection(old, new)
