"""Edits of the row that stands open: turn by turn, or a cell at a time; each one is a revision that undo takes back."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from desktop.models.dataset_table import DatasetTableModel
from services.datasets.mapping import Mapping
from services.datasets.row_parts import Part, is_conversation, row_parts, swapped
from services.datasets.rows import Row
from services.datasets.turn_marks import Mark, marks
from services.datasets.turns import TurnCell
from services.errors import TunesmithError
from services.i18n import N_

EDIT_TURN = N_("Edit a turn")


class RowEditor(QObject):
    """One row of a table's model, by its id. parts: its conversation as it is now; marks: what is wrong, by part."""

    changed = Signal()
    """The row is another, or says something else now."""

    def __init__(self, model: DatasetTableModel) -> None:
        super().__init__()
        self._model = model
        self._shown: tuple[Row | None, int, Mapping, bool] = (None, -1, Mapping(), False)
        self.position = -1
        self.row_id: int | None = None
        self.parts: tuple[Part, ...] = ()
        self.marks: tuple[list[Mark], ...] = ()

    @property
    def editable(self) -> bool:
        """Whether the row may be changed."""
        return self._model.editable and self.row_id is not None

    @property
    def mapping_format(self) -> str:
        """Id of the format that the row is read in, '' while none is chosen."""
        return self._model.facts.mapping.format

    def show(self, position: int) -> None:
        """Take the row at a position, or what it has become; -1 for none."""
        row = self._model.row_at(position) if position >= 0 else None
        now = (row, position, self._model.facts.mapping, self._model.editable)
        if row is not None and row is self._shown[0] and now[1:] == self._shown[1:]:
            return  # the model reads a row anew when anything has changed
        self._shown = now
        self.position = position if row is not None else -1
        self.row_id = row.id if row is not None else None
        mapping = self._model.facts.mapping
        self.parts = row_parts(row.values, mapping) if row is not None else ()
        follows = "chosen" in mapping.columns
        self.marks = tuple(marks(part, mapping, answer_follows=follows) for part in self.parts)
        self.changed.emit()

    def holds_turns(self, position: int, column: str) -> bool:
        """Whether a cell is edited turn by turn."""
        row = self._model.row_at(position)
        return row is not None and is_conversation(row.values, column, self._model.facts.mapping)

    def has_pair(self) -> bool:
        """Whether there are two answers to compare."""
        return {"chosen", "rejected"} <= {part.role for part in self.parts}

    def edit(
        self, column: str, act: Callable[[TurnCell], TurnCell], label: str = EDIT_TURN, *, row_id: int | None = None
    ) -> bool:
        """Change the turns of a cell; whether anything changed. What is refused is said by the model.

        row_id: of another row than the one that is shown.
        """
        values = self._values(row_id)
        part = next((p for p in row_parts(values, self._model.facts.mapping) if p.column == column), None)
        if part is None:
            return False
        try:
            made = act(part.cell)
        except (IndexError, KeyError):  # the row has become another in the meantime: what is shown follows
            return False
        return made is not part.cell and self.write([(column, made.value())], label, row_id=row_id)

    def write(self, cells: list[tuple[str, Any]], label: str = N_("Edit"), *, row_id: int | None = None) -> bool:
        """Write cells of the row: (column, value). Whether it was done."""
        row_id = self.row_id if row_id is None else row_id
        if row_id is None or not cells:
            return False
        wanted = [(row_id, column, value) for column, value in cells]
        return self._model.do(lambda: self._model.store.set_cells(wanted, label))

    def swap(self, row_id: int | None = None) -> bool:
        """Let the chosen and the rejected answer change places."""
        cells = swapped(self._values(row_id), self._model.facts.mapping)
        return self.write(cells, N_("Swap the answers"), row_id=row_id)

    def _values(self, row_id: int | None) -> dict[str, Any]:
        row_id = self.row_id if row_id is None else row_id
        if row_id is None:
            return {}
        try:
            return self._model.store.row(row_id).values
        except TunesmithError:  # the row is gone
            return {}
