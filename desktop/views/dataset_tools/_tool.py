"""What a tool of the table is."""

from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QObject

from services.datasets.rows import Row

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


class DatasetTool(QObject):
    """Made with its page, once grid, model, bar, panel and watch stand. order: place among the tools."""

    order: ClassVar[int] = 100

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.page = page

    def edited(self) -> None:
        """The store has a new revision: by an edit here or by another program."""

    def said(self) -> None:
        """What may be done is other now (rows, roles, busy, read-only): renew what the tool shows."""

    def row_changed(self, position: int, row: Row | None) -> None:
        """Another row is the current one, or it has other values. Called a moment after."""

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
