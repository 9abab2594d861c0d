"""The history list: every edit, and a step to any of them."""

from desktop.views.dataset_tools import DatasetTool, tools
from services.datasets.history import Step, history, step_to
from services.datasets.store import DatasetStore

_LARGE = 1 << 30  # made in a thread: many edits may lie between


@tools.add("history")
class HistoryTool(DatasetTool):
    """Opens the list."""

    order = 60

    def open(self) -> None:
        """Show all edits."""
        from desktop.widgets.history_dialog import HistoryDialog

        store, model = self.page.controller.store, self.page.model

        def read(start: int, count: int) -> list[Step]:
            with DatasetStore.open(store.path, read_only=True) as own:
                return history(own, count, start)

        dialog = HistoryDialog(self.page.main, read, editable=self.page.can_edit())
        dialog.go_asked.connect(lambda revision: model.do(lambda: step_to(store, revision), _LARGE, dialog.look))
        dialog.open()

    def has_history(self) -> bool:
        """Whether anything was edited."""
        return self.page.model.facts.can_undo or self.page.model.facts.can_redo
