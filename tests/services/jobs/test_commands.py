"""`tunesmith jobs` and `tunesmith job ...` over real jobs."""

import json

import pytest
from toy_job import ToyRequest

from services.cli.follow import JobFailed, follow
from services.cli.main import main
from services.jobs import queue
from services.jobs.job import State
from services.projects.project import Project
from tests.helpers.jobs import wait_for, wait_state


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = main([str(a) for a in arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_jobs_lists_and_shows(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    job = queue.submit(project, ToyRequest(name="一", steps=3))
    wait_state(job, State.FINISHED)
    code, out, _ = run(capsys, "jobs", project.folder, "--json")
    assert code == 0
    assert [json.loads(line)["state"] for line in out.splitlines()] == ["finished"]
    _, out, _ = run(capsys, "job", "show", project.folder, "1", "--json")
    shown = json.loads(out)
    assert shown["request"] == {"kind": "toy", "name": "一", "steps": 3}
    assert shown["result"] == {"steps": 3}
    _, out, _ = run(capsys, "job", "log", project.folder, "1")
    assert [json.loads(line)["type"] for line in out.splitlines()][-1] == "finished"


def test_pause_and_resume_from_the_command_line(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    job = queue.submit(project, ToyRequest(steps=60, step_s=0.02))
    wait_for(lambda: job.summary().step >= 2)
    assert run(capsys, "job", "pause", project.folder, "1")[0] == 0
    wait_state(job, State.PAUSED)
    assert run(capsys, "job", "resume", project.folder, "1")[0] == 0
    wait_state(job, State.FINISHED)
    code, _, err = run(capsys, "job", "resume", project.folder, "1")
    assert code == 1 and err.startswith("This run is complete.")


def test_stopping_a_waiting_job_takes_it_from_the_queue(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    busy = queue.submit(project, ToyRequest(steps=2000))
    queue.submit(project, ToyRequest(name="waits"))
    _, out, _ = run(capsys, "job", "stop", project.folder, "2", "--json")
    assert json.loads(out)["was_waiting"] is True
    assert queue.waiting() == []
    wait_for(busy.alive)
    busy.ask("stop")
    wait_state(busy, State.STOPPED)


def test_an_unknown_job_is_a_sentence(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, _, err = run(capsys, "job", "show", project.folder, "12")
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "no job 12" in err
    assert run(capsys, "job", "show")[0] == 2


def test_following_prints_every_event_and_raises_the_failure(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    job = queue.submit(project, ToyRequest(steps=4))
    seen: list[object] = []
    assert follow(job, as_json=True, listener=seen.append).state is State.FINISHED
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(seen) == len(job.events())
    broken = queue.submit(project, ToyRequest(steps=4, fail_at=2))
    with pytest.raises(JobFailed, match="mistake"):
        follow(broken, as_json=False)
    assert "0002" in capsys.readouterr().out
