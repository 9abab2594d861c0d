"""What stands in an open project while no tab is open."""

from typing import TYPE_CHECKING

from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.empty_state import EmptyState
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


class ProjectWelcome(Box):
    """Says what would be here; with examples in the project, points at them."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__("v", fill="page")
        project = window.project
        if project is not None and project.dataset_names():
            open_ = Button(lambda: tr("Open the table"), "primary", "table", height=36)
            open_.clicked.connect(lambda: window.run_command("data.open"))
            state = EmptyState(
                "folder-notch-open",
                lambda: tr("Nothing is open"),
                lambda: tr("Choose something at the left, or press Ctrl+K and type its name."),
                [open_],
                framed=False,
            )
        else:
            import_ = Button(lambda: tr("Open a file of examples"), "primary", "file-arrow-up", height=36)
            import_.clicked.connect(lambda: window.run_command("data.import"))
            import_.setEnabled(not window.read_only)
            state = EmptyState(
                "table",
                lambda: tr("No examples yet"),
                lambda: tr(
                    "Your examples will stand here, a row each: what somebody asks, and the answer your model should "
                    "give. Fifty good rows are enough for a start."
                ),
                [import_],
                lambda: tr("Excel, CSV, JSON, JSONL, Parquet, text, also zipped · or drop a file here"),
            )
        self.state = state
        self.box.addWidget(state)
