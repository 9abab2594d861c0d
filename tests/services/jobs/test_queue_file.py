"""What can happen to the machine's queue: kills, restarts, moved and unplugged projects, other files in its place."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from toy_job import ToyRequest

from services import files
from services.errors import TunesmithError
from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import Job, JobError, State
from services.jobs.journal import JournalWriter
from services.jobs.keeper import main as keep
from services.locks import FileLock
from services.projects.project import Project
from tests.helpers.jobs import wait_state


def nobody(command: list[str], folder: Path) -> None:
    """A starter that starts nothing: the machine goes down at that moment."""


def queue_path() -> Path:
    return queue.card_lock_path().with_name("queue.json")


def put(data: Any) -> None:
    queue_path().parent.mkdir(parents=True, exist_ok=True)
    queue_path().write_text(json.dumps(data), encoding="utf-8")


def grow_old() -> None:
    """Make every start in the queue's file a minute older."""
    data = json.loads(queue_path().read_text(encoding="utf-8"))
    for entry in data["launched"].values():
        entry["time"] -= 60
    put(data)


@pytest.fixture
def card() -> Any:
    """The card is taken, so that jobs wait."""
    lock = FileLock(queue.card_lock_path())
    assert lock.try_acquire()
    yield lock
    lock.release()


def test_a_start_that_the_machine_did_not_survive_is_made_again(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=2), starter=nobody)
    assert queue.waiting() == [] and job.summary().state is State.WAITING and queue.to_tend()
    grow_old()
    queue.start_next()
    wait_state(job, State.FINISHED)
    queue.start_next()
    assert not queue.to_tend()


def test_a_worker_that_never_says_a_word_is_not_started_for_ever(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=2), starter=nobody)
    grow_old()
    assert [j.id for j in queue.start_next(starter=nobody)] == [job.id]
    grow_old()
    assert queue.start_next(starter=nobody) == [] and queue.waiting() == []
    failure = job.summary().failure
    assert failure is not None and failure.values == {"n": 2} and failure.action == "health.open"


@pytest.mark.parametrize(
    "content",
    [[1], "x", {"waiting": None}, {"waiting": [], "launched": {"a": 3}}, {"waiting": [], "launched": {"a": {}}}],
)
def test_json_that_is_no_queue_is_kept_aside(project: Project, content: Any) -> None:
    put(content)
    assert queue.waiting() == []
    job = queue.submit(project, ToyRequest(steps=1))
    wait_state(job, State.FINISHED)
    assert json.loads(queue_path().with_suffix(".broken").read_text(encoding="utf-8")) == content


@pytest.mark.parametrize("content", [{"schema": 2, "waiting": ["/x"]}, {"schema": 3, "waiting": 7, "launched": [1]}])
def test_a_queue_of_a_newer_version_is_left_as_it_is(project: Project, content: Any) -> None:
    put(content)
    with pytest.raises(TunesmithError, match=r"newer Tunesmith\. Update"):
        queue.submit(project, ToyRequest())
    assert json.loads(queue_path().read_text(encoding="utf-8")) == content
    assert queue.waiting() == [] and not queue.to_tend()


def test_keys_of_another_version_stay(project: Project, card: FileLock) -> None:
    put({"waiting": [], "launched": {}, "note": "不要丢"})
    queue.submit(project, ToyRequest())
    assert json.loads(queue_path().read_text(encoding="utf-8"))["note"] == "不要丢"


def test_a_moved_project_keeps_its_place_in_the_queue(project: Project, card: FileLock, tmp_path: Path) -> None:
    job = queue.submit(project, ToyRequest(name="moved", steps=2))
    there = Project.open(project.folder.rename(tmp_path / "moved away 走了"))
    assert queue.start_next() == [] and queue.waiting() == [job.folder], "its place is kept"
    (moved,) = queue.follow_move(there)
    assert queue.waiting() == [moved.folder] and moved.folder.is_relative_to(there.folder)
    card.release()
    queue.start_next()
    wait_state(moved, State.FINISHED)


