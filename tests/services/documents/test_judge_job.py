"""The judge: scores with reasons into columns, unread ones left alone, resumable, one undo."""

import json
from pathlib import Path

import pytest

from services.cli.main import main
from services.datasets.importing import import_file
from services.datasets.store import DatasetStore
from services.jobs.job import Job, State
from services.jobs.kinds.judge import JudgeRequest
from services.projects.project import Project
from services.workers.judge import work
from services.workers.shell import run_job
from tests.helpers.answer_server import Serve


@pytest.fixture
def boats(project: Project, tmp_path: Path) -> str:
    rows = [{"instruction": f"Where is boat {i}?", "output": f"At buoy {i}." if i != 3 else ""} for i in range(1, 6)]
    path = tmp_path / "boats.json"
    path.write_text(json.dumps(rows), encoding="utf-8")
    return import_file(project, path).name


def scores(text: str, n: int) -> str:
    number = int(text.split("boat ")[1][0])
    return "hm" if number == 4 else json.dumps({"score": number, "reason": f"because {number}"})


def cells(project: Project, column: str) -> list[object]:
    with DatasetStore.open(project.dataset_path("boats"), read_only=True) as store:
        return [row.values.get(column) for row in store.rows()]


def test_scores_go_into_columns_by_one_edit(project: Project, boats: str, answering: Serve) -> None:
    server, model = answering(scores)
    job = Job.create(project.jobs_dir, JudgeRequest(dataset=boats, model=model))
    assert run_job(job, work) == 0
    assert cells(project, "score") == [1, 2, None, None, 5]
    assert cells(project, "score_reason") == ["because 1", "because 2", None, None, "because 5"]
    result = job.summary().result
    assert (result["scored"], result["unread"], result["mean"]) == (3, [4], 2.667)
    assert len(server.asked) == 4 and "At buoy 1." in server.asked[0]
    assert server.requests[0]["temperature"] == 0
    with DatasetStore.open(project.dataset_path("boats")) as store:
        store.undo()
        assert "score" not in store.columns and not store.can_undo


def test_only_rows_without_a_score_are_asked_again(project: Project, boats: str, answering: Serve) -> None:
    server, model = answering(scores)
    run_job(Job.create(project.jobs_dir, JudgeRequest(dataset=boats, model=model)), work)
    server.asked.clear()
    run_job(Job.create(project.jobs_dir, JudgeRequest(dataset=boats, model=model)), work)
    assert len(server.asked) == 1 and "boat 4" in server.asked[0]
    server.asked.clear()
    run_job(Job.create(project.jobs_dir, JudgeRequest(dataset=boats, model=model, again=True, rows=[2])), work)
    assert len(server.asked) == 1 and "boat 2" in server.asked[0]
    job = Job.create(project.jobs_dir, JudgeRequest(dataset=boats, model=model, rows=[3]))
    assert run_job(job, work) == 1
    assert "No row is left" in job.summary().failure.sentence  # type: ignore[union-attr]


def test_a_row_that_went_meanwhile_is_passed_over(project: Project, boats: str, answering: Serve) -> None:
    server, model = answering(scores)
    job = Job.create(project.jobs_dir, JudgeRequest(dataset=boats, model=model))

    def deleting(text: str, n: int) -> str:
        if n == 2:
            with DatasetStore.open(project.dataset_path("boats")) as store:
                store.delete_rows([1])
        return scores(text, n)

    server.answer = deleting
    assert run_job(job, work) == 0 and job.summary().state is State.FINISHED
    assert cells(project, "score") == [2, None, None, 5]


def test_by_command(
    project: Project, boats: str, answering: Serve, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    server, model = answering(scores)
    rubric = tmp_path / "rubric.txt"
    rubric.write_text("评 {question} 与 {answer}", encoding="utf-8")
    where = [str(project.folder), boats, "--model", model, "--rubric", str(rubric), "--column", "quality"]
    assert main(["data", "judge", *where, "--row", "1", "--row", "5"]) == 0
    assert "2 rows scored in column quality, mean 3.0" in capsys.readouterr().out
    assert server.asked == ["评 Where is boat 1? 与 At buoy 1.", "评 Where is boat 5? 与 At buoy 5."]
    assert main(["data", "judge", str(project.folder), "nothing", "--model", model]) == 1


def test_documents_by_command(
    project: Project, guide: Path, answering: Serve, capsys: pytest.CaptureFixture[str]
) -> None:
    def pairs(text: str, n: int) -> str:
        return json.dumps([{"question": f"Question {n} about buoys {'x' * n}?", "answer": f"Answer {n}."}])

    server, model = answering(pairs)
    command = ["data", "from-documents", str(project.folder), str(guide)]
    assert main([*command, "--show-chunks", "--json"]) == 0
    assert [c["number"] for c in json.loads(capsys.readouterr().out)["chunks"]] == [1, 2, 3] and server.asked == []
    assert main([*command, "--model", model, "--leave-out", "3", "--name", "问答"]) == 0
    assert "rows of 2 chunks in 问答" in capsys.readouterr().out and project.dataset_names() == ["问答"]
    assert main(command) == 2
