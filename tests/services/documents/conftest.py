"""A server with scripted replies, and small real documents."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from services.projects.project import Project
from tests.helpers.answer_server import Serve, answering_server


@pytest.fixture
def answering() -> Iterator[Serve]:
    """Serves a function; gives the server and what to pass as model."""
    with answering_server() as start:
        yield start


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "我的 project")


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    """A Markdown guide of three sections."""
    path = tmp_path / "harbour guide.md"
    sections = [
        f"## Rule {n}\n\nBoats of kind {n} wait at buoy {n}. They leave when the lamp {n} is green.\n"
        for n in (1, 2, 3)
    ]
    path.write_text("# Harbour\n\n" + "\n".join(sections), encoding="utf-8")
    return path