def test_a_copy_of_a_project_starts_nothing(project: Project, card: FileLock, tmp_path: Path) -> None:
    job = queue.submit(project, ToyRequest(steps=2))
    copy = Project.open(shutil.copytree(project.folder, tmp_path / "copy"))
    assert queue.follow_move(copy) == [] and queue.waiting() == [job.folder]
    other = Project.create(tmp_path / "other")
    Job.create(other.jobs_dir, ToyRequest(steps=2))  # same name and number as the one that waits, another job
    shutil.rmtree(project.folder)
    assert queue.follow_move(other) == []


def test_an_unplugged_project_is_forgotten_after_a_month(project: Project, card: FileLock, tmp_path: Path) -> None:
    job = queue.submit(project, ToyRequest(steps=2))
    project.folder.rename(tmp_path / "unplugged")
    queue.start_next()
    data = json.loads(queue_path().read_text(encoding="utf-8"))
    data["away"][str(job.folder)] -= 31 * 24 * 3600
    put(data)
    queue.start_next()
    assert queue.waiting() == []


def test_a_deleted_job_folder_does_not_hold_the_others_up(project: Project, card: FileLock) -> None:
    gone = queue.submit(project, ToyRequest(name="gone"))
    job = queue.submit(project, ToyRequest(name="stays", steps=2))
    shutil.rmtree(gone.folder)
    card.release()
    queue.start_next()
    wait_state(job, State.FINISHED)
    assert queue.waiting() == []


def test_nobody_is_asked_who_does_not_listen(project: Project, card: FileLock) -> None:
    job = queue.submit(project, ToyRequest(steps=2))
    with pytest.raises(JobError, match="not running"):
        queue.ask(job, "save")
    assert queue.ask(job, "stop") and queue.waiting() == []
    with pytest.raises(JobError, match="not running"):
        queue.ask(job, "stop")
    assert list((job.folder / "control").iterdir()) == []


def test_a_job_that_is_just_starting_can_be_asked(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=1000), starter=nobody)
    assert not queue.ask(job, "stop")
    queue.start_detached(queue.keeper_command(job), job.folder)
    wait_state(job, State.STOPPED)


def test_two_windows_never_give_two_jobs_one_number(project: Project) -> None:
    made: list[Job] = []

    def window(name: str) -> None:
        made.extend(Job.create(project.jobs_dir, ToyRequest(name=f"{name} {i}")) for i in range(20))

    windows = [threading.Thread(target=window, args=(name,)) for name in "abcd"]
    for thread in windows:
        thread.start()
    for thread in windows:
        thread.join()
    assert sorted(job.id for job in made) == [f"{n:04d}" for n in range(1, 81)]
    assert [job.id for job in project.jobs()] == [f"{n:04d}" for n in range(1, 81)]


