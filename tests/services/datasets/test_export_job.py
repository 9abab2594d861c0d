"""Large exports and conversions as a job: what they write, what they say, and Stop."""

import itertools
from pathlib import Path

import pytest

from services.datasets.building import Builder
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.journal import JournalTail
from services.jobs.kinds.export_data import ExportDataRequest
from services.projects.project import Project
from services.workers import export_data
from services.workers.shell import run_job

MAPPING = Mapping(format="alpaca", columns={"prompt": "instruction", "response": "output"})


@pytest.fixture
def filled(project: Project) -> Project:
    with Builder(project.dataset_path("support")) as builder:
        builder.add([{"instruction": f"q{i}", "output": "a", "n": [i]} for i in range(1200)])
        builder.finish(MAPPING, {})
    return project


def done(project: Project, **request: object) -> Job:
    job = Job.create(project.jobs_dir, ExportDataRequest(dataset="support", revision=0, **request))  # type: ignore[arg-type]
    run_job(job, export_data.work)
    return job


def test_a_file(filled: Project, tmp_path: Path) -> None:
    path = tmp_path / "出 out.csv"
    with DatasetStore.open(filled.dataset_path("support")) as store:
        store.delete_rows(store.ids(0, 100))  # after the revision that is exported
    job = done(filled, file=str(path), to="openai", register_file=True)
    assert job.summary().state is State.FINISHED
    assert job.request.told(job) == [f"1,200 rows: {path}"]
    assert len(path.read_text(encoding="utf-8").splitlines()) == 1201
    assert (tmp_path / "dataset_info.json").exists()


def test_a_set_and_what_it_loses(filled: Project) -> None:
    job = done(filled, to="text", new_name="raw")
    with DatasetStore.open(filled.dataset_path("raw")) as store:
        assert store.count() == 1200 and store.mapping.format == "text"
    assert "(1,200 rows: 1, 2, 3" in job.request.told(job)[1]
    warned = [event for event in JournalTail(job.journal_path).read() if isinstance(event, ev.Message)]
    assert any("Who says what" in event.text for event in warned)


@pytest.mark.parametrize("request_of", [{"file": "x.parquet"}, {"to": "openai", "new_name": "new"}])
def test_stop_leaves_nothing(
    filled: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request_of: dict[str, str]
) -> None:
    ticks = itertools.count()
    monkeypatch.setattr(export_data.time, "monotonic", lambda: float(next(ticks)))
    if "file" in request_of:
        request_of = {"file": str(tmp_path / request_of["file"])}
    job = Job.create(filled.jobs_dir, ExportDataRequest(dataset="support", revision=0, **request_of))  # type: ignore[arg-type]
    job.ask("stop")
    before = sorted(p.name for p in filled.datasets_dir.iterdir())
    monkeypatch.setattr(export_data.WorkerContext, "take_control", lambda self, step=0: {"stop"})
    run_job(job, export_data.work)
    assert job.summary().state is State.STOPPED
    assert sorted(p.name for p in filled.datasets_dir.iterdir() if p.suffix != ".lock") == [
        name for name in before if not name.endswith(".lock")
    ]
    assert not [p for p in tmp_path.iterdir() if p.suffix == ".parquet"]
