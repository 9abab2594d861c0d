"""Toy jobs: real processes, no model."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.projects.project import Project

TOY = Path(__file__).resolve().parents[2] / "helpers" / "toy_site"
sys.path.insert(0, str(TOY))
import toy_job  # noqa: F401 (registers the toy kinds here too)


@pytest.fixture
def toy_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers started by the test know the toy kinds."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TOY), str(TOY.parents[2])]))


@pytest.fixture
def project(tmp_path: Path, toy_jobs: None) -> Iterator[Project]:
    """An empty project in a folder with a blank and Chinese in its name."""
    yield Project.create(tmp_path / "我的 project")
