"""The table of a data set: rows as in a spreadsheet, edits on disk when the cell is left, a row's tokens beside."""

import time
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtWidgets import QWidget

from desktop.controllers.dataset import FIRST_COLUMNS, DatasetController
from desktop.controllers.dataset_watch import DatasetWatch
from desktop.controllers.row_tokens import RowView
from desktop.models.dataset_facts import redo_words, undo_words
from desktop.models.dataset_table import VALUE_ROLE, DatasetTableModel
from desktop.views import pages
from desktop.views.dataset_tools import DatasetTool, load_tools
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine
from desktop.widgets.column_roles import empty_answer, kind_words, role_chip
from desktop.widgets.dataset_bar import DatasetBar
from desktop.widgets.empty_rows import EmptyRows
from desktop.widgets.grid import Grid
from desktop.widgets.grid_headers import ColumnHeader, RoleChip
from desktop.widgets.grid_row_header import RowHeader
from desktop.widgets.row_panel import RowPanel
from desktop.widgets.toast import Toast
from services.datasets.values import ABSENT
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.datasets.query import FilterContext

_ANSWERS = ("response", "chosen", "rejected", "text")
_SEARCHED = 2000  # rows that the palette looks through, and characters of a cell
_SEARCH_S = 0.02  # Ctrl+F finds the rest


