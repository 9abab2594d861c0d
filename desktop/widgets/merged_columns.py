"""How the columns of several sets match: a line a column, with its role and the name it has in each set."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QGridLayout, QScrollArea, QWidget

from desktop.widgets.boxes import Box
from desktop.widgets.chip import Chip
from desktop.widgets.text import ElidedLabel, Label
from services.datasets.merging import MergePlan

_MOST = 60  # lines
_HIGH_PX = 200


class MergedColumns(QScrollArea):
    """chip_of: a role's chip: words, kind, icon."""

    def __init__(self, chip_of: Callable[[str], tuple[str, str, str]]) -> None:
        super().__init__()
        self._chip_of = chip_of
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.viewport().setAutoFillBackground(False)
        self.show_plan(None)

    def show_plan(self, plan: MergePlan | None) -> None:
        """Show how they match; None for nothing."""
        holder: QWidget = Box("v", fill="code", corner=6)
        grid = QGridLayout()
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(6)
        if plan is not None:
            for place, name in enumerate(plan.names, 2):
                grid.addWidget(ElidedLabel(name, "small_strong", "text3"), 0, place)
                grid.setColumnStretch(place, 1)
            for line, column in enumerate(plan.columns[:_MOST], 1):
                grid.addWidget(Label(column.name, "medium"), line, 0)
                if column.role:
                    words, kind, icon = self._chip_of(column.role)
                    grid.addWidget(Chip(words, kind, icon), line, 1)
                for place, source in enumerate(column.sources, 2):
                    grid.addWidget(ElidedLabel(source if source is not None else "—", "body", "text2"), line, place)
        holder.layout().addLayout(grid)  # type: ignore[union-attr]
        self.setWidget(holder)
        self.setVisible(plan is not None)
        self.setFixedHeight(min(_HIGH_PX, holder.sizeHint().height() + 2))
