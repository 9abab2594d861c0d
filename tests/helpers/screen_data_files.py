"""Pictures of data in and out: export, conversion, a folder of sets, the hub, what was lost."""

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QWidget

from tests.helpers.screen_pages import sample_project, wait_for, window
from tests.helpers.screens import screen

_CASES = Path(__file__).parents[1] / "data" / "cases"
_SET = "agents"


def _table() -> Any:
    """A window with a table of calls of tools in front."""
    from services.datasets.importing import import_file

    project = sample_project(jobs=False)
    import_file(project, _CASES / "C05.openai_tools.jsonl", _SET)
    made = window(project.folder)
    made.resize(1440, 900)
    made.open_page("dataset", _SET)
    return made


def _rested() -> bool:
    from desktop import threads

    return not threads.busy()


@screen("export-rows")
def export_rows() -> QWidget:
    """The export of a data set."""
    made = _table()
    made.run_command("data.export")
    return made


@screen("convert-rows")
def convert_rows() -> QWidget:
    """A conversion that loses something."""
    from desktop.views.convert_rows import ConvertRowsDialog

    made = _table()
    made.run_command("data.convert")
    made.findChild(ConvertRowsDialog).format.set_current_id("alpaca")
    wait_for(_rested)
    return made


@screen("folder-sets")
def folder_sets() -> QWidget:
    """The data sets of a folder."""
    made = _table()
    made.open_page("folder_sets", str(_CASES / "C08.folder"))
    wait_for(_rested)
    return made


@screen("fetch-data")
def fetch_data() -> QWidget:
    """A data set from a hub."""
    made = _table()
    made.run_command("data.fetch")
    return made


@screen("losses")
def losses() -> QWidget:
    """What a conversion lost."""
    from desktop.controllers.data_files import first_losses, loss_lines
    from desktop.widgets.losses_dialog import LossesDialog

    made = _table()
    lines = loss_lines([], first_losses(made.project.dataset_path(_SET), "alpaca"))
    LossesDialog(made, f"{_SET}-alpaca", lines).open()
    return made
