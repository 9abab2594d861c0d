"""The training page on a project with data and, if wanted, a tiny model; no worker is ever started."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from services.hardware import Card
from services.paths import models_dir
from services.projects.project import Project
from tests.desktop.dataset.conftest import ROWS, make_set
from tests.helpers.tiny_model import make_tiny_model

BIG = Card("cuda", "NVIDIA GeForce RTX 4070", 12.0, compute_capability=8.9, bf16=True)
SMALL = Card("cuda", "NVIDIA GeForce RTX 3050", 8.0, compute_capability=8.6, bf16=True)


@pytest.fixture
def starts(monkeypatch) -> list[list[str]]:
    """The processes that would have been started."""
    asked: list[list[str]] = []
    monkeypatch.setattr("services.jobs.supervisor.start_detached", lambda arguments, folder: asked.append(arguments))
    return asked


@pytest.fixture
def tiny(project) -> Path:
    """A tiny model with the sample's tokenizer among this PC's models."""
    return make_tiny_model(models_dir() / "tiny", tokenizer="sample")


@pytest.fixture
def open_train(make_window, project: Project, qtbot, starts, monkeypatch) -> Callable[..., Any]:
    """Opens the page; card: what this PC is said to have."""

    def open_it(*, card: Card = BIG, rows: list[dict[str, Any]] = ROWS) -> Any:
        monkeypatch.setattr("desktop.controllers.train.best_card", lambda: card)
        if rows and not project.dataset_names():
            make_set(project, rows)
        page = make_window(project.folder).open_page("train", "")
        settle(qtbot, page)
        return page

    return open_it


def settle(qtbot, page: Any) -> None:
    """Wait for the forecast of the recipe as it stands, rows counted."""
    from desktop import threads

    qtbot.waitUntil(lambda: page.is_settled() and not threads.busy(), timeout=30_000)
