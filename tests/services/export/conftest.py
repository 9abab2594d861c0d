"""Runs to export, and the converter kept from the rest of the test process."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.jobs.job import Job
from services.jobs.kinds.export import ExportRequest
from services.jobs.requests import JobRequest
from services.projects.project import Project
from services.workers.export import work
from services.workers.shell import run_job
from tests.helpers.tiny_model import make_tiny_model


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
    path, kept = list(sys.path), {n: m for n, m in sys.modules.items() if n.split(".")[0] == "gguf"}
    yield
    sys.path[:] = path
    for name in [n for n in sys.modules if n.split(".")[0] == "gguf"]:
        del sys.modules[name]
    sys.modules.update(kept)


def export(project: Project, run: JobRequest | Job | str, **fields: object) -> Job:
    """Do an export in this process and return its job, ended."""
    run_id = run.id if isinstance(run, Job) else str(run)
    job = Job.create(project.jobs_dir, ExportRequest(run=run_id, **fields))  # type: ignore[arg-type]
    run_job(job, work)
    return job