@pages.add("dataset")
class DatasetPage(Page):
    """key: the data set's name."""

    kind = "dataset"
    icon = "table"
    road_step = "examples"

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        self.controller = DatasetController(window, key)
        self.model = DatasetTableModel(self.controller.store)
        self.grid = Grid()
        self.bar = DatasetBar(window.run_command)
        self.strips = Box("v")
        self.panel = RowPanel()
        self.empty = EmptyRows(self._columns_shown)
        self._is_empty: bool | None = None
        self._viewing = False  # a row is being made ready for the panel
        self.tools: dict[str, DatasetTool] = {}
        self._undo_toast: Toast | None = None
        self._undo_revision = -1
        self._row_timer = QTimer(self)
        self._row_timer.setSingleShot(True)
        self._row_timer.setInterval(80)
        self._row_timer.timeout.connect(self._show_row)
        self._build()
        self.watch = DatasetWatch(self, self.controller, self.model, self.grid)
        self._connect()
        kinds = load_tools()
        self.tools = {name: kinds.get(name)(self) for name in kinds.ids()}
        self.grid.show_model(self.model)
        for tool in self.tools.values():
            tool.opened()
        self._say()
        self.watch.start()
        if self.model.rowCount():
            self.grid.go_to(0, 0)
        if self.controller.store.notice:
            notice = self.controller.store.notice
            window.toast(lambda: tr(notice), icon="lock-simple", icon_role="text2")

    # --- what the window asks -------------------------------------------------------------------------------------

    def title(self) -> str:
        return self.key

    def inspector(self) -> QWidget:
        return self.panel

    def state_text(self) -> tuple[str, str]:
        changed, version = self.model.changed_count(), self.model.facts.version
        if changed:
            return "pencil-simple", trn("{n} change, saved", "{n} changes, saved", changed)
        return "check", tr("Saved · {name}", name=version) if version else tr("Saved")

    def show_as_command(self) -> tuple[str, str]:
        if self.grid.isHidden() and self.model.rowCount():
            row = self.grid.currentIndex().row() + 1
            return (f'tunesmith data turns "{self.controller.project.folder}" "{self.key}" {row}', "")
        place = f'"{self.controller.project.folder}" "{self.key}"'
        words = self.tool("shown").words
        if words:
            quoted = words.replace("\\", "\\\\").replace('"', '\\"')
            return (f'tunesmith data filter {place} "{quoted}"', "")
        return (f"tunesmith data show {place}", "")

    def findings_count(self) -> int | None:
        """Findings of this set, None while they are being looked for."""
        return self.watch.findings_count

    def state(self) -> dict[str, Any]:
        current = self.grid.currentIndex()
        place = {"row": current.row(), "column": current.column(), "look": self.panel.look.current()}
        kept = {name: tool.state() for name, tool in self.tools.items()}
        return {**place, "widths": self.grid.widths(), "tools": {name: of for name, of in kept.items() if of}}

    def restore(self, state: dict[str, Any]) -> None:
        if state.get("look") in ("text", "tokens", "json"):
            self.panel.look.set_current(state["look"])
        if isinstance(state.get("widths"), dict):
            self.grid.set_widths(state["widths"])
        kept = state.get("tools")
        for name, of in kept.items() if isinstance(kept, dict) else ():
            if name in self.tools and isinstance(of, dict):
                self.tools[name].restore(of)
        position = int(state.get("row", 0))
        if 0 <= position < self.model.rowCount():
            self.grid.go_to(position, max(0, int(state.get("column", 0))))

    def closing(self) -> None:
        self._row_timer.stop()
        self.watch.stop()
        for tool in self.tools.values():
            tool.closing()
        self.model.close()
        self.controller.close()

    def shown(self) -> None:
        self.watch.look_at_recipe()
        for tool in self.tools.values():
            tool.shown()

    def search(self, words: str) -> list[tuple[str, str, Any]]:
        low, found, begun = words.lower(), [], time.monotonic()
        for position in range(min(_SEARCHED, self.model.rowCount())):
            if time.monotonic() - begun > _SEARCH_S:
                break
            item = self.model.row_at(position)
            texts = [v[:_SEARCHED] for v in item.values.values() if isinstance(v, str)] if item is not None else []
            text = " ".join(texts)
            at = text.lower().find(low)
            if at >= 0:
                note = text[max(0, at - 20) : at + 60].replace("\n", " ")
                title = tr("Row {number}", number=f"{position + 1:,}")
                found.append((title, note, partial(self.grid.go_to, position, 0)))
            if len(found) >= 6:
                break
        return found

    def retranslate(self) -> None:
        self.model.retranslate()
        for tool in self.tools.values():
            tool.retranslate()
        self._say()
        self.grid.horizontalHeader().viewport().update()

    def restyle(self) -> None:
        for tool in self.tools.values():
            tool.restyle()

    # --- what its commands ask ------------------------------------------------------------------------------------

    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return self.model.editable and self.model.facts.can_undo

    def can_redo(self) -> bool:
        """Whether there is an undone edit."""
        return self.model.editable and self.model.facts.can_redo

    def undo_words(self) -> str:
        """What undo takes back."""
        return undo_words(self.model.facts)

    def redo_words(self) -> str:
        """What redo does again."""
        return redo_words(self.model.facts)

    def can_edit(self) -> bool:
        """Whether rows may be changed here."""
        return self.model.editable

    def has_rows(self) -> bool:
        """Whether the set has rows, shown or not."""
        return self.model.facts.count > 0

    def can_select(self) -> bool:
        """Whether there is something to copy or to find."""
        return self.model.rowCount() > 0

    def has_selection(self) -> bool:
        """Whether there is a row to work on, and the table shows it."""
        return self.can_edit() and self.grid.currentIndex().isValid() and not self.grid.isHidden()

    def undo(self) -> None:
        """Take back the last edit."""
        self.model.undo()

    def redo(self) -> None:
        """Do it again."""
        self.model.redo()

    def save_version(self) -> None:
        """Name what is here now; changed cells are counted from it."""
        version = self.controller.store.save_version()
        self.model.renew()
        self._say()
        self.main.toast(lambda: tr("Saved as {name}", name=version.name), icon="bookmark-simple")

    # --- what its tools ask ---------------------------------------------------------------------------------------

    def tool(self, name: str) -> Any:
        """A tool by the name of its file; KeyError if there is none."""
        return self.tools[name]

    def filter_context(self) -> "FilterContext":
        """What filters and sorting may ask beside the cells, as far as the tools know it."""
        from services.datasets.query import FilterContext

        tokens = (tool.known_tokens() for tool in self.tools.values())
        findings = (tool.known_findings() for tool in self.tools.values())
        return FilterContext(
            next((found for found in tokens if found is not None), None),
            next((found for found in findings if found is not None), None),
        )

    def none_shown(self, none: bool) -> None:
        """Say in the grid that no row fits."""
        self.grid.note = tr("No row fits this filter.") if none else ""
        self.grid.viewport().update()

    def go_to_row(self, row_id: int, column: int = 0) -> bool:
        """Go to a row by its id, showing all rows if it is not among those shown; False if it is gone."""
        position = self.model.shown.position(row_id)
        if position < 0 and self.model.shown.some:
            self.tool("shown").show_all()
            position = self.model.shown.position(row_id)
        if position >= 0:
            self.grid.go_to(position, column)
        return position >= 0

    def add_strip(self, widget: QWidget) -> None:
        """Put a tool's strip between the bar and the table; the tool shows and hides it."""
        self.strips.add(widget)

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.grid.setHorizontalHeader(ColumnHeader(self.grid, self._type_of, self._chip_of))
        self.grid.setVerticalHeader(RowHeader(self.grid, marks=True))
        self.grid.delegate.warning = self._warning
        self.grid.delegate.quiet = lambda column: not self._role_at(column)
        self.grid.setAccessibleName(self.key)
        self.content.addWidget(self.bar)
        self.content.addWidget(HairLine())
        self.content.addWidget(self.strips)
        place = Box("v")
        place.add(self.grid, 1).add(self.empty, 1)
        self.content.addWidget(place, 1)

    def _connect(self) -> None:
        self.model.failed.connect(self.show_error)
        self.model.edited.connect(self._edited)
        self.model.renewed.connect(self._say)
        self.model.busy_changed.connect(self._say)
        self.grid.current_changed.connect(self._current_changed)
        self.grid.told.connect(lambda text: self.main.toast(text, icon="info", icon_role="text2"))
        self.empty.open.clicked.connect(lambda: self.main.run_command("data.import"))
        self.empty.paste.clicked.connect(lambda: self.main.run_command("dataset.paste"))
        self.empty.write.clicked.connect(lambda: self.main.run_command("dataset.add_row"))

    def _type_of(self, column: int) -> str:
        if column >= len(self.model.columns):
            return tr("counted")
        return kind_words(self.model.kind(column))

    def _role_at(self, column: int) -> str:
        columns = self.model.facts.columns
        return self.model.role_of(columns[column]) if column < len(columns) else ""

    def _chip_of(self, column: int) -> RoleChip:
        if column >= len(self.model.facts.columns):
            return ("", "", "")
        return role_chip(self._role_at(column))

    def _columns_shown(self) -> list[tuple[str, RoleChip]]:
        """Columns for the empty page: those that are there, else those that the first row will make."""
        names = self.model.columns
        if names:
            return [(name, role_chip(self.model.role_of(name))) for name in names]
        return [(name, role_chip(role)) for role, name in FIRST_COLUMNS.items()]

    def _warning(self, index: Any) -> str:
        if self._role_at(index.column()) not in _ANSWERS:
            return ""
        value = index.data(VALUE_ROLE)
        return empty_answer() if value in ("", None) or value is ABSENT or not str(value).strip() else ""

    # --- following ------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        if self._undo_toast is not None and self.model.facts.revision != self._undo_revision:
            self._undo_toast.go()
            self._undo_toast = None
        self.watch.edited()
        for tool in self.tools.values():
            tool.edited()
        self._row_timer.start()
        self.main.look_again()

    def _say(self) -> None:
        empty = self.model.facts.count == 0
        if empty is not self._is_empty:
            self._is_empty = empty
            self.grid.setVisible(not empty)
            self.empty.setVisible(empty)
            self.panel.findings.setVisible(not empty)
            if empty:
                self.panel.show_row(0, None)
        self.bar.setVisible(not empty or self.model.facts.can_undo or self.model.facts.can_redo)
        self.fills_primary = empty
        header = self.grid.verticalHeader()
        if isinstance(header, RowHeader):
            header.fit(self.model.facts.count)
        titles = dict(self.controller.format_choices())
        self.bar.show_state(
            self.model,
            may_undo=self.can_undo(),
            may_redo=self.can_redo(),
            why_not=self.controller.store.notice,
            format_title=titles.get(self.model.facts.mapping.format, ""),
        )
        for tool in self.tools.values():
            tool.said()
        self.changed.emit()
        self.state_text_changed.emit()

    def _current_changed(self, _index: QModelIndex) -> None:
        self._row_timer.start()
        self.changed.emit()

    def _show_row(self) -> None:
        position = self.grid.currentIndex().row()
        item = self.model.row_at(position) if position >= 0 else None
        for tool in self.tools.values():
            tool.row_changed(position, item)
        if item is None:
            self.panel.show_row(0, None)
            return
        if self._viewing:
            self._row_timer.start()
            return
        self._viewing = True
        values, mapping, tokens = dict(item.values), self.model.facts.mapping, self.controller.tokens

        def read(view: RowView) -> None:
            if self.grid.currentIndex().row() == position:
                self.panel.show_row(position + 1, view, item.id)
            self.run(lambda: tokens.view(values, mapping), done, failed)

        def done(view: RowView) -> None:
            self._viewing = False
            if self.grid.currentIndex().row() == position:
                self.panel.show_row(position + 1, view, item.id)

        def failed(error: Exception) -> None:
            self._viewing = False
            self.show_error(error)

        self.run(lambda: tokens.read(values, mapping), read, failed)

    def is_reading(self) -> bool:
        """Whether the panel is about to show another row."""
        return self._viewing or self._row_timer.isActive() or any(tool.is_active() for tool in self.tools.values())

    def row_soon(self) -> None:
        """Show the current row anew in a moment: its tokens may be others."""
        self._row_timer.start()

    def toast_undo(self, words: Any) -> None:
        """Say what was done, with Undo for as long as nothing else has been done."""
        self._undo_revision = self.model.facts.revision
        self._undo_toast = self.main.toast(words, action=lambda: tr("Undo"), run=self.undo)
        self._undo_toast.destroyed.connect(self._forget_toast)

    def _forget_toast(self) -> None:
        self._undo_toast = None
