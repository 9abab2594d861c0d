"""The grid: a table that behaves like a spreadsheet, whatever the number of its rows."""

from typing import Any

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView

from desktop.models.dataset_table import VALUE_ROLE, DatasetTableModel
from desktop.theme import color, font, shared_font
from desktop.widgets.grid_blocks import parts_of, size_of, spans_of, write_block
from desktop.widgets.grid_cells import CellDelegate
from desktop.widgets.grid_columns import GridColumns
from desktop.widgets.grid_lines import LINES, PAD_X, PAD_Y, PITCH_PX, wrap
from desktop.widgets.grid_paste import block_of, tiled
from services.i18n import N_, trn

_HEIGHTS = tuple(PITCH_PX * n + 2 * PAD_Y + 1 for n in range(1, LINES + 1))
_NARROW, _WIDE = 120, 460  # px of a column at first
_LENGTH_PX = 92
_MANY_COLUMNS = 60
_MOST = 200_000  # cells of a block that is copied, pasted over or cleared in one go
_EDIT_ROLE = 2
_TOP_MIDDLE = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop


class Grid(QTableView):
    """Shows a DatasetTableModel. Row heights follow the rows in sight: one to three lines."""

    current_changed = Signal(QModelIndex)
    seen_changed = Signal()
    """Other rows are in sight."""
    row_key = Signal(str)
    """S or T was pressed while whole rows are selected."""
    told = Signal(object)
    """A sentence (a Text) about what could not be done."""

    def __init__(self) -> None:
        super().__init__()
        self.columns = GridColumns(self)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setCornerButtonEnabled(True)
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.EditKeyPressed
            | QAbstractItemView.EditTrigger.AnyKeyPressed
        )
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerItem)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(True)
        self.delegate = CellDelegate(self)
        self.setItemDelegate(self.delegate)
        self.delegate.went_on.connect(self.go_down)
        self.note = ""
        """Said in the middle while there are no rows."""
        self._place: tuple[int, int] | None = None  # where the current cell was before a reset
        self._follow_current = False  # the current cell is to stay in sight when heights have changed
        self._own_widths = False  # the person has chosen widths: they stay when the window changes
        self._fitting = False
        self._fitted_for: list[str] = []  # columns whose widths were chosen by what their rows hold
        self._heights = QTimer(self)
        self._heights.setSingleShot(True)
        self._heights.setInterval(0)
        self._heights.timeout.connect(self._fit_heights)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._scrolled())
        self.horizontalScrollBar().valueChanged.connect(lambda _: self._heights.start())

    def table(self) -> DatasetTableModel:
        """The model."""
        model = self.model()
        assert isinstance(model, DatasetTableModel)
        return model

    def show_model(self, model: DatasetTableModel) -> None:
        """Show a model and give its columns their first widths."""
        self.setModel(model)
        self.verticalHeader().setDefaultSectionSize(_HEIGHTS[0])
        model.dataChanged.connect(lambda *_: self._heights.start())
        model.modelAboutToBeReset.connect(self._remember_place)
        model.modelReset.connect(self._restore_place)
        self.horizontalHeader().sectionResized.connect(self._on_resized)
        self.horizontalHeader().sectionMoved.connect(self.columns.moved)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(self._on_selection)

    def widths(self) -> dict[str, int]:
        """Width of each column by name, in px; none while they are ours to choose."""
        columns = self.table().columns if self._own_widths else []
        return {name: self.columnWidth(number) for number, name in enumerate(columns)}

    def set_widths(self, widths: dict[str, int]) -> None:
        """Take widths that were kept; all must be there."""
        columns = self.table().columns
        if columns and all(isinstance(widths.get(name), int) for name in columns):
            self._own_widths = True
            for number, name in enumerate(columns):
                self.setColumnWidth(number, max(_NARROW // 2, widths[name]))
            self.setColumnWidth(len(columns), _LENGTH_PX)

    def fit_columns(self) -> None:
        """Widths by what the first rows hold; what is left goes to the widest, what is too much is shared."""
        model = self.table()
        self._fitted_for = model.columns if model.rowCount() else []
        metrics = QFontMetrics(font("body"))
        wants: list[int] = []
        shown = self.columns.shown()
        for column in shown:
            looked = min(30, model.rowCount()) if len(wants) < _MANY_COLUMNS else 0
            texts = [str(model.index(r, column).data() or "") for r in range(looked)]
            longest = max((metrics.horizontalAdvance(t[:200].split("\n", 1)[0]) for t in texts), default=0)
            wants.append(max(_NARROW, min(_WIDE, longest + 2 * PAD_X + 8)))
        room = self.viewport().width() - _LENGTH_PX - 1
        if wants and sum(wants) < room:
            wants[wants.index(max(wants))] += room - sum(wants)
        elif wants and sum(wants) > room > len(wants) * _NARROW:
            share = (room - len(wants) * _NARROW) / max(1, sum(wants) - len(wants) * _NARROW)
            wants = [int(_NARROW + (w - _NARROW) * share) for w in wants]
            wants[wants.index(max(wants))] += room - sum(wants)
        self._fitting = True
        for column, width in zip([*shown, len(model.columns)], [*wants, _LENGTH_PX], strict=True) if wants else ():
            self.setColumnWidth(column, width)
        self._fitting = False

    def seen(self) -> range:
        """Positions of the rows in sight."""
        if not self.table().rowCount():
            return range(0)
        first = max(0, self.rowAt(0))
        last = self.rowAt(self.viewport().height() - 1)
        return range(first, (last if last >= 0 else self.table().rowCount() - 1) + 1)

    # --- blocks ---------------------------------------------------------------------------------------------------

    def spans(self) -> list[range]:
        """Positions of the rows that the selection touches, else of the current row, as ascending ranges."""
        found = spans_of(self.selectionModel().selection())
        current = self.currentIndex()
        return found or ([range(current.row(), current.row() + 1)] if current.isValid() else [])

    def copy_block(self) -> str:
        """The selection as Excel writes it, also on the clipboard."""
        cells = self._chosen()
        if not cells:
            return ""
        model, places, chosen = self.table(), set(cells), {column for _, column in cells}
        columns = [column for column in self.columns.shown() if column in chosen]
        text = write_block(
            [str(model.index(r, c).data(_EDIT_ROLE) or "") if (r, c) in places else "" for c in columns]
            for r in sorted({row for row, _ in cells})
        )
        QGuiApplication.clipboard().setText(text)
        return text

    def cut_block(self) -> None:
        """Copy the selection, and empty it."""
        if self.copy_block():
            self.clear_cells()

    def paste_block(self) -> None:
        """Put the clipboard's block at the upper left of the selection, as one edit; missing rows are added."""
        model = self.table()
        block = block_of(QGuiApplication.clipboard().mimeData())
        if not block or not self.currentIndex().isValid() or not model.editable:
            return
        if len(block) == 1 and len(block[0]) == 1:  # one value over a selection fills it
            model.set_texts(dict.fromkeys(self._chosen(), block[0][0]), N_("Paste"))
            return
        top, left, rows, wide = self._corner()
        columns = self.columns.shown()[left:]
        block = tiled(block, rows, wide)
        lost = max(map(len, block)) - len(columns)
        if lost > 0:
            self.told.emit(
                lambda: trn(
                    "{n} column did not fit and was left out.", "{n} columns did not fit and were left out.", lost
                )
            )
        model.paste(
            {
                (top + r, column): value
                for r, row in enumerate(block)
                for column, value in zip(columns, row, strict=False)
            }
        )

    def clear_cells(self) -> None:
        """Empty the selected cells, as one edit."""
        self.table().set_texts(dict.fromkeys(self._chosen(), ""), N_("Clear"))

    def fill_down(self) -> None:
        """Repeat the top cell of each selected column down the selection, as one edit."""
        chosen, model = self._chosen(), self.table()
        top = min((row for row, _ in chosen), default=0)
        first = {column: model.index(row, column).data(VALUE_ROLE) for row, column in chosen if row == top}
        cells = {(row, column): first[column] for row, column in chosen if row > top and column in first}
        model.set_values(cells, N_("Fill down"))

    def go_to(self, position: int, column: int = 0) -> None:
        """Make a cell the current one and bring it into sight."""
        index = self.table().index(position, max(0, column))
        if not index.isValid():
            return
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)
        self._follow_current = True
        self._heights.start()

    def select_rows(self, position: int, count: int, column: int) -> None:
        """Select whole rows, the first of them current."""
        self.go_to(position, column)
        model = self.table()
        last = model.index(position + count - 1, model.columnCount() - 1)
        chosen = QItemSelection(model.index(position, 0), last)
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def _chosen(self) -> list[tuple[int, int]]:
        """The selected cells that can be edited, row by row; none (which is said) if they are too many."""
        selection, shown = self.selectionModel().selection(), set(self.columns.shown())
        if size_of(selection) > _MOST:
            self.told.emit(
                lambda: trn("At most {n} cell at a time.", "At most {n} cells at a time.", _MOST)
            )  # fmt: skip
            return []
        cells = {
            (row, column)
            for part in parts_of(selection)
            for row in range(part.top(), part.bottom() + 1)
            for column in range(part.left(), part.right() + 1)
            if column in shown
        }
        return sorted(cells)

    def _corner(self) -> tuple[int, int, int, int]:
        """Where a block goes: row, column, rows and columns of one rectangle of cells, else of the current cell.

        Columns are counted among those that are shown, as they stand.
        """
        cells, columns = self._chosen(), self.columns.shown()
        rows, chosen = {row for row, _ in cells}, {column for _, column in cells}
        if cells and len(cells) == len(rows) * len(chosen):
            return (min(rows), min(columns.index(column) for column in chosen), len(rows), len(chosen))
        current = self.currentIndex()
        place = columns.index(current.column()) if current.column() in columns else len(columns)
        return (current.row(), place, 1, 1)

    # --- events ---------------------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.note and not self.table().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(color("text2"))
            painter.setFont(font("body"))
            painter.drawText(self.viewport().rect().adjusted(0, 64, 0, 0), _TOP_MIDDLE, self.note)
            painter.end()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        for sequence, act in (
            (QKeySequence.StandardKey.Copy, self.copy_block),
            (QKeySequence.StandardKey.Cut, self.cut_block),
            (QKeySequence.StandardKey.Paste, self.paste_block),
            (QKeySequence.StandardKey.Delete, self.clear_cells),
        ):
            if event.matches(sequence):
                act()
                return
        if event.text().lower() in ("s", "t") and not event.modifiers() and self._whole_rows():
            self.row_key.emit(event.text().lower())
            return
        super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._fit_if_ours()
        self._heights.start()

    def _whole_rows(self) -> bool:
        parts = parts_of(self.selectionModel().selection())
        return bool(parts) and all(self.selectionModel().isRowSelected(part.top(), self.rootIndex()) for part in parts)

    def redraw(self) -> None:
        """Draw all cells anew."""
        self.viewport().update()
        if self.columns.frozen is not None:
            self.columns.frozen.viewport().update()

    def refit(self) -> None:
        """Heights are to be found anew, in a moment."""
        self._heights.start()

    def edit(self, index: Any, *rest: Any) -> Any:
        """Edit where the cell is seen: a frozen one in the view that lies over this one."""
        frozen = self.columns.frozen
        if frozen is not None and frozen.has(index.column()):
            return frozen.edit(index, *rest)
        return super().edit(index, *rest)

    def scrollTo(
        self,
        index: QModelIndex | QPersistentModelIndex,
        hint: QAbstractItemView.ScrollHint = QAbstractItemView.ScrollHint.EnsureVisible,
    ) -> None:
        frozen, bar = self.columns.frozen, self.horizontalScrollBar()
        before = bar.value()
        super().scrollTo(index, hint)
        if frozen is None:
            return
        if frozen.has(index.column()):
            bar.setValue(before)
        else:  # not behind the frozen ones
            bar.setValue(bar.value() - max(0, frozen.width() - self.visualRect(index).left()))

    def updateGeometries(self) -> None:
        super().updateGeometries()
        if self.columns.frozen is not None:
            self.columns.frozen.place()

    def restyle(self) -> None:
        self.redraw()

    def go_down(self) -> None:
        current = self.currentIndex()
        if current.row() + 1 < self.table().rowCount():
            self.go_to(current.row() + 1, current.column())

    def _remember_place(self) -> None:
        current = self.currentIndex()
        self._place = (current.row(), current.column()) if current.isValid() else None

    def _restore_place(self) -> None:
        rows = self.table().rowCount()
        if self._place is not None and rows:
            self.go_to(min(self._place[0], rows - 1), self._place[1])
        self.columns.apply()
        if self._fitted_for != self.table().columns:  # else columns would jump at each filter
            self._fit_if_ours()
        self._heights.start()

    def _fit_if_ours(self) -> None:
        if not self._own_widths and self.model() is not None and self.viewport().width() > 200:
            self.fit_columns()

    def _on_resized(self, column: int, _old: int, width: int) -> None:
        if self.columns.frozen is not None and width:
            self.columns.frozen.fit(width, column)
        self._own_widths |= not self._fitting
        self._heights.start()

    def _on_current(self, current: QModelIndex, _old: Any) -> None:
        self.redraw()
        self.verticalHeader().viewport().update()
        self.current_changed.emit(current)

    def _on_selection(self, _new: QItemSelection, _old: QItemSelection) -> None:
        self.delegate.many = size_of(self.selectionModel().selection()) > 1
        self.redraw()

    def _measured(self) -> list[int]:
        """Columns that say how high rows are: all, or where there are hundreds those in sight."""
        shown = self.columns.shown()
        if len(shown) <= _MANY_COLUMNS:
            return shown
        header = self.horizontalHeader()
        first, last = header.visualIndexAt(0), header.visualIndexAt(self.viewport().width() - 1)
        seen = range(max(0, first), (last if last >= 0 else header.count() - 1) + 1)
        wanted = {header.logicalIndex(place) for place in seen}
        return [column for column in shown if column in wanted]

    def _scrolled(self) -> None:
        """Heights are found before the rows are painted, so that they are painted once."""
        if not self._follow_current:
            self._fit_heights()

    def _fit_heights(self) -> None:
        model = self.model()
        if model is None or not model.rowCount():
            return
        header, frozen = self.verticalHeader(), self.columns.frozen
        shown = self._measured()
        metrics = QFontMetrics(shared_font("body"))
        y, row = 0, max(0, self.rowAt(0))
        while row < model.rowCount() and y < self.viewport().height() + _HEIGHTS[-1]:
            lines = 1
            for column in shown:
                if lines == LINES:
                    break
                width = self.columnWidth(column) - 2 * PAD_X
                text = str(model.index(row, column).data() or "")
                if "\n" in text or metrics.horizontalAdvance(text[:400]) > width:
                    lines = max(lines, len(wrap(text, width)[0]))
            if lines == 1 and self.delegate.two_lines(model.index(row, len(self.table().columns))):
                lines = 2
            wanted = _HEIGHTS[max(1, min(LINES, lines)) - 1]
            if header.sectionSize(row) != wanted:
                header.resizeSection(row, wanted)
            if frozen is not None and frozen.rowHeight(row) != wanted:
                frozen.setRowHeight(row, wanted)
            y += wanted
            row += 1
        if frozen is not None:
            frozen.follow()
        if self._follow_current:
            self._follow_current = False
            self.scrollTo(self.currentIndex())
        self.seen_changed.emit()
