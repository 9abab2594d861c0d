"""Lengths in tokens of all rows, counted in the background: for filters, sorting and the page of lengths."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QMenu

from desktop.controllers.lengths import Counted, LengthChoices, LengthCounter, length_choices
from desktop.theme import icon
from desktop.views.dataset_tools import DatasetTool, tools
from services.datasets.lengths import LengthTable
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage

_BEGIN_MS, _AGAIN_MS = 1500, 3000


@tools.add("lengths")
class LengthsTool(DatasetTool):
    """Counts a while after the table was opened or edited, so that it disturbs neither."""

    order = 46

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.table: LengthTable | None = None
        self._shown_for = ""
        self._counter = LengthCounter(self)
        self._counter.known.connect(self._counted)
        self._counter.done.connect(self._counted)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.count)
        self._soon.start(_BEGIN_MS)

    def known_tokens(self) -> LengthTable | None:
        """Tokens of the rows that are counted; None before the first count."""
        return self.table

    def use(self, table: LengthTable) -> None:
        """Take lengths that were counted elsewhere (for another model, say)."""
        self.table = table

    def count(self) -> None:
        """Count what is missing, for the model and template of the recipe in the making."""
        project = self.page.main.project
        if project is None or not self.page.model.rowCount():
            return

        def read(found: LengthChoices) -> None:
            if found.models and not self._closed:
                self._counter.begin(project, self.page.key, found.models[0], found.template, found.options)

        self.page.run(lambda: length_choices(project), read, lambda error: None)  # the row's own panel says why

    _closed = False

    def _counted(self, counted: Counted) -> None:
        if len(counted.table):
            self.table = counted.table

    def edited(self) -> None:
        """Count again in a while."""
        self._soon.start(_AGAIN_MS)

    def shown(self) -> None:
        """The recipe may name another model by now."""
        if not self._soon.isActive():
            self._soon.start(_BEGIN_MS)

    def closing(self) -> None:
        """End the count; it goes on when the table is opened again."""
        self._closed = True
        self._soon.stop()
        self._counter.stop()

    def column_menu(self, menu: QMenu, column: str) -> None:
        """The way to the page, from the column of tokens."""
        if not column:
            menu.addSeparator()
            action = menu.addAction(icon("chart-bar", "text2"), tr("Lengths and cutoff"))
            action.triggered.connect(lambda: self.page.main.run_command("lengths.open"))

    def open_page(self) -> None:
        """Open the page of lengths of this set."""
        self.page.main.open_page("lengths", self.page.key)

    def can_open(self) -> bool:
        """Whether there are rows."""
        return self.page.model.rowCount() > 0
