"""The bar above the table: filter, find, undo and redo, rows, what the columns mean, and the version."""

from collections.abc import Callable

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.models.dataset_facts import redo_words, undo_words
from desktop.models.dataset_table import DatasetTableModel
from desktop.theme import size
from desktop.widgets.boxes import Box, HairLine
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.filter_field import FilterField
from desktop.widgets.find_bar import FindBar
from desktop.widgets.text import Label, Text
from services.i18n import tr, trn

_NARROW_PX = 1000  # below it, words would stand in each other's way


class DatasetBar(Box):
    """run: does a command by its id."""

    def __init__(self, run: Callable[[str], None]) -> None:
        super().__init__("h", margins=(16, 0, 24, 0))
        self.setFixedHeight(size("toolbar"))
        self._narrow, self._title = False, ""
        self.filter = FilterField()
        self.seek = IconButton("magnifying-glass", lambda: tr("Find in the rows (Ctrl+F)"))
        self.finding = FindBar()
        self.undo = IconButton("arrow-u-up-left", lambda: tr("Undo (Ctrl+Z)"))
        self.redo = IconButton("arrow-u-up-right", lambda: tr("Redo (Ctrl+Y)"))
        self.add_row = Button(lambda: tr("Add row"), "ghost", "plus", tip=lambda: tr("Add a row below (Ctrl+I)"))
        self.delete = Button(lambda: tr("Delete"), "ghost", "trash", tip=lambda: tr("Delete rows (Ctrl+Delete)"))
        self.format = Button("", "ghost", "rows")
        self.version = Button(lambda: tr("Save version"), icon="bookmark-simple")
        self.changes = Label("", "small", "text2")
        for button, command in (
            (self.seek, "dataset.find"),
            (self.undo, "dataset.undo"),
            (self.redo, "dataset.redo"),
            (self.add_row, "dataset.add_row"),
            (self.delete, "dataset.delete_rows"),
            (self.version, "dataset.save_version"),
        ):
            button.clicked.connect(lambda _=False, command=command: run(command))
        self.filter.setMinimumWidth(160)
        self.filter.setMaximumWidth(360)
        self.add(self.filter, 100).add(8).add(self.seek)
        line, edges = HairLine(vertical=True), HairLine(vertical=True)
        self.add(2).add(self.undo).add(self.redo).add(8).add(line).add(8).add(self.add_row).add(self.delete)
        self._tools = Box("h", gap=2)
        self.add(8).add(edges).add(8).add(self.format).add(4).add(self._tools).add("s").add(self.changes).add(12).add(
            self.version
        )

    def add_tool(self, widget: QWidget) -> None:
        """Put a tool's button after the format; an icon, there is no room for words."""
        self._tools.add(widget)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (self.width() < _NARROW_PX) != self._narrow:
            self._narrow = not self._narrow
            self._name_things()

    def retranslate(self) -> None:
        self._name_things()

    def _name_things(self) -> None:
        """Words where there is room, icons where there is not."""
        self.add_row.set_text("" if self._narrow else lambda: tr("Add row"))
        self.delete.set_text("" if self._narrow else lambda: tr("Delete"))
        title = self._title
        if self._narrow:  # without the name of the format, which stands in brackets
            title = title.split(" (")[0].split("（")[0]
        self.format.set_text(title or (lambda: tr("What do the columns mean?")))

    def show_state(
        self, model: DatasetTableModel, *, may_undo: bool, may_redo: bool, why_not: str, format_title: str
    ) -> None:
        """Say what has changed and what may be done. why_not: N_-marked, why nothing may be edited."""
        changed, busy = model.changed_count(), model.busy
        if busy:
            self.changes.set_text(lambda: tr("working…"))
        else:
            self.changes.set_text((lambda: trn("{n} cell changed", "{n} cells changed", changed)) if changed else "")
        self._title = format_title
        self._name_things()
        reason: Text = (lambda: tr(why_not)) if why_not else (lambda: tr("This can only be read here."))
        facts = model.facts
        self.undo.set_tip(lambda: f"{undo_words(facts)} (Ctrl+Z)")
        self.redo.set_tip(lambda: f"{redo_words(facts)} (Ctrl+Y)")
        self.undo.setEnabled(may_undo)
        self.redo.setEnabled(may_redo)
        for button in (self.add_row, self.delete, self.version, self.format):
            button.allow(model.editable, reason)
        for thing in (self.filter, self.seek, self.delete):
            thing.setVisible(model.facts.count > 0)
