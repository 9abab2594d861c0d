"""A tiny model and a project; one thread, so that tests do not fight for the processor."""

from pathlib import Path

import pytest
import torch

from services.projects.project import Project
from tests.helpers.tiny_model import make_tiny_model


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with the sample model's tokenizer, for right values that count tokens."""
    return make_tiny_model(tmp_path_factory.mktemp("模型 models") / "sample", tokenizer="sample")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "My 项目")
