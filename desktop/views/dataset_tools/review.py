"""Review: rows that a model wrote are accepted or rejected by a key, one after the other."""

from typing import ClassVar

from desktop.views.dataset_tools import DatasetTool, tools
from services.documents.rows import ACCEPTED, REJECTED

COLUMN = "review"


@tools.add("review")
class ReviewTool(DatasetTool):
    """Sets the column `review` of the selected rows and goes on to the next one."""

    order: ClassVar[int] = 60

    def can_review(self) -> bool:
        """Whether the set has the column and a row to judge."""
        return COLUMN in self.page.model.columns and self.page.has_selection()

    def accept(self) -> None:
        """Keep the selected rows."""
        self._mark(ACCEPTED)

    def reject(self) -> None:
        """Mark the selected rows as not good enough; they stay until they are deleted."""
        self._mark(REJECTED)

    def _mark(self, word: str) -> None:
        grid, model = self.page.grid, self.page.model
        spans, column = grid.spans(), model.columns.index(COLUMN)
        model.set_texts({(position, column): word for span in spans for position in span})
        after = spans[-1].stop
        if after < model.rowCount():
            grid.go_to(after, max(0, grid.currentIndex().column()))
