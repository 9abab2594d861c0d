"""The turn editor of the table: when it opens, which row it shows, and what the inspector changes in that row."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent

from desktop.controllers.row_editor import RowEditor
from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.boxes import Box
from desktop.widgets.turns_pane import TurnsPane
from services.datasets.rows import Row

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


@tools.add("turns")
class TurnsTool(DatasetTool):
    """Puts the editor in the place of the table, and lets it follow the current row and every edit."""

    order = 60

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.editor = RowEditor(page.model)
        self.pane = TurnsPane(self.editor)
        place = page.grid.parentWidget()
        assert isinstance(place, Box)
        place.add(self.pane, 1)
        self.pane.left.connect(self._left)
        self.pane.stepped.connect(self._step)
        self.pane.changed.connect(page.changed)
        self.pane.meaning_asked.connect(self._say_meaning)
        page.grid.delegate.opens = self._opens
        page.grid.installEventFilter(self)
        page.grid.doubleClicked.connect(self._opens)  # also where nothing may be changed
        page.grid.current_changed.connect(lambda _: self._follow())
        page.panel.edit_asked.connect(self._inspector)

    # ---- what its commands ask

    def is_open(self) -> bool:
        """Whether the editor stands in the place of the table."""
        return not self.pane.isHidden()

    def can_open(self) -> bool:
        """Whether there is a row whose conversation can be opened."""
        return self.page.grid.currentIndex().isValid() and not self.is_open()

    def can_swap(self) -> bool:
        """Whether the current row has two answers that may change places."""
        return self.page.can_edit() and self.editor.has_pair()

    def can_edit(self) -> bool:
        """Whether there is a turn to work on."""
        return self.pane.can_edit()

    def can_arrange(self) -> bool:
        """Whether that turn can be moved, copied and removed."""
        return self.pane.can_arrange()

    def can_add(self) -> bool:
        """Whether the conversation takes another turn."""
        return self.pane.can_add()

    def open(self) -> None:
        """Show the current row's conversation."""
        position = self.page.grid.currentIndex().row()
        if position < 0 or self.is_open():
            return
        self.editor.show(position)
        self.pane.open_row(self.page.model.rowCount())
        self._make_room()
        self.page.changed.emit()

    # ---- following

    def said(self) -> None:
        self.page.panel.editable = self.page.model.editable
        if self.is_open() and not self.page.model.rowCount():
            self.pane.hide()
            self.page.strips.show()
        self._make_room()
        self._follow()

    def row_changed(self, position: int, row: Row | None) -> None:
        self.editor.show(position if row is not None else -1)

    def closing(self) -> None:
        self.pane.commit()

    def _make_room(self) -> None:
        if self.is_open():
            for beside in (self.page.grid, self.page.bar, self.page.strips):
                beside.hide()

    def _follow(self) -> None:
        if self.is_open():
            position = self.page.grid.currentIndex().row()
            if position != self.editor.position:
                self.pane.commit()
            self.editor.show(position)
            self.pane.set_rows(self.page.model.rowCount())
        elif self.editor.row_id is not None:
            self.editor.show(self.page.grid.currentIndex().row())

    def _step(self, by: int) -> None:
        grid = self.page.grid
        position = grid.currentIndex().row() + by
        if 0 <= position < self.page.model.rowCount():
            grid.go_to(position, max(0, grid.currentIndex().column()))
            self.pane.focus_turn(self.pane.first_entry())

    def _left(self) -> None:
        page = self.page
        page.bar.show()
        page.strips.show()
        page.grid.setVisible(page.model.rowCount() > 0)
        page.grid.setFocus()
        page.grid.scrollTo(page.grid.currentIndex())
        page.changed.emit()

    def _say_meaning(self) -> None:
        self.pane.leave()
        QTimer.singleShot(0, self, self.page.bar.format.click)

    # ---- opening from the grid

    def _opens(self, index: Any) -> bool:
        """Whether the editor opens in place of a field in the cell; it does so a moment later."""
        columns = self.page.model.columns
        if not 0 <= index.column() < len(columns) or not self.editor.holds_turns(index.row(), columns[index.column()]):
            return False
        QTimer.singleShot(0, self, self.open)
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter on a cell. (The grid's `activated` would also say a single click, where a desktop is set so.)"""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                return self._opens(self.page.grid.currentIndex())
        return False

    # ---- the inspector

    def _inspector(self, what: str, of_row: tuple[int, Any]) -> None:
        """A wish of the inspector. Its row may no longer be the current one: a field is left when the row changes."""
        row_id, value = of_row
        if what == "open":
            self.open()
        elif what == "swap":
            self.editor.swap(row_id)
        elif what == "cell":
            self.editor.write([value], row_id=row_id)
        elif what == "turn":
            column, turn, field, text = value
            self.editor.edit(column, lambda cell: cell.with_text(turn, field, text), row_id=row_id)
