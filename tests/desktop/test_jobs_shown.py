"""Jobs in strip, explorer, road and list, driven by journals as workers write them."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from services.jobs import events as ev
from services.jobs.job import Job, State
from services.jobs.journal import JournalWriter
from services.jobs.kinds.export import ExportRequest
from services.jobs.kinds.train import TrainRequest
from services.locks import FileLock
from services.projects.project import Project


class Worker:
    """Looks like a worker that trains: holds the lock, writes the journal."""

    def __init__(self, project: Project) -> None:
        self.job = Job.create(project.jobs_dir, TrainRequest(name="lora"))
        self.lock = FileLock(self.job.lock_path)
        self.journal = JournalWriter(self.job.journal_path)

    def start(self) -> None:
        assert self.lock.try_acquire()
        self.journal.append(ev.Started(attempt=1))

    def at(self, step: int, total: int = 465) -> None:
        self.journal.append(ev.Progress(step=step, total=total, remaining_s=76))

    def end(self, event: ev.Event) -> None:
        self.journal.append(event)
        self.lock.release()

    def close(self) -> None:
        self.lock.release()
        self.journal.close()


@pytest.fixture
def worker(project: Project):
    made = Worker(project)
    yield made
    made.close()


def test_strip_appears_with_a_run_and_goes_with_it(make_window, qtbot, project: Project, worker: Worker) -> None:
    window = make_window(project.folder)
    strip = window.frame.jobs
    worker.start()
    worker.at(312)
    qtbot.waitUntil(lambda: strip.isVisible() and bool(strip.items()), timeout=5000)
    item = strip.items()[0]
    qtbot.waitUntil(lambda: item.where.text() == "312 of 465 steps · 1:16 left", timeout=5000)
    assert item.name.text() == "run 1" and item.pause.isVisible()
    qtbot.mouseClick(item.pause, Qt.MouseButton.LeftButton)
    assert (worker.job.folder / "control" / "pause").exists()
    qtbot.mouseClick(item.stop, Qt.MouseButton.LeftButton)
    assert (worker.job.folder / "control" / "stop").exists()
    worker.end(ev.Finished(step=465))
    qtbot.waitUntil(lambda: not strip.isVisible(), timeout=5000)


def test_a_running_job_is_adopted_by_a_window_that_opens_later(
    make_window, qtbot, project: Project, worker: Worker
) -> None:
    worker.start()
    worker.at(100)
    window = make_window(project.folder)
    qtbot.waitUntil(lambda: window.frame.jobs.isVisible(), timeout=5000)
    model = window.frame.explorer_model
    qtbot.waitUntil(lambda: model.find("run:0001").isValid(), timeout=5000)
    window.open_page("jobs")
    worker.at(200)
    qtbot.waitUntil(lambda: "43%" in str(model.find("run:0001").data(Qt.ItemDataRole.UserRole + 1)), timeout=5000)
    window.close()
    assert worker.job.alive(), "closing the window ends no worker"


def test_the_road_says_what_a_run_is_at(make_window, qtbot, project: Project, worker: Worker) -> None:
    window = make_window(project.folder)
    window.open_page("jobs")
    road = window.frame.tabs.road
    assert road.isVisible() and road.button.text() == "Open a file"
    worker.start()
    worker.at(312)
    qtbot.waitUntil(lambda: road.sentence.text() == "Run 1 is training", timeout=5000)
    assert road.steps.steps()[1].detail == "312 / 465"
    worker.end(ev.Failed(sentence="The card ran out of memory."))
    qtbot.waitUntil(lambda: road.steps.steps()[1].state == "bad", timeout=5000)
    assert road.button.text() == "Show why"


def test_the_road_folds_after_the_first_deployment(make_window, qtbot, project: Project) -> None:
    from services.export.deployments import Deployment, record

    record(project, Deployment("lantern", "http://127.0.0.1:11434", "0001", "q4_k_m", "sha256:00"))
    window = make_window(project.folder)
    window.open_page("jobs")
    assert not window.frame.tabs.road.isVisible()
    assert window.frame.status.road.isVisible() and window.frame.status.road.text() == "lantern is deployed"


def test_the_list_shows_every_job_and_why_one_failed(make_window, qtbot, project: Project, worker: Worker) -> None:
    worker.start()
    worker.end(ev.Failed(sentence="Step {step} needed more memory.", values={"step": 3}))
    Job.create(project.jobs_dir, ExportRequest(name="q4_k_m", run="0001"))
    window = make_window(project.folder)
    page = window.open_page("jobs")
    qtbot.waitUntil(lambda: set(page.rows) == {"0001", "0002"}, timeout=5000)
    failed, export = page.rows["0001"], page.rows["0002"]
    assert failed.note._whole == "Step 3 needed more memory." and failed.resume.isVisible()
    assert export.name._whole == "Export q4_k_m"
    assert window.supervisor.summary("0001").state is State.FAILED


def test_many_jobs_are_counted(app, qtbot) -> None:
    from desktop.widgets.jobs_strip import JobsStrip
    from services.jobs.job import Summary

    strip = JobsStrip()
    qtbot.addWidget(strip)
    waiting = [Summary(f"{n:04d}", "lora", "train", State.WAITING) for n in range(2, 6)]
    strip.show_jobs([*waiting, Summary("0001", "lora", "train", State.RUNNING, step=1, total=2)])
    assert [i.job_id for i in strip.items()] == ["0001", "0002"]
    assert strip.more.text() == "3 more"
    strip.show_jobs([])
    assert strip.isHidden()


def test_a_journal_of_another_project_is_not_ours(tmp_path: Path, make_window, project: Project) -> None:
    other = Project.create(tmp_path / "other")
    Worker(other).close()
    window = make_window(project.folder)
    assert window.session.summaries() == []
