"""The grid: a table that behaves like a spreadsheet. Blocks are copied and pasted as Excel does it."""

import csv
import io
from typing import Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QTimer, Signal
from PySide6.QtGui import QFontMetrics, QGuiApplication, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QAbstractItemDelegate, QAbstractItemView, QFrame, QTableView, QWidget

from desktop.models.dataset_table import DatasetTableModel
from desktop.theme import font
from desktop.widgets.grid_paint import LINES, PAD_X, PAD_Y, PITCH_PX, CellDelegate, wrap
from services.i18n import N_

_HEIGHTS = tuple(PITCH_PX * n + 2 * PAD_Y + 1 for n in range(1, LINES + 1))
_NARROW, _WIDE = 120, 460  # px of a column at first


def _block(text: str) -> list[list[str]]:
    """A clipboard text as rows of cells, read as Excel and LibreOffice write it. Text without tabs or line ends is
    one cell as it stands, quotes and all."""
    text = text.replace("\r\n", "\n")
    if "\t" not in text and "\n" not in text:
        return [[text]]
    csv.field_size_limit(1 << 30)
    return list(csv.reader(io.StringIO(text), dialect="excel-tab"))


class Grid(QTableView):
    """Shows a DatasetTableModel. Row heights follow the rows in sight: one to three lines."""

    current_changed = Signal(QModelIndex)

    def __init__(self) -> None:
        super().__init__()
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
        self._follow_current = False  # the current cell is to stay in sight when heights have changed
        self._unfitted = True  # until it has its first real width
        self._heights = QTimer(self)
        self._heights.setSingleShot(True)
        self._heights.setInterval(0)
        self._heights.timeout.connect(self._fit_heights)
        self.verticalScrollBar().valueChanged.connect(lambda _: self._heights.start())

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
        model.modelReset.connect(self._heights.start)
        self.horizontalHeader().sectionResized.connect(lambda *_: self._heights.start())
        self.selectionModel().currentChanged.connect(self._on_current)

    def fit_columns(self) -> None:
        """Widths by what the first rows hold; what is left goes to the widest."""
        model = self.table()
        metrics = QFontMetrics(font("body"))
        wants = []
        for column in range(model.columnCount()):
            texts = [str(model.index(r, column).data() or "") for r in range(min(30, model.rowCount()))]
            longest = max((metrics.horizontalAdvance(t[:200].split("\n", 1)[0]) for t in texts), default=0)
            wants.append(max(_NARROW, min(_WIDE, longest + 2 * PAD_X + 8)))
        room = self.viewport().width() - 4
        if wants and sum(wants) < room:
            wants[wants.index(max(wants))] += room - sum(wants)
        elif wants and sum(wants) > room > len(wants) * _NARROW:
            share = (room - len(wants) * _NARROW) / max(1, sum(wants) - len(wants) * _NARROW)
            wants = [int(_NARROW + (w - _NARROW) * share) for w in wants]
        for column, width in enumerate(wants):
            self.setColumnWidth(column, width)

    # --- blocks ---------------------------------------------------------------------------------------------------

    def positions(self) -> list[int]:
        """Positions of the rows that the selection touches, else of the current row."""
        found = sorted({i.row() for i in self.selectionModel().selectedIndexes()})
        current = self.currentIndex()
        return found or ([current.row()] if current.isValid() else [])

    def copy_block(self) -> str:
        """The selection as Excel writes it: tabs between cells, quotes where needed. Also on the clipboard."""
        cells = self.selectionModel().selectedIndexes()
        if not cells:
            return ""
        columns = sorted({i.column() for i in cells})
        chosen = {(i.row(), i.column()): str(i.data(2) or "") for i in cells}
        out = io.StringIO()
        writer = csv.writer(out, dialect="excel-tab", lineterminator="\r\n")
        for row in sorted({i.row() for i in cells}):
            writer.writerow([chosen.get((row, c), "") for c in columns])
        text = out.getvalue()
        QGuiApplication.clipboard().setText(text)
        return text

    def paste_block(self) -> None:
        """Put the clipboard's block at the current cell, as one edit; rows that are missing are added."""
        text = QGuiApplication.clipboard().text()
        start = self.currentIndex()
        model = self.table()
        if not text or not start.isValid() or model.store.read_only:
            return
        block = _block(text)
        if len(block) == 1 and len(block[0]) == 1:  # one value over a selection fills it
            cells = {(i.row(), i.column()): block[0][0] for i in self.selectionModel().selectedIndexes()}
            model.set_texts(cells, N_("Paste"))
            return
        missing = start.row() + len(block) - model.rowCount()
        if missing > 0:
            model.insert(model.rowCount(), [{} for _ in range(missing)])
        cells = {
            (start.row() + r, start.column() + c): value
            for r, row in enumerate(block)
            for c, value in enumerate(row)
            if start.column() + c < model.columnCount()
        }
        model.set_texts(cells, N_("Paste"))

    def clear_cells(self) -> None:
        """Empty the selected cells, as one edit."""
        cells = {(i.row(), i.column()): "" for i in self.selectionModel().selectedIndexes()}
        self.table().set_texts(cells, N_("Clear"))

    def fill_down(self) -> None:
        """Repeat the top cell of each selected column down the selection, as one edit."""
        chosen = self.selectionModel().selectedIndexes()
        if not chosen:
            return
        top = min(i.row() for i in chosen)
        first = {i.column(): str(i.data(2) or "") for i in chosen if i.row() == top}
        cells = {(i.row(), i.column()): first[i.column()] for i in chosen if i.row() > top and i.column() in first}
        self.table().set_texts(cells, N_("Fill down"))

    def go_to(self, position: int, column: int = 0) -> None:
        """Make a cell the current one and bring it into sight."""
        index = self.table().index(position, column)
        self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.scrollTo(index)
        self._follow_current = True
        self._heights.start()

    # --- events ---------------------------------------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:
        for sequence, act in (
            (QKeySequence.StandardKey.Copy, self.copy_block),
            (QKeySequence.StandardKey.Paste, self.paste_block),
            (QKeySequence.StandardKey.Delete, self.clear_cells),
        ):
            if event.matches(sequence):
                act()
                return
        super().keyPressEvent(event)

    def closeEditor(self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        down = bool(editor.property("down"))
        current = self.currentIndex()
        super().closeEditor(editor, QAbstractItemDelegate.EndEditHint.NoHint if down else hint)
        if down and current.row() + 1 < self.model().rowCount():
            self.go_to(current.row() + 1, current.column())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._unfitted and self.viewport().width() > 200 and self.model() is not None:
            self._unfitted = False
            self.fit_columns()
        self._heights.start()

    def restyle(self) -> None:
        self.viewport().update()

    def _on_current(self, current: QModelIndex, _old: Any) -> None:
        self.viewport().update()
        self.verticalHeader().viewport().update()
        self.current_changed.emit(current)

    def _fit_heights(self) -> None:
        model = self.model()
        if model is None or not model.rowCount():
            return
        face, header = font("body"), self.verticalHeader()
        metrics = QFontMetrics(face)
        top = max(0, self.rowAt(0))
        y, row = 0, top
        while row < model.rowCount() and y < self.viewport().height() + _HEIGHTS[-1]:
            lines = 1
            for column in range(model.columnCount()):
                width = self.columnWidth(column) - 2 * PAD_X
                text = str(model.index(row, column).data() or "")
                if lines < LINES and ("\n" in text or metrics.horizontalAdvance(text[:400]) > width):
                    lines = max(lines, len(wrap(text, face, width)[0]))
            wanted = _HEIGHTS[max(1, min(LINES, lines)) - 1]
            if header.sectionSize(row) != wanted:
                header.resizeSection(row, wanted)
            y += wanted
            row += 1
        if self._follow_current:
            self._follow_current = False
            self.scrollTo(self.currentIndex())
