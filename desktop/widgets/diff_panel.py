"""A row that differs: each column that differs with both sides beside each other."""

from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from desktop.models.diff_list import column_name
from desktop.widgets.boxes import Box
from desktop.widgets.diff_text import DiffText
from desktop.widgets.text import Label, Paragraph
from services.datasets.values import ABSENT
from services.datasets.wording import Side
from services.i18n import tr


@dataclass(frozen=True)
class ShownCell:
    """A cell that differs. before, after: None where there is nothing."""

    column: str
    before: Side | None
    after: Side | None


class DiffPanel(QScrollArea):
    """Shows the cells of one row; both sides, or the only one there is over the whole width."""

    def __init__(self) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.texts: list[DiffText] = []
        self.setAccessibleName(tr("What differs"))
        self.say("")

    def show_cells(self, cells: list[ShownCell], before: str, after: str) -> None:
        """Show cells; before, after: what the sides are called."""
        holder, grid = Box("v", fill="page", line="hair", sides="l"), QGridLayout()
        holder.add(grid)
        grid.setContentsMargins(24, 16, 24, 24)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        self.texts = []
        both = any(c.before is not None for c in cells) and any(c.after is not None for c in cells)
        if both:
            for place, name in enumerate((before, after)):
                grid.addWidget(Label(f"{'−+'[place]} {name}", "small", "text3"), 0, place)
        line = 1
        for cell in cells:
            grid.addWidget(Label(column_name(cell.column), "strong"), line, 0, 1, 2)
            for place, (side, shown) in enumerate((("before", cell.before), ("after", cell.after))):
                if shown is None and not both:
                    continue
                at = (line + 1, place, 1, 1) if both else (line + 1, 0, 1, 2)
                grid.addWidget(self._side(side, shown, cell.column), *at)
            grid.setRowMinimumHeight(line + 2, 12)
            line += 3
        grid.setRowStretch(line, 1)
        self._show(holder)

    def say(self, sentence: str) -> None:
        """Show a sentence in place of a row."""
        self.texts = []
        holder = Box("v", margins=(24, 24, 24, 24), fill="page", line="hair", sides="l")
        if sentence:
            holder.add(Paragraph(sentence, width=420))
        self._show(holder.add("s"))

    def _side(self, side: str, shown: Side | None, column: str) -> QWidget:
        box = Box("v", fill="code", corner=6, margins=(12, 8, 12, 8))
        if shown is None:
            box.add(Label(lambda: tr("nothing there"), "small", "text3")).add("s")
            return box
        name = tr("{column}, before", column=column) if side == "before" else tr("{column}, after", column=column)
        text = DiffText(side, shown, name)
        self.texts.append(text)
        if not shown.text:
            box.add(Label(lambda: tr("empty"), "small", "text3"))
        return box.add(text).add("s")

    def _show(self, holder: QWidget) -> None:
        self.setWidget(holder)
        self.verticalScrollBar().setValue(0)


def has(value: object) -> bool:
    """Whether a side has anything to show."""
    return value is not ABSENT
