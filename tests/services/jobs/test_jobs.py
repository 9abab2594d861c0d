"""Real jobs in real processes: endings, controls, the queue, deaths."""

import random
import time

import pytest
import toy_job
from toy_job import ToyBrokenRequest, ToyCpuRequest, ToyRequest, ToyServerRequest

from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import Job, JobError, State, SummaryFold
from services.jobs.requests import load_request
from services.projects.project import Project
from tests.helpers.jobs import curve, kill_worker, wait_for, wait_state


def test_a_job_runs_and_finishes(project: Project) -> None:
    job = queue.submit(project, ToyRequest(name="支持 support", steps=7))
    assert job.folder.name == "0001-toy-支持-support"
    assert wait_state(job, State.FINISHED) is State.FINISHED
    summary = job.summary()
    assert (summary.step, summary.total, summary.result) == (7, 7, {"steps": 7})
    assert list(curve(job).values()) == toy_job.losses(7)
    assert project.job("1").id == "0001"


def test_pause_leaves_a_checkpoint_and_resume_goes_on_equal(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=30, step_s=0.02))
    wait_for(lambda: job.summary().step >= 3)
    job.ask("pause")
    wait_state(job, State.PAUSED)
    assert not job.alive()
    assert [e.command for e in job.events() if isinstance(e, ev.Acknowledged)] == ["pause"]
    queue.resume(job)
    wait_state(job, State.FINISHED)
    assert list(curve(job).values()) == toy_job.losses(30)


def test_stop_saves_what_is_usable(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=500))
    wait_for(lambda: job.summary().step >= 2)
    job.ask("stop")
    assert wait_state(job, State.STOPPED) is State.STOPPED
    assert job.last_checkpoint() is not None


def test_what_was_asked_of_a_dead_worker_is_not_asked_of_the_next(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=30, die_at=7))
    wait_state(job, State.FAILED)
    job.ask("stop")
    queue.resume(job)
    assert wait_state(job, State.FINISHED) is State.FINISHED


def test_a_fault_of_ours_is_one_sentence_with_the_traceback_in_the_log(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=5, fail_at=2))
    wait_state(job, State.FAILED)
    failure = job.summary().failure
    assert failure is not None
    assert "mistake" in failure.sentence and "ZeroDivisionError" not in failure.sentence
    assert "ZeroDivisionError: a fault of ours" in job.log_path.read_text(encoding="utf-8")


def test_a_worker_that_dies_without_a_word_gets_its_end_written(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=20, die_at=8))
    wait_state(job, State.FAILED)
    failure = job.summary().failure
    assert failure is not None and failure.action == "job.resume"
    assert failure.values == {"code": "9"}


def test_a_worker_that_dies_at_import_says_why_in_its_detail(project: Project) -> None:
    job = queue.submit(project, ToyBrokenRequest())
    wait_state(job, State.FAILED)
    failure = job.summary().failure
    assert failure is not None and "toy_no_such_module" in failure.detail
    assert failure.sentence.format(**failure.values).endswith("No module named toy_no_such_module")
    assert failure.action == "health.open" and failure.way_out


def test_one_job_has_the_card_and_others_run_beside_it(project: Project) -> None:
    first = queue.submit(project, ToyRequest(name="first", steps=60, step_s=0.02))
    second = queue.submit(project, ToyRequest(name="second", steps=5))
    beside = queue.submit(project, ToyCpuRequest(name="beside", steps=5))
    wait_state(beside, State.FINISHED)
    assert second.summary().state is State.WAITING
    assert first.summary().state in (State.WAITING, State.RUNNING)
    wait_state(second, State.FINISHED)  # nobody but the first one's keeper was there to start it
    ended = [e.time for j in (first, second) for e in j.events() if isinstance(e, ev.Finished | ev.Started)]
    assert ended == sorted(ended)


def test_the_queue_goes_on_after_a_killed_worker(project: Project) -> None:
    first = queue.submit(project, ToyRequest(name="first", steps=1000))
    second = queue.submit(project, ToyRequest(name="second", steps=3))
    wait_for(lambda: first.summary().step >= 2)
    assert kill_worker(first)
    wait_state(second, State.FINISHED)
    wait_state(first, State.FAILED)
    assert first.summary().failure.values == {"signal": "SIGKILL"}  # type: ignore[union-attr]


