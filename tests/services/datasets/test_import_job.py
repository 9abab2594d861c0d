"""Importing as a job: progress, Stop, the report that stays, and a killed worker."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from services.cli.commands import commands
from services.datasets.import_report import ImportProgress, ImportReport, load_report
from services.datasets.importing import ImportStopped, import_file
from services.datasets.store import DatasetStore
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.kinds.import_data import REPORT, ImportRequest
from services.jobs.launch import worker_command
from services.jobs.requests import dump_request, load_request
from services.projects.project import Project
from services.workers import import_data
from services.workers.shell import run_job
from tests.helpers.jobs import wait_for
from tests.services.datasets.conftest import DATA


def rows_file(path: Path, rows: int) -> Path:
    lines = (json.dumps({"instruction": f"q{i}", "output": "answer " * 20}) for i in range(rows))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def job_of(project: Project, *files: Path, **chosen: Any) -> Job:
    return Job.create(project.jobs_dir, ImportRequest(files=[str(file) for file in files], **chosen))


def test_a_job_imports_and_keeps_its_report(project: Project) -> None:
    job = job_of(project, DATA / "cases" / "C11.broken_lines.jsonl", name="客服", mapping=["output=response"])
    assert load_request(dump_request(job.request)) == job.request
    assert run_job(job, import_data.work) == 0
    summary = job.summary()
    assert summary.state is State.FINISHED and summary.result["name"] == "客服" and summary.result["rows"] == 10
    report = load_report(job.folder / REPORT)
    assert report is not None and report.rows == 10 and report.findings and report.repairs == summary.result["repairs"]
    assert ImportReport.of_data(json.loads(json.dumps(report.as_data(), default=str))) == report
    with DatasetStore.open(project.dataset_path("客服"), read_only=True) as store:
        assert store.count() == 10
    shown = CliRunner().invoke(commands.get("job"), ["show", str(project.folder), job.id])
    assert "10 rows" in shown.output and "Kept aside for repair." in shown.output
    assert [e for e in job.events() if isinstance(e, ev.Progress)]


def test_stop_leaves_nothing(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.datasets.importing._TOLD_S", 0.0)
    job = job_of(project, rows_file(tmp_path / "x.jsonl", 2000))
    job.ask("stop")
    assert run_job(job, import_data.work) == 0
    assert job.summary().state is State.STOPPED and project.dataset_names() == []
    assert [p.name for p in project.datasets_dir.iterdir()] == ["x.sqlite.lock"]
    assert run_job(job, import_data.work) == 0  # resumed: from the start
    assert job.summary().state is State.FINISHED and project.dataset_names() == ["x"]


def test_what_is_wrong_is_said_by_the_job(project: Project, tmp_path: Path) -> None:
    job = job_of(project, tmp_path / "gone.jsonl")
    assert run_job(job, import_data.work) == 1
    failure = job.summary().failure
    assert failure is not None and "gone.jsonl" in failure.sentence.format(**failure.values)
    assert load_report(job.folder / REPORT) is None


def test_a_killed_worker_leaves_no_half_set(project: Project, tmp_path: Path) -> None:
    import subprocess

    path = rows_file(tmp_path / "big.jsonl", 400_000)
    job = job_of(project, path)
    worker = subprocess.Popen(worker_command(job), cwd=project.folder, stderr=subprocess.DEVNULL)
    part = project.dataset_path("big").with_name(".big.sqlite.part")
    wait_for(lambda: part.is_file() and part.stat().st_size > 1_000_000)
    worker.kill()
    worker.wait()
    assert project.dataset_names() == [] and part.exists()
    with import_other(project, tmp_path):
        assert not part.exists()  # the next import, of whatever, clears it away
    job2 = job_of(project, rows_file(path, 10))
    assert run_job(job2, import_data.work) == 0 and job2.summary().result["rows"] == 10


def import_other(project: Project, tmp_path: Path) -> DatasetStore:
    return DatasetStore.open(import_file(project, rows_file(tmp_path / "other.jsonl", 3)).path)


def test_progress_says_bytes_rows_and_time(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.datasets.importing._TOLD_S", 0.0)
    path = rows_file(tmp_path / "x.jsonl", 20_000)
    seen: list[ImportProgress] = []

    def watch(place: ImportProgress) -> bool:
        seen.append(place)
        return True

    import_file(project, path, watch=watch)
    assert len(seen) > 1 and seen[-1].rows == 20_000 and seen[0].total_bytes == path.stat().st_size
    assert [p.read_bytes for p in seen] == sorted(p.read_bytes for p in seen)
    assert ImportProgress(50, 100, 1, 0, 4.0).remaining_s == 4.0
    assert ImportProgress(0, 100, 0, 0, 4.0).remaining_s is None
    with pytest.raises(ImportStopped, match="nothing of it was kept"):
        import_file(project, path, "again", watch=lambda place: False)
    assert project.dataset_names() == ["x"]


def test_ctrl_c_leaves_nothing(project: Project, tmp_path: Path) -> None:
    def interrupt(place: ImportProgress) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_file(project, rows_file(tmp_path / "x.jsonl", 5000), watch=interrupt)
    assert project.dataset_names() == [] and not list(project.datasets_dir.glob(".*.part"))


def test_the_command_line_detaches(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def submit(where: Project, request: ImportRequest) -> Job:
        asked.append(request)
        return Job.create(where.jobs_dir, request)

    monkeypatch.setattr("services.jobs.queue.submit", submit)
    path = rows_file(tmp_path / "x.csv", 1)
    arguments = ["add", str(project.folder), str(path), "--detach", "--delimiter", "tab", "--json"]
    out = CliRunner().invoke(commands.get("data"), arguments)
    assert out.exit_code == 0, out.output
    assert json.loads(out.output)["id"] == "0001"
    assert asked[0].files == [str(path)] and asked[0].options == {"rows": "line", "delimiter": "\t"}
