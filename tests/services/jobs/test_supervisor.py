"""The window's view of jobs: signals, adoption, closing."""

from pathlib import Path

from pytestqt.qtbot import QtBot
from toy_job import ToyRequest

from services.jobs import events as ev
from services.jobs import queue
from services.jobs.job import State
from services.jobs.supervisor import JobSupervisor
from services.projects.project import Project
from tests.helpers.jobs import wait_for, wait_state


def test_events_arrive_in_order_and_the_summary_follows(qtbot: QtBot, project: Project) -> None:
    supervisor = JobSupervisor(project)
    got: list[ev.AnyEvent] = []
    supervisor.events.connect(lambda job_id, events: got.extend(events))
    job = supervisor.submit(ToyRequest(steps=12, step_s=0.01))
    qtbot.waitUntil(lambda: (s := supervisor.summary(job.id)) is not None and s.state is State.FINISHED, timeout=20000)
    supervisor.close()
    assert got == job.events()
    assert len(supervisor.metrics(job.id).columns["loss"]) == 12


def test_a_reopened_window_adopts_a_running_job(qtbot: QtBot, project: Project) -> None:
    first = JobSupervisor(project)
    job = first.submit(ToyRequest(steps=80, step_s=0.02))
    wait_for(lambda: job.summary().step >= 3)
    first.close()
    assert job.alive()
    second = JobSupervisor(project)
    qtbot.waitUntil(lambda: len(second.running()) == 1, timeout=10000)
    second.ask(job.id, "pause")
    qtbot.waitUntil(lambda: second.summary(job.id).state is State.PAUSED, timeout=20000)  # type: ignore[union-attr]
    second.resume(job.id)
    qtbot.waitUntil(lambda: second.summary(job.id).state is State.FINISHED, timeout=20000)  # type: ignore[union-attr]
    second.close()
    assert len(second.metrics(job.id).columns["loss"]) == 80


def test_a_queue_that_nobody_tends_is_started_by_the_window(qtbot: QtBot, project: Project) -> None:
    def no_start(arguments: list[str], folder: Path) -> None:
        """A start whose keeper was killed at once."""

    job = queue.submit(project, ToyRequest(steps=2), starter=no_start)
    with queue._queue() as data:  # as after a reboot: launched once, never heard of, waiting again
        data["launched"].clear()
        data["waiting"].append(str(job.folder))
    supervisor = JobSupervisor(project)
    qtbot.waitUntil(lambda: job.summary().state is State.FINISHED, timeout=20000)
    supervisor.close()


def test_a_removed_job_is_told(qtbot: QtBot, project: Project) -> None:
    import shutil

    job = queue.submit(project, ToyRequest(steps=1))
    wait_state(job, State.FINISHED)
    supervisor = JobSupervisor(project)
    with qtbot.waitSignal(supervisor.loaded, timeout=10000):
        pass
    wait_for(lambda: not job.alive())
    with qtbot.waitSignal(supervisor.removed, timeout=10000):
        wait_for(lambda: shutil.rmtree(job.folder, ignore_errors=True) or not job.folder.exists())  # its keeper leaves
    supervisor.close()
    assert supervisor.ids() == []
