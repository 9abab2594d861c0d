"""Sorting: what a header's menu offers, and the commands of the menu bar for the current column."""

from functools import partial

from PySide6.QtWidgets import QMenu

from desktop.theme import icon
from desktop.views.dataset_tools import DatasetTool, tools
from services.datasets.query import SortKey
from services.i18n import tr


@tools.add("sort")
class SortTool(DatasetTool):
    """Asks the "shown" tool for another order."""

    order = 33

    def column_menu(self, menu: QMenu, column: str) -> None:
        """Add what can be done with a column ('' for the length in tokens)."""
        menu.addSeparator()
        current = self.page.tool("shown").key
        if not column:
            choices = [
                (tr("Fewest tokens first"), SortKey("", "tokens")),
                (tr("Most tokens first"), SortKey("", "tokens", True)),
            ]
        else:
            number = self.page.model.kind(self.page.model.columns.index(column)) == "number"
            choices = [
                (tr("Sort A to Z"), SortKey(column)),
                (tr("Sort Z to A"), SortKey(column, reverse=True)),
                (tr("Shortest first"), SortKey(column, "length")),
                (tr("Longest first"), SortKey(column, "length", True)),
            ]
            if number:
                choices[:2] = [
                    (tr("Smallest first"), SortKey(column, "number")),
                    (tr("Greatest first"), SortKey(column, "number", True)),
                ]
        for words, key in choices:
            action = menu.addAction(icon("sort-descending" if key.reverse else "sort-ascending", "text2"), words)
            action.setCheckable(current == key)
            action.setChecked(current == key)
            action.triggered.connect(partial(self._sort, key))
        if current is not None:
            menu.addAction(tr("Back to own order")).triggered.connect(partial(self._sort, None))

    def sort_current(self, by: str, *, reverse: bool = False) -> None:
        """Sort by the current column: by its text (numbers where it holds numbers), length, or the row's tokens."""
        model, column = self.page.model, self.page.grid.currentIndex().column()
        if by == "tokens" or not 0 <= column < len(model.columns):
            self._sort(SortKey("", "tokens", reverse))
            return
        name = model.columns[column]
        if by == "length":
            self._sort(SortKey(name, "length", reverse))
        else:
            self._sort(SortKey(name, "number" if model.kind(column) == "number" else "text", reverse))

    def can_sort(self) -> bool:
        """Whether there is a column to sort by."""
        return self.page.model.facts.count > 0 and self.page.grid.currentIndex().isValid()

    def _sort(self, key: SortKey | None, *_: object) -> None:
        self.page.tool("shown").sort(key)
