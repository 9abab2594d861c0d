"""The table of a data set: rows as in a spreadsheet, edits on disk when the cell is left, a row's tokens beside."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QModelIndex, QTimer
from PySide6.QtWidgets import QMenu, QWidget

from desktop.actions import round_menu
from desktop.controllers.dataset import DatasetController, FindingGroup, RowView
from desktop.models.dataset_table import VALUE_ROLE, DatasetTableModel
from desktop.theme import size
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.empty_state import EmptyState
from desktop.widgets.grid import Grid
from desktop.widgets.grid_paint import ColumnHeader, RoleChip, RowHeader, empty_answer
from desktop.widgets.row_panel import RowPanel
from desktop.widgets.text import Label
from services.datasets.values import ABSENT
from services.errors import TunesmithError
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_FOLLOW_MS = 1200  # how soon an edit of another process is seen
_ANSWERS = ("response", "chosen", "rejected", "text")


def role_chip(role: str) -> RoleChip:
    """How a column's role is shown: (words, kind of chip, icon)."""
    chips: dict[str, RoleChip] = {
        "": (tr("Not used"), "dash", ""),
        "prompt": (tr("User"), "outline", "user"),
        "query": (tr("User, second part"), "outline", "user"),
        "response": (tr("Answer · trained"), "tint", "graduation-cap"),
        "system": (tr("System"), "outline", "gear-six"),
        "history": (tr("Earlier turns"), "tint", "clock-counter-clockwise"),
        "messages": (tr("Conversation · trained"), "tint", "chats"),
        "tools": (tr("Tools"), "outline", "wrench"),
        "chosen": (tr("Chosen · trained"), "tint", "thumbs-up"),
        "rejected": (tr("Rejected · trained"), "tint", "thumbs-down"),
        "kto_tag": (tr("Label"), "outline", "tag"),
        "text": (tr("Text · trained"), "tint", "article"),
    }
    return chips.get(role, (tr("Kept, not trained"), "dash", "image"))


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
        self.model.failed.connect(self.show_error)
        self.model.edited.connect(self._edited)
        self.grid = Grid()
        self.grid.setHorizontalHeader(ColumnHeader(self.grid, self._type_of, self._chip_of))
        self.grid.setVerticalHeader(RowHeader(self.grid))
        self.grid.delegate.warning = self._warning
        self.grid.delegate.quiet = lambda column: not self._role_at(column)
        self.grid.setAccessibleName(key)
        self.grid.current_changed.connect(self._current_changed)
        header = self.grid.horizontalHeader()
        header.sectionClicked.connect(self._choose_role)
        header.customContextMenuRequested.connect(lambda at: self._choose_role(header.logicalIndexAt(at)))
        self.panel = RowPanel()
        self.panel.findings.show_asked.connect(self._show_finding)
        self.panel.findings.fix_asked.connect(self._fix)
        self._groups: list[FindingGroup] = []
        self._findings: int | None = None
        self._timers()
        self._build()
        self.grid.show_model(self.model)
        self._say()
        self._look_for_findings()
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
        versions = self.controller.store.versions()
        changed = self.model.changed_count()
        if changed:
            return "pencil-simple", trn("{n} change, saved", "{n} changes, saved", changed)
        return "check", tr("Saved · {name}", name=versions[-1].name) if versions else tr("Saved")

    def show_as_command(self) -> tuple[str, str]:
        return (f'tunesmith data show "{self.controller.project.folder}" "{self.key}"', "")

    def findings_count(self) -> int | None:
        """Findings of this set, None while they are being looked for."""
        return self._findings

    def state(self) -> dict[str, Any]:
        current = self.grid.currentIndex()
        return {"row": current.row(), "column": current.column(), "look": self.panel.look.current()}

    def restore(self, state: dict[str, Any]) -> None:
        if state.get("look") in ("text", "tokens"):
            self.panel.look.set_current(state["look"])
        position = int(state.get("row", 0))
        if 0 <= position < self.model.rowCount():
            self.grid.go_to(position, max(0, int(state.get("column", 0))))

    def closing(self) -> None:
        self._follow.stop()
        self.controller.close()

    def search(self, words: str) -> list[tuple[str, str, Any]]:
        low, found = words.lower(), []
        for position in range(min(2000, self.model.rowCount())):
            item = self.model.row_at(position)
            text = " ".join(v for v in item.values.values() if isinstance(v, str)) if item is not None else ""
            at = text.lower().find(low)
            if at >= 0:
                note = text[max(0, at - 20) : at + 60].replace("\n", " ")
                title = tr("Row {number}", number=f"{position + 1:,}")
                found.append((title, note, partial(self.grid.go_to, position, 0)))
            if len(found) >= 6:
                break
        return found

    def retranslate(self) -> None:
        self._say()
        self.grid.horizontalHeader().viewport().update()

    # --- what its commands ask ------------------------------------------------------------------------------------

    def can_undo(self) -> bool:
        """Whether there is an edit to take back."""
        return not self.controller.store.read_only and self.controller.store.can_undo

    def can_redo(self) -> bool:
        """Whether there is an undone edit."""
        return not self.controller.store.read_only and self.controller.store.can_redo

    def can_edit(self) -> bool:
        """Whether rows may be changed here."""
        return not self.controller.store.read_only

    def has_selection(self) -> bool:
        """Whether there is a row to work on."""
        return self.can_edit() and bool(self.grid.positions())

    def undo(self) -> None:
        """Take back the last edit."""
        self.model.undo()

    def redo(self) -> None:
        """Do it again."""
        self.model.redo()

    def add_row(self) -> None:
        """An empty row below the current one, ready to type."""
        positions = self.grid.positions()
        at = positions[-1] + 1 if positions else self.model.rowCount()
        if self.model.insert(at, [dict.fromkeys(self.model.columns, "")]):
            self.grid.go_to(at, 0)
            self.grid.setFocus()

    def delete_rows(self) -> None:
        """Delete the selected rows; undo brings them back."""
        positions = self.grid.positions()
        if self.model.delete(positions):
            count = len(positions)
            self.main.toast(
                lambda: trn("{n} row deleted", "{n} rows deleted", count), action=lambda: tr("Undo"), run=self.undo
            )
            if self.model.rowCount():
                self.grid.go_to(min(positions[0], self.model.rowCount() - 1), 0)

    def duplicate_rows(self) -> None:
        """Copy the selected rows below themselves."""
        positions = self.grid.positions()
        if self.model.duplicate(positions):
            self.grid.go_to(positions[-1] + 1, 0)

    def move_rows(self, by: int) -> None:
        """Move the selected rows up (-1) or down (+1)."""
        positions, column = self.grid.positions(), max(0, self.grid.currentIndex().column())
        if self.model.move(positions, by):
            self.grid.go_to(positions[0] + by, column)

    def save_version(self) -> None:
        """Name what is here now; changed cells are counted from it."""
        version = self.controller.store.save_version()
        self.model.renew()
        self._say()
        self.main.toast(lambda: tr("Saved as {name}", name=version.name), icon="bookmark-simple")

    def edit_long(self) -> None:
        """Edit the current cell in a large field."""
        from desktop.widgets.long_text import edit_long_text

        index = self.grid.currentIndex()
        if index.isValid() and self.can_edit():
            text = edit_long_text(self.main, self.model.columns[index.column()], str(index.data(2) or ""))
            if text is not None:
                self.model.set_texts({(index.row(), index.column()): text})

    # --- building -------------------------------------------------------------------------------------------------

    def _timers(self) -> None:
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.setInterval(600)
        self._check.timeout.connect(self._look_for_findings)
        self._row = QTimer(self)
        self._row.setSingleShot(True)
        self._row.setInterval(80)
        self._row.timeout.connect(self._show_row)
        self._follow = QTimer(self)
        self._follow.setInterval(_FOLLOW_MS)
        self._follow.timeout.connect(self._follow_others)
        self._follow.start()

    def _build(self) -> None:
        self.undo_button = IconButton("arrow-u-up-left", lambda: tr("Undo (Ctrl+Z)"))
        self.redo_button = IconButton("arrow-u-up-right", lambda: tr("Redo (Ctrl+Y)"))
        self.add_button = Button(lambda: tr("Add row"), "ghost", "plus")
        self.delete_button = Button(lambda: tr("Delete"), "ghost", "trash")
        self.format_button = Button("", "ghost", "rows")
        self.version_button = Button(lambda: tr("Save version"), icon="bookmark-simple")
        self._changes = Label("", "body", "text2")
        for button, command in (
            (self.undo_button, "dataset.undo"),
            (self.redo_button, "dataset.redo"),
            (self.add_button, "dataset.add_row"),
            (self.delete_button, "dataset.delete_rows"),
            (self.version_button, "dataset.save_version"),
        ):
            button.clicked.connect(lambda _=False, command=command: self.main.run_command(command))
        self.format_button.clicked.connect(self._choose_format)
        bar = row(
            *(self.undo_button, self.redo_button, 8, HairLine(vertical=True), 8, self.add_button, self.delete_button),
            *(8, HairLine(vertical=True), 8, self.format_button, "s", self._changes, 16, self.version_button),
            margins=(16, 0, 24, 0),
        )
        bar.setFixedHeight(size("toolbar"))
        self.content.addWidget(bar)
        self.content.addWidget(HairLine())
        self.empty = EmptyState(
            "table",
            lambda: tr("No rows yet"),
            lambda: tr("A row is one example: a question and the answer you would like to hear."),
            [self._empty_button()],
        )
        self._place = Box("v")
        self._place.add(self.grid, 1).add(self.empty, 1)
        self.content.addWidget(self._place, 1)

    def _empty_button(self) -> Button:
        button = Button(lambda: tr("Write the first row"), icon="plus")
        button.clicked.connect(lambda: self.main.run_command("dataset.add_row"))
        return button

    def _type_of(self, column: int) -> str:
        return self.model.type_text(column)

    def _role_at(self, column: int) -> str:
        columns = self.model.columns
        return self.controller.role_of(columns[column]) if column < len(columns) else ""

    def _chip_of(self, column: int) -> RoleChip:
        return role_chip(self._role_at(column))

    def _warning(self, index: Any) -> str:
        if self._role_at(index.column()) not in _ANSWERS:
            return ""
        value = index.data(VALUE_ROLE)
        return empty_answer() if value in ("", None) or value is ABSENT or not str(value).strip() else ""

    # --- following ------------------------------------------------------------------------------------------------

    def _edited(self) -> None:
        self._say()
        self._check.start()
        self._row.start()
        self.main.look_again()

    def _say(self) -> None:
        empty = self.model.rowCount() == 0
        self.grid.setVisible(not empty or bool(self.model.columns))
        self.empty.setVisible(empty)
        changed = self.model.changed_count()
        self._changes.set_text((lambda: trn("{n} cell changed", "{n} cells changed", changed)) if changed else "")
        titles = dict(self.controller.format_choices())
        chosen = titles.get(self.controller.store.mapping.format, "")
        self.format_button.set_text(lambda: chosen or tr("What do the columns mean?"))
        self.undo_button.setEnabled(self.can_undo())
        self.redo_button.setEnabled(self.can_redo())
        for button in (self.add_button, self.delete_button, self.version_button, self.format_button):
            button.setEnabled(self.can_edit())
        self.changed.emit()
        self.state_text_changed.emit()

    def _follow_others(self) -> None:
        if self.isVisible() and self.controller.store.changed_by_others():
            self.model.renew()
            self._edited()

    def _current_changed(self, _index: QModelIndex) -> None:
        self._row.start()
        self.changed.emit()

    def _show_row(self) -> None:
        position = self.grid.currentIndex().row()
        item = self.model.row_at(position) if position >= 0 else None
        if item is None:
            self.panel.show_row(0, None)
            return
        values = dict(item.values)

        def done(view: RowView) -> None:
            if self.grid.currentIndex().row() == position:
                self.panel.show_row(position + 1, view)

        self.run(lambda: self.controller.row_view(values), done)

    # --- findings -------------------------------------------------------------------------------------------------

    def _look_for_findings(self) -> None:
        self.run(self.controller.findings, self._show_findings)

    def _show_findings(self, groups: list[FindingGroup]) -> None:
        self._groups = groups
        self._findings = sum(group.count for group in groups)
        self.panel.findings.show_groups(groups, self.model.rowCount())
        self.main.look_again()

    def _show_finding(self, group: FindingGroup) -> None:
        ids = [f.row_id for f in group.first if f.row_id is not None]
        places = [p for p in self.controller.store.positions(ids) if p >= 0]
        current = self.grid.currentIndex().row()
        later = [p for p in places if p > current]
        if places:
            self.grid.go_to(later[0] if later else places[0], max(0, self.grid.currentIndex().column()))

    def _fix(self, group: FindingGroup) -> None:
        if self.model.do(lambda: self.controller.mend(group)):
            count = group.fixes
            self.main.toast(
                lambda: trn("{n} row mended", "{n} rows mended", count), action=lambda: tr("Undo"), run=self.undo
            )

    # --- roles ----------------------------------------------------------------------------------------------------

    def _choose_role(self, section: int) -> None:
        if not self.can_edit() or not 0 <= section < len(self.model.columns):
            return
        name = self.model.columns[section]
        menu = round_menu(QMenu(self))
        current = self.controller.role_of(name)
        for role in (*self.controller.roles(), ""):
            action = menu.addAction(role_chip(role)[0], partial(self._set_role, name, role))
            action.setCheckable(True)
            action.setChecked(role == current)
        header = self.grid.horizontalHeader()
        x = header.sectionViewportPosition(section)
        menu.popup(header.mapToGlobal(header.rect().bottomLeft()) + _point(x))

    def _set_role(self, name: str, role: str) -> None:
        self.model.do(lambda: self.controller.set_role(name, role))
        self.grid.horizontalHeader().viewport().update()

    def _choose_format(self) -> None:
        menu = round_menu(QMenu(self))
        current = self.controller.store.mapping.format
        for format_id, title in self.controller.format_choices():
            action = menu.addAction(title, partial(self._set_format, format_id))
            action.setCheckable(True)
            action.setChecked(format_id == current)
        menu.popup(self.format_button.mapToGlobal(self.format_button.rect().bottomLeft()))

    def _set_format(self, format_id: str) -> None:
        try:
            self.model.do(lambda: self.controller.set_format(format_id))
        except TunesmithError as error:
            self.show_error(error)
        self.grid.horizontalHeader().viewport().update()


def _point(x: int) -> Any:
    from PySide6.QtCore import QPoint

    return QPoint(x, 0)
