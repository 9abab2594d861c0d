"""What a tool of the table is."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QMenu

from services.datasets.rows import Row

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


class DatasetTool(QObject):
    """Made with its page, once grid, model, bar, panel and watch stand. order: place among the tools."""

    order: ClassVar[int] = 100

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.page = page

    def opened(self) -> None:
        """The grid shows the rows for the first time."""

    def edited(self) -> None:
        """The store has a new revision: by an edit here or by another program."""

    def said(self) -> None:
        """What may be done is other now (rows, roles, busy, read-only): renew what the tool shows."""

    def rows_chosen(self) -> None:
        """Other rows are shown now (filtered, sorted, or all again)."""

    def row_changed(self, position: int, row: Row | None) -> None:
        """Another row is the current one, or it has other values. Called a moment after."""

    def column_menu(self, menu: QMenu, column: str) -> None:
        """A header's menu is about to be shown: add what the tool does with that column ('' for the tokens)."""

    def known_tokens(self) -> "Mapping[int, int] | None":
        """Tokens of the rows by row id, for filters and sorting; None if this tool does not count them."""
        return None

    def known_findings(self) -> "Mapping[int, Collection[str]] | None":
        """Ids of the checks that found something, by row id; None if this tool does not know."""
        return None

    def shown(self) -> None:
        """The page has come to the front."""

    def closing(self) -> None:
        """The page is about to go: stop threads and timers."""

    def is_active(self) -> bool:
        """Whether work is under way or about to be; tests wait for its end."""
        return False

    def state(self) -> dict[str, Any]:
        """Where the person was, in plain data; {} for nothing to keep."""
        return {}

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to where state() was."""

    def retranslate(self) -> None:
        """The language is another: renew words that no shared widget renews."""

    def restyle(self) -> None:
        """Theme or fonts are others."""
