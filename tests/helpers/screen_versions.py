"""Pictures of the versions page, of rows as they were, and of the dialogs that split and merge."""

import time
from typing import Any

from PySide6.QtWidgets import QApplication, QWidget

from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from tests.helpers.screen_pages import sample_project, say, window
from tests.helpers.screens import screen, settle

_ROWS = (
    ("My L2 shows a solid red light after the update. Is my data gone?",
     "No, your files are safe. A solid red light after an update means the L2 is waiting for a restart.", "Lantern L2"),
    ("How do I give my sister access to only one folder?", "Open Sharing, choose the folder and press Invite.", "All"),
    ("where is the serial number", "On the label under the box.", "All"),
    ("请删除我的账户。", "", "Billing"),
)  # fmt: skip


def _window() -> Any:
    project = sample_project(jobs=False)
    with DatasetStore.create(project.dataset_path("support")) as store:
        store.insert_rows(0, [dict(zip(("question", "answer", "product"), row, strict=True)) for row in _ROWS * 10])
        store.set_mapping(Mapping(format="alpaca", columns={"prompt": "question", "response": "answer"}))
        store.save_version(say("as imported", "原始"))
        store.set_cells(
            [
                (1, "answer", "No, all your files are safe. A red light means the L2 waits for a restart."),
                (4, "answer", "请在设置里选择账户，再按删除。"),
                (3, "question", "Where is the serial number?"),
            ]
        )
        store.delete_rows([9, 10])
        store.insert_rows(4, [{"question": "What does the warranty cover?", "answer": "Defects, not drops."}])
        store.save_version(say("checked by Ann", "小安校对"))
        store.set_cells([(2, "answer", "Open Sharing, choose the folder, press Invite and enter her address.")])
    made = window(project.folder)
    made.resize(1440, 900)
    return made


def _rest(seconds: float = 0.5) -> None:
    end = time.monotonic() + seconds  # what waits a moment before it looks
    while time.monotonic() < end:
        QApplication.processEvents()
    settle()


@screen("versions")
def versions() -> QWidget:
    """A version and what changed in it."""
    made = _window()
    page = made.open_page("versions", "support")
    settle()
    page.list.choose(page.places[1].id)
    page._chose()
    settle()
    return made


@screen("version-rows")
def version_rows() -> QWidget:
    """Rows as they were."""
    made = _window()
    made.open_page("version_rows", f"support|2|{say('as imported', '原始')}")
    return made


@screen("split")
def split() -> QWidget:
    """Splitting, with questions that stand on both sides."""
    from desktop.views.split import SplitDialog

    made = _window()
    made.open_page("dataset", "support")
    settle()
    made.open_page("split", "support")
    made.findChildren(SplitDialog)[-1].together.setChecked(False)
    _rest()
    return made


@screen("merge")
def merge() -> QWidget:
    """Merging two sets."""
    from services.projects.dataset_files import copy_dataset

    made = _window()
    copy_dataset(made.project, "support", "faq")
    made.open_page("merge", "support")
    _rest()
    return made