def test_a_server_gives_the_card_to_a_job_that_waits(project: Project) -> None:
    server = queue.submit(project, ToyServerRequest(name="server", steps=100_000))
    wait_for(lambda: server.summary().step >= 1)
    job = queue.submit(project, ToyRequest(name="train", steps=3))
    wait_state(job, State.FINISHED)
    assert server.summary().state is State.STOPPED


def test_order_can_be_changed_and_jobs_removed(project: Project) -> None:
    busy = queue.submit(project, ToyRequest(name="busy", steps=150, step_s=0.02))
    a = queue.submit(project, ToyRequest(name="a", steps=2))
    b = queue.submit(project, ToyRequest(name="b", steps=2))
    gone = queue.submit(project, ToyRequest(name="gone", steps=2))
    queue.move(b, 0)
    assert queue.remove(gone)
    assert [p.name[-1] for p in queue.waiting()] == ["b", "a"]
    busy.ask("stop")
    wait_state(a, State.FINISHED)
    began = {j.id: next(e.time for e in j.events() if isinstance(e, ev.Started)) for j in (a, b)}
    assert began[b.id] < began[a.id]
    assert gone.events() == []


def test_two_workers_never_share_a_job(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=60, step_s=0.02))
    wait_for(job.alive)
    with pytest.raises(JobError, match="already running"):
        queue.resume(job)
    queue.start_detached(queue.keeper_command(job), job.folder)
    wait_state(job, State.FINISHED)
    assert sum(isinstance(e, ev.Started) for e in job.events()) == 1


def test_a_complete_run_is_not_resumed(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=2))
    wait_state(job, State.FINISHED)
    with pytest.raises(JobError, match="complete"):
        queue.resume(job)


def test_a_missing_interpreter_is_a_sentence(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUNESMITH_ENGINE_PYTHON", "/no/such/python")
    job = queue.submit(project, ToyRequest())
    failure = job.summary().failure
    assert failure is not None and failure.action == "health.open"


def test_a_broken_queue_file_is_kept_aside(project: Project) -> None:
    queue.card_lock_path().parent.mkdir(parents=True, exist_ok=True)
    path = queue.card_lock_path().with_name("queue.json")
    path.write_text("{", encoding="utf-8")
    job = queue.submit(project, ToyRequest(steps=2))
    wait_state(job, State.FINISHED)
    assert path.with_suffix(".broken").read_text(encoding="utf-8") == "{"


def test_a_broken_job_yaml_names_itself(project: Project) -> None:
    job = Job.create(project.jobs_dir, ToyRequest())
    (job.folder / "job.yaml").write_text("kind: [", encoding="utf-8")
    with pytest.raises(JobError, match="0001"):
        _ = Job(job.folder).request
    with pytest.raises(KeyError, match="no job kind 'nonsense'"):
        load_request({"kind": "nonsense"})


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_any_moment_the_run_goes_on_from_its_checkpoint(project: Project, seed: int) -> None:
    rng = random.Random(seed)
    job = queue.submit(project, ToyRequest(steps=40, step_s=0.005))
    for _ in range(4):
        wait_for(job.alive)
        time.sleep(rng.uniform(0.0, 0.25))
        if not kill_worker(job):
            break
        wait_for(lambda: job.summary().state is not State.RUNNING and not job.alive())
        wait_state(job, State.FAILED, State.FINISHED)
        if job.summary().state is State.FINISHED:
            break
        queue.resume(job)
    wait_state(job, State.FINISHED)
    assert list(curve(job).items()) == list(enumerate(toy_job.losses(40), start=1))


def test_a_phase_without_a_count_keeps_the_count(project: Project) -> None:
    job = Job.create(project.jobs_dir, ToyRequest())
    fold = SummaryFold(job)
    fold.apply(
        [ev.Started(attempt=1), ev.Progress(step=7, total=9, phase="training"), ev.Progress(step=0, phase="saving")]
    )
    summary = fold.summary(alive=True)
    assert (summary.step, summary.total, summary.phase) == (7, 9, "saving")