def test_a_job_that_cannot_be_written_is_a_sentence_and_leaves_no_folder(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_text", full)
    with pytest.raises(JobError, match=r"cannot be written to .*: No space left on device\. Check"):
        queue.submit(project, ToyRequest())
    assert [p for p in project.jobs_dir.iterdir() if p.is_dir()] == []


class FullDrive:
    """A file of a drive that takes so many bytes more, and says so as the system does."""

    def __init__(self, file: Any, room: int) -> None:
        self.file, self.room = file, room

    def write(self, data: bytes) -> int:
        if self.room == 0:
            raise OSError(28, "No space left on device")
        taken: int = self.file.write(data[: self.room])
        self.room -= taken
        return taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def test_half_an_event_on_a_full_drive_costs_that_event_alone(project: Project) -> None:
    job = Job.create(project.jobs_dir, ToyRequest())
    writer = JournalWriter(job.journal_path)
    writer.append(ev.Progress(step=1))
    drive = FullDrive(writer._file, room=20)
    writer._file = drive  # type: ignore[assignment]
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            writer.append(ev.Progress(step=2))
    drive.room = 10_000
    writer.append(ev.Progress(step=3))
    writer.close()
    assert [e.step for e in job.events() if isinstance(e, ev.Progress)] == [1, 3]


_FULL = """
import errno, sys
from pathlib import Path
from services.jobs.job import Job
from services.jobs import events as ev
from services.workers.shell import run_job

def work(context):
    write = context.journal.append
    def full(event, *, durable=False):
        if isinstance(event, ev.Metric) or sys.argv[2] == "for ever":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(event, durable=durable)
    context.journal.append = full
    context.say(ev.Metric(step=1, name="loss", value=1.0))

sys.exit(run_job(Job(Path(sys.argv[1])), work))
"""


@pytest.mark.parametrize("how_long", ["for a while", "for ever"])
def test_a_drive_that_fills_up_under_the_journal_is_said(project: Project, how_long: str) -> None:
    job = Job.create(project.jobs_dir, ToyRequest())
    toy = f"import toy_job\n{_FULL}"
    done = subprocess.run([sys.executable, "-c", toy, str(job.folder), how_long], capture_output=True, timeout=60)
    assert done.returncode == 1
    summary = job.summary()
    if how_long == "for ever":
        assert summary.state is State.INTERRUPTED, "resume goes on from the last checkpoint"
        return
    assert summary.failure is not None
    assert summary.failure.sentence.startswith("The drive of {folder} is full") and summary.failure.way_out


def test_a_keeper_that_cannot_write_still_starts_the_next(
    project: Project, card: FileLock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Job.create(project.jobs_dir, ToyRequest(steps=20, die_at=2))
    following = queue.submit(project, ToyRequest(steps=2))
    card.release()
    monkeypatch.setattr(sys, "argv", ["keeper", str(first.folder)])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("services.jobs.keeper._end_journal", full)
    assert keep() == 0
    wait_state(following, State.FINISHED)


def test_a_clock_that_was_set_back_is_no_start_for_ever(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=2), starter=nobody)
    data = json.loads(queue_path().read_text(encoding="utf-8"))
    data["launched"][str(job.folder)]["time"] = time.time() + 3600
    put(data)
    os.utime(job.folder / "job.yaml")
    queue.start_next()
    wait_state(job, State.FINISHED)


def test_a_job_that_is_started_twice_is_done_once(project: Project) -> None:
    job = queue.submit(project, ToyRequest(steps=30, step_s=0.02))
    for _ in range(2):  # one that waits while the first ends, one that comes after it
        queue.start_detached(queue.keeper_command(job), job.folder)
    wait_state(job, State.FINISHED)
    subprocess.run(queue.keeper_command(job), check=True, timeout=60)
    assert [type(e) for e in job.events() if isinstance(e, ev.Started | ev.Finished)] == [ev.Started, ev.Finished]


def test_who_waited_for_a_worker_that_then_finished_does_not_begin_anew(project: Project) -> None:
    from services.workers.shell import run_job

    job = Job.create(project.jobs_dir, ToyRequest())
    lock = FileLock(job.lock_path)
    assert lock.try_acquire()

    def ending() -> None:
        time.sleep(0.2)
        writer = JournalWriter(job.journal_path)
        writer.append(ev.Started(attempt=1))
        writer.append(ev.Finished())
        writer.close()
        lock.release()

    other = threading.Thread(target=ending)
    other.start()
    assert run_job(job, lambda context: pytest.fail("begun anew")) == 3
    other.join()


@pytest.mark.parametrize("end", [ev.Paused(step=1), ev.Finished(stopped=True), ev.Failed(sentence="x")])
def test_who_resumes_waits_for_the_keeper_of_the_attempt_before(project: Project, end: ev.AnyEvent) -> None:
    from services.workers.shell import run_job

    job = Job.create(project.jobs_dir, ToyRequest())
    writer = JournalWriter(job.journal_path)
    for event in (ev.Started(attempt=1), end):
        writer.append(event)
    writer.close()
    lock = FileLock(job.lock_path)
    assert lock.try_acquire()
    keeper = threading.Timer(0.2, lock.release)
    keeper.start()
    assert run_job(job, lambda context: {"went": "on"}) == 0
    keeper.join()
    assert job.summary().result == {"went": "on"}
