"""Rows: add, delete, duplicate, move; the first rows of an empty set; a cell in a large field."""

from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication

from desktop.controllers.dataset import FIRST_COLUMNS
from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.grid_paste import block_of
from desktop.widgets.grid_row_header import RowHeader
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage

_EDIT_ROLE = 2


@tools.add("rows")
class RowsTool(DatasetTool):
    """What is done with whole rows."""

    order = 10

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        header = page.grid.verticalHeader()
        if isinstance(header, RowHeader):
            header.dropped.connect(self.drop_rows)

    def add_row(self, *, above: bool = False) -> None:
        """An empty row below (or above) the current one, ready to type."""
        grid, model = self.page.grid, self.page.model
        if not model.rowCount():
            self._first_rows([])
            return
        spans = grid.spans()
        at = (spans[0].start if above else spans[-1].stop) if spans else model.rowCount()
        if model.insert(at, [dict.fromkeys(model.columns, "")]):
            self._ready_to_type(at)

    def delete_rows(self) -> None:
        """Delete the selected rows; undo brings them back."""
        grid, model = self.page.grid, self.page.model
        spans = grid.spans()
        count = sum(map(len, spans))

        def done() -> None:
            self.page.toast_undo(lambda: trn("{n} row deleted", "{n} rows deleted", count))
            if model.rowCount():
                grid.go_to(min(spans[0].start, model.rowCount() - 1), 0)

        model.delete(spans, done)

    def duplicate_rows(self) -> None:
        """Copy the selected rows below themselves."""
        spans = self.page.grid.spans()
        self.page.model.duplicate(spans, lambda: self.page.grid.go_to(spans[-1].stop, 0))

    def move_rows(self, by: int) -> None:
        """Move the selected rows up (-1) or down (+1)."""
        if not self.page.model.shown.in_order:
            self._say_sorted()
            return
        grid = self.page.grid
        spans, column = grid.spans(), max(0, grid.currentIndex().column())
        count = sum(map(len, spans))
        self.page.model.move(spans, by, lambda: grid.select_rows(spans[0].start + by, count, column))

    def drop_rows(self, at: int) -> None:
        """Move the selected rows to before the row at a position."""
        grid, model = self.page.grid, self.page.model
        spans, column = grid.spans(), max(0, grid.currentIndex().column())
        count = sum(map(len, spans))
        first = at - sum(min(span.stop, at) - span.start for span in spans if span.start < at)
        if not model.shown.in_order:
            self._say_sorted()
        else:
            model.move_to(spans, at, lambda: grid.select_rows(first, count, column))

    def _say_sorted(self) -> None:
        self.page.main.toast(
            lambda: tr("Sorted rows cannot be moved. Go back to their own order first."), icon="info", icon_role="text2"
        )

    def edit_long(self) -> None:
        """Edit the current cell in a large field."""
        from desktop.widgets.long_text import edit_long_text

        index, model = self.page.grid.currentIndex(), self.page.model
        if index.isValid() and index.column() < len(model.columns) and self.page.can_edit():
            name = model.columns[index.column()]
            text = edit_long_text(self.page.main, name, str(index.data(_EDIT_ROLE) or ""))
            if text is not None:
                model.set_texts({(index.row(), index.column()): text})

    def paste_rows(self) -> None:
        """Paste into the grid, or as the first rows."""
        model = self.page.model
        if model.rowCount():
            self.page.grid.paste_block()
            return
        block = block_of(QGuiApplication.clipboard().mimeData())
        if not any(cell.strip() for row in block for cell in row):
            self.page.main.toast(lambda: tr("The clipboard holds no text."), icon="info", icon_role="text2")
            return
        names = model.columns or [*FIRST_COLUMNS.values()]
        if [cell.strip().lower() for cell in block[0]][: len(names)] == [n.lower() for n in names][: len(block[0])]:
            block = block[1:]  # the headers came with it
        names += [f"column {n}" for n in range(len(names) + 1, max(map(len, block), default=0) + 1)]
        self._first_rows([dict(zip(names, cells, strict=False)) for cells in block])

    def _first_rows(self, rows: list[dict[str, Any]]) -> None:
        controller = self.page.controller
        if self.page.model.do(lambda: controller.first_rows(rows), len(rows) + 1):
            self._ready_to_type(0)

    def _ready_to_type(self, position: int) -> None:
        self.page.grid.go_to(position, 0)
        self.page.grid.setFocus()
