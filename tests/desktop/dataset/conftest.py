"""A project with a data set, and its page in a real window."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication

from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.projects.project import Project

ROWS = [
    {"question": "Who are you?", "answer": "I am Tessaly.", "product": "L2"},
    {"question": "Where is the serial number?", "answer": "On the label under the box.", "product": "All"},
    {"question": "Please delete my account.", "answer": "", "product": "Billing"},
    {"question": "My light is red.", "answer": "Hold the button.", "product": "L4"},
]
MAPPING = Mapping(format="alpaca", columns={"prompt": "question", "response": "answer"})


def make_set(project: Project, rows: list[dict[str, Any]], mapping: Mapping = MAPPING, name: str = "support") -> Path:
    """A data set of these rows with a first version."""
    path = project.dataset_path(name)
    with DatasetStore.create(path) as store:
        if rows:
            store.insert_rows(0, rows)
        store.set_mapping(mapping)
        store.save_version()
    return path


def stored(path: Path) -> list[dict[str, Any]]:
    """The rows as another process reads them."""
    with DatasetStore.open(path, read_only=True) as store:
        return [dict(row.values) for row in store.rows()]


@pytest.fixture
def open_set(make_window, project: Project, qtbot) -> Callable[..., Any]:
    """Opens the page of a set made of rows; everything that it does beside has come to rest."""

    def open_it(rows: list[dict[str, Any]] = ROWS, mapping: Mapping = MAPPING, *, size: Any = (1440, 900)) -> Any:
        make_set(project, rows, mapping)
        window = make_window(project.folder, size=size)
        page = window.open_page("dataset", "support")
        settle(qtbot, page)
        return page

    return open_it


def settle(qtbot, page: Any) -> None:
    """Wait for findings, lengths and the panel."""
    from desktop import threads

    qtbot.waitUntil(lambda: not (threads.busy() or page.watch.is_active() or page.is_reading()), timeout=20_000)


def choose(page: Any, top: int, left: int, bottom: int, right: int) -> None:
    """Select a block, its upper left the current cell."""
    model, selection = page.model, page.grid.selectionModel()
    page.grid.go_to(top, left)
    block = QItemSelection(model.index(top, left), model.index(bottom, right))
    selection.select(block, QItemSelectionModel.SelectionFlag.ClearAndSelect)


def put_on_clipboard(text: str) -> None:
    """As another program does."""
    QApplication.clipboard().setText(text)


def ctrl(qtbot, widget: Any, key: Qt.Key) -> None:
    """Press Ctrl and a key."""
    qtbot.keyClick(widget, key, Qt.KeyboardModifier.ControlModifier)
