"""Runs to export, and the converter kept from the rest of the test process."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import gguf  # noqa: F401 (the one of this environment, kept below)
import pytest

from services.jobs.job import Job
from services.jobs.kinds.export import ExportRequest
from services.jobs.requests import JobRequest
from services.projects.project import Project
from services.workers.export import work
from services.workers.shell import run_job
from tests.helpers.tiny_model import make_tiny_model


def _gguf_modules() -> dict[str, ModuleType]:
    return {name: module for name, module in sys.modules.items() if name.split(".")[0] == "gguf"}


_PATH, _GGUF = list(sys.path), _gguf_modules()  # as they are before any test


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory) -> Path:
    """A tiny model with the sample's tokenizer, which llama.cpp knows."""
    return make_tiny_model(tmp_path_factory.mktemp("base 模型") / "tiny", tokenizer="sample", tied=True)


@pytest.fixture
def project(tmp_path) -> Project:
    """A new project in a folder with a blank and Chinese in its name."""
    return Project.create(tmp_path / "我的 project")


@pytest.fixture(autouse=True)
def own_gguf() -> Iterator[None]:
    """The converter takes over `import gguf` in its process; here that ends with the test."""
    yield
    sys.path[:] = _PATH
    for name in _gguf_modules():
        del sys.modules[name]
    sys.modules.update(_GGUF)


def export(project: Project, run: JobRequest | Job | str, **fields: object) -> Job:
    """Do an export in this process and return its job, ended."""
    run_id = run.id if isinstance(run, Job) else str(run)
    job = Job.create(project.jobs_dir, ExportRequest(run=run_id, **fields))  # type: ignore[arg-type]
    run_job(job, work)
    return job
