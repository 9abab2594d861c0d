"""The rows of a version as they were, to be read: table, and the current cell in full beside it."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QFrame, QTableView, QWidget

from desktop.models.version_table import VersionTableModel
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.grid_cells import CellDelegate
from desktop.widgets.grid_lines import LINES, PAD_Y, PITCH_PX
from desktop.widgets.grid_row_header import RowHeader
from desktop.widgets.inputs import TextArea
from desktop.widgets.text import IconLabel, Label
from services.datasets.store import DatasetStore
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_WIDE_PX = 320


@pages.add("version_rows")
class VersionRowsPage(Page):
    """key: NAME|REVISION|VERSION (a sign that no name of a file has); no version: as imported."""

    kind = "version_rows"
    icon = "bookmark-simple"
    road_step = "examples"

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        self.name, revision, self.version = key.split("|", 2)
        self.revision = int(revision)
        assert window.project is not None
        self.project = window.project
        self.store = DatasetStore.open(self.project.dataset_path(self.name), read_only=True)
        self.model: VersionTableModel | None = None
        self.words = Label(self._words, "body", "text2")
        back = Button(lambda: tr("Versions and what changed"), "secondary", "clock-counter-clockwise")
        back.clicked.connect(lambda: window.open_page("versions", self.name))
        self.table = QTableView()
        self._dress()
        self.cell_name = Label("", "strong")
        self.cell = TextArea("", name=lambda: tr("The cell in full"))
        self.cell.setReadOnly(True)
        self._panel = Box("v", [self.cell_name, 8], margins=(16, 16, 16, 16)).add(self.cell, 1)
        head = row(IconLabel("lock-simple"), 8, self.words, "s", back, margins=(24, 12, 24, 12))
        self.content.addWidget(head)
        self.content.addWidget(HairLine())
        self.content.addWidget(self.table, 1)
        store, at = self.store, self.revision
        self.run(lambda: (store.count_at(at), store.columns_at(at)), self._show)

    def title(self) -> str:
        return tr("{name} · {version}", name=self.name, version=self.version or tr("As imported"))

    def inspector(self) -> QWidget:
        return self._panel

    def show_as_command(self) -> tuple[str, str]:
        version = f' --version "{self.version}"' if self.version else ""
        return (f'tunesmith data show "{self.project.folder}" "{self.name}"{version}', "")

    def closing(self) -> None:
        self.store.close()

    def state(self) -> dict[str, Any]:
        current = self.table.currentIndex()
        return {"row": current.row(), "column": current.column()}

    def retranslate(self) -> None:
        self.words.retranslate()

    def _words(self) -> str:
        rows = self.model.rowCount() if self.model is not None else 0
        return tr("As they were, to be read") + " · " + trn("{n} row", "{n} rows", rows)

    def _dress(self) -> None:
        table = self.table
        table.setFrameShape(QFrame.Shape.NoFrame)
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setItemDelegate(CellDelegate(table))
        table.setVerticalHeader(RowHeader(table))
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        table.horizontalHeader().setFixedHeight(36)
        table.horizontalHeader().setHighlightSections(False)
        table.verticalHeader().setDefaultSectionSize(LINES * PITCH_PX + 2 * PAD_Y + 1)
        table.horizontalHeader().setDefaultSectionSize(_WIDE_PX)
        table.horizontalHeader().setStretchLastSection(True)
        table.setAccessibleName(self.title())

    def _show(self, found: tuple[int, list[str]]) -> None:
        count, columns = found
        self.model = VersionTableModel(self.store, self.revision, count, columns, self.show_error, self)
        self.table.setModel(self.model)
        self.table.selectionModel().currentChanged.connect(self._current)
        self.model.dataChanged.connect(lambda *_: self._current(self.table.currentIndex()))
        header = self.table.verticalHeader()
        if isinstance(header, RowHeader):
            header.fit(count)
        self.words.retranslate()
        if count and columns:
            self.table.setCurrentIndex(self.model.index(0, 0))

    def _current(self, index: QModelIndex, _before: Any = None) -> None:
        self.table.viewport().update()
        if self.model is None or not index.isValid():
            return
        self.cell_name.set_text(tr("Row {number}", number=f"{index.row() + 1:,}") + f" · {self.model.columns[index.column()]}")  # noqa: E501  # fmt: skip
        text = self.model.text(index.row(), index.column())
        if text != self.cell.toPlainText():
            self.cell.setPlainText(text)
