"""The job that makes rows of documents: what it asks, what it keeps, and that nothing is asked twice."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from services.datasets.store import DatasetStore
from services.documents.asking import Question, Replies, Reply, read_replies
from services.documents.into_set import put
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.kinds.documents import DocumentsRequest
from services.jobs.requests import dump_request, load_request
from services.projects.project import Project
from services.workers.documents import work
from services.workers.shell import run_job
from tests.helpers.answer_server import AnswerServer, Serve


def pairs(text: str, before: int) -> str:
    """Two questions about the rule that is asked about, one of them the same for every chunk."""
    rule = text.split("Boats of kind ")[1][0]
    same = {"question": "What is this about?", "answer": "Harbour rules."}
    return json.dumps([{"question": f"Where do boats of kind {rule} wait?", "answer": f"At buoy {rule}."}, same])


def submitted(project: Project, guide: Path, model: str, **fields: object) -> Job:
    request = DocumentsRequest(name="guide", files=[str(guide)], dataset="guide", model=model, **fields)  # type: ignore[arg-type]
    return Job.create(project.jobs_dir, request)


def rows_of(project: Project, name: str = "guide") -> list[dict[str, object]]:
    with DatasetStore.open(project.dataset_path(name), read_only=True) as store:
        return [row.values for row in store.rows()]


def said(job: Job) -> list[str]:
    return [e.text.format(**e.values) for e in job.events() if isinstance(e, ev.Message)]


def test_rows_with_their_source(project: Project, guide: Path, answering: Serve) -> None:
    server, model = answering(pairs)
    job = submitted(project, guide, model, per_chunk=2)
    assert run_job(job, work) == 0
    result = job.summary().result
    assert (result["rows"], result["chunks"], result["repeated"], result["unread"]) == (4, 3, 2, 0)
    assert rows_of(project)[0] == {
        "question": "Where do boats of kind 1 wait?",
        "answer": "At buoy 1.",
        "source": "harbour guide.md › Harbour › Rule 1",
        "review": "open",
    }
    assert "Write 2 different questions" in server.asked[0] and "buoy 1" in server.asked[0]
    with DatasetStore.open(project.dataset_path("guide"), read_only=True) as store:
        assert store.mapping.columns == {"prompt": "question", "response": "answer"}
    samples = [e.prompt for e in job.events() if isinstance(e, ev.Sample)]
    assert samples == [row["question"] for row in rows_of(project)]
    assert [p.step for p in job.events() if isinstance(p, ev.Progress) and p.phase == "asking"] == [0, 1, 2, 3]
    assert load_request(dump_request(job.request)) == job.request


def test_chunks_are_left_out_and_the_prompt_is_the_persons(project: Project, guide: Path, answering: Serve) -> None:
    server, model = answering(pairs)
    job = submitted(
        project, guide, model, left_out=[2], prompt="Ask {count} about {text} from {source}", keep_chunk=True
    )
    assert run_job(job, work) == 0
    assert [text.split(" about")[0] for text in server.asked] == ["Ask 3", "Ask 3"]
    assert next(str(row["chunk"])[-7:] for row in rows_of(project)) == " green."
    assert not any("kind 2" in str(row["question"]) for row in rows_of(project))


def test_a_prompt_without_its_place_is_refused(project: Project, guide: Path, answering: Serve) -> None:
    server, model = answering(pairs)
    job = submitted(project, guide, model, prompt="Ask something")
    run_job(job, work)
    failed = job.summary().failure
    assert failed is not None and "{text}" in failed.sentence.format(**failed.values)
    assert server.asked == [] and project.dataset_names() == []
    job = submitted(project, guide, model, prompt="Ask {text} and {nothing}")
    run_job(job, work)
    assert job.summary().failure is not None and "nothing fills" in job.summary().failure.sentence  # type: ignore[union-attr]


def test_broken_documents_are_named_and_the_others_go_on(project: Project, guide: Path, answering: Serve) -> None:
    bad = guide.with_name("scan.pdf")
    bad.write_bytes(b"no pdf")
    _, model = answering(pairs)
    job = Job.create(project.jobs_dir, DocumentsRequest(files=[str(bad), str(guide)], dataset="guide", model=model))
    assert run_job(job, work) == 0
    assert any("scan.pdf" in text for text in said(job)) and len(rows_of(project)) == 4


def test_replies_that_cannot_be_used_are_counted(project: Project, guide: Path, answering: Serve) -> None:
    _, model = answering(lambda text, n: "I would rather not." if n == 1 else pairs(text, n))
    job = submitted(project, guide, model)
    assert run_job(job, work) == 0
    assert job.summary().result["silent"] == [2]
    assert any("held no question" in text for text in said(job))
    _nothing, model = answering(lambda text, n: "no")
    job = Job.create(project.jobs_dir, DocumentsRequest(files=[str(guide)], dataset="none", model=model))
    assert run_job(job, work) == 1
    assert "None of the 3 replies" in job.summary().failure.sentence.format(**job.summary().failure.values)  # type: ignore[union-attr]
    assert project.dataset_names() == ["guide"]


def test_a_busy_or_breaking_server_is_asked_again(
    project: Project, guide: Path, answering: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    import services.documents.asking as asking

    monkeypatch.setattr(asking.ask_all, "__defaults__", (*asking.ask_all.__defaults__[:-1], (0.01, 0.01)))

    def moody(text: str, n: int) -> object:
        return {0: 429, 1: ConnectionResetError, 4: 503}.get(n) or pairs(text, n)

    server, model = answering(moody)  # type: ignore[arg-type]
    job = submitted(project, guide, model)
    assert run_job(job, work) == 0
    assert len(server.asked) == 6 and len(rows_of(project)) == 4
    assert sum("Asking again" in text for text in said(job)) == 3
    server, model = answering(lambda text, n: 503)
    job = Job.create(project.jobs_dir, DocumentsRequest(files=[str(guide)], dataset="busy", model=model))
    assert run_job(job, work) == 1 and len(server.asked) == 3
    assert "too much to do" in job.summary().failure.sentence  # type: ignore[union-attr]


def test_a_wrong_key_is_said_at_once(project: Project, guide: Path, answering: Serve) -> None:
    server, model = answering(pairs)
    job = submitted(project, guide, model)
    server.answer = lambda text, n: 401
    assert run_job(job, work) == 1 and len(server.asked) == 1
    assert "wants another key" in job.summary().failure.sentence  # type: ignore[union-attr]


def test_a_resumed_job_asks_nothing_twice_and_adds_only_what_is_new(
    project: Project, guide: Path, answering: Serve
) -> None:
    server, model = answering(pairs)
    job = submitted(project, guide, model)
    server.hold = threading.Event()
    server.hold.set()

    def stopping(text: str, n: int) -> str:
        if n == 1:
            job.ask("pause")
            server.hold = threading.Event()
        return pairs(text, n)

    server.answer = stopping
    assert run_job(job, work) == 0 and job.summary().state is State.PAUSED
    assert len(rows_of(project)) == 2
    with DatasetStore.open(project.dataset_path("guide")) as store:
        store.set_cells([(store.ids()[0], "answer", "Mended.")])
    guide.write_text("another text now", encoding="utf-8")
    server.hold = None
    server.answer = pairs
    before = len(server.asked)
    assert run_job(job, work) == 0 and job.summary().state is State.FINISHED
    assert len(server.asked) == before + 2 and not any("another text" in text for text in server.asked)
    answers = [row["answer"] for row in rows_of(project)]
    assert answers == ["Mended.", "Harbour rules.", "At buoy 2.", "At buoy 3."]
    with DatasetStore.open(project.dataset_path("guide")) as store:
        assert store.undo_label == "Rows from documents"
        store.undo()
        assert store.count() == 2


def test_killed_in_the_middle(project: Project, guide: Path, answering: Serve) -> None:
    server, model = answering(pairs)
    job = submitted(project, guide, model)
    held = threading.Event()

    def once_then_hold(text: str, n: int) -> str:
        if n == 1:
            server.hold = held
        return pairs(text, n)

    server.answer = once_then_hold
    worker = subprocess.Popen(
        [sys.executable, "-m", "services.workers.documents", str(job.folder)], env=os.environ.copy()
    )
    until = time.monotonic() + 60
    while len(server.asked) < 2 and time.monotonic() < until:
        time.sleep(0.02)
    worker.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
    worker.wait()
    assert project.dataset_names() == [], "nothing half made is seen"
    assert [r.number for r in read_replies(job.folder / "replies.jsonl")] == [1]
    server.hold, server.answer = None, pairs
    before = len(server.asked)
    assert run_job(job, work) == 0
    assert len(server.asked) == before + 2 and len(rows_of(project)) == 4


def test_a_set_that_is_open_elsewhere_gets_its_rows_from_there(project: Project, guide: Path, answering: Serve) -> None:
    _, model = answering(pairs)
    run_job(submitted(project, guide, model), work)
    job = Job.create(
        project.jobs_dir,
        DocumentsRequest(files=[str(guide)], dataset="guide", model=model, prompt="{text} {count} once more"),
    )
    with DatasetStore.open(project.dataset_path("guide")) as store:
        code = subprocess.run(
            [sys.executable, "-m", "services.workers.documents", str(job.folder)], env=os.environ.copy()
        )
        assert code.returncode == 0 and job.summary().result["waits_for_window"] is True
        assert job.summary().result["repeated"] == 6 and store.count() == 4
    job = Job.create(project.jobs_dir, DocumentsRequest(files=[str(guide)], dataset="guide", model=model))
    with DatasetStore.open(project.dataset_path("guide")) as store:
        store.delete_rows(store.ids())
        subprocess.run(
            [sys.executable, "-m", "services.workers.documents", str(job.folder)], env=os.environ.copy(), check=True
        )
        assert store.count() == 0
        assert put(project, job, store) == 4 and store.count() == 4
        assert put(project, job, store) == 0, "only once"


def test_a_half_written_reply_is_as_if_never_written(tmp_path: Path) -> None:
    path = tmp_path / "replies.jsonl"
    replies = Replies(path)
    replies.add(Reply(1, Question(1, "a").key, "x"))
    with path.open("ab") as file:
        file.write(b'{"number": 2, "ke')
    replies = Replies(path)
    assert replies.of(Question(1, "a")) and replies.of(Question(2, "b")) is None
    assert replies.of(Question(1, "another")) is None, "the prompt changed"
    replies.add(Reply(2, Question(2, "b").key, "y"))
    assert [r.number for r in read_replies(path)] == [1, 2]


def test_an_empty_server_object_is_not_needed(answering: Serve) -> None:
    server, model = answering(pairs)
    assert isinstance(server, AnswerServer) and model.endswith("#odd")
