"""A trained run to bring out, and a window with the dialog."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop.views.export import ExportDialog
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import JournalWriter
from services.jobs.requests import JobRequest
from services.locks import FileLock
from services.projects.project import Project
from tests.helpers.ollama_contract import Contract, ollama_contract
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.tiny_runs import make_run


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory) -> Path:
    """A tiny model with the sample's tokenizer, which llama.cpp knows."""
    return make_tiny_model(tmp_path_factory.mktemp("base 模型") / "tiny", tokenizer="sample", tied=True)


@pytest.fixture
def run(project: Project, tiny_base: Path) -> Job:
    """A finished run of that model."""
    job = make_run(project, tiny_base)
    journal = JournalWriter(job.journal_path)
    journal.append(ev.Started(attempt=1))
    journal.append(ev.Finished(step=3))
    journal.close()
    return job


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    """An Ollama that keeps its contract."""
    with ollama_contract() as contract:
        monkeypatch.setenv("OLLAMA_HOST", contract.url)
        yield contract


class Played:
    """An export job whose worker is the test."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.lock = FileLock(job.lock_path)
        self.journal = JournalWriter(job.journal_path)
        assert self.lock.try_acquire()
        self.say(ev.Started(attempt=1))

    def say(self, *events: ev.Event) -> None:
        for event in events:
            self.journal.append(event)

    def task(self, task_id: str, title: str, *states: str, **values: object) -> None:
        for state in states:
            self.say(ev.Task(id=task_id, title=title, state=state, values=values))

    def end(self, event: ev.Event | None) -> None:
        if event is not None:
            self.say(event)
        self.close()

    def close(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.lock.release()


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Played]]:
    """Jobs that are submitted get no worker: the test plays it."""
    from services.jobs import queue

    made: list[Played] = []

    def submit(project: Project, request: JobRequest, **_: object) -> Job:
        made.append(Played(Job.create(project.jobs_dir, request)))
        return made[-1].job

    monkeypatch.setattr(queue, "submit", submit)
    yield made
    for one in made:
        one.close()
        one.journal.close()


@pytest.fixture
def open_export(make_window, qtbot, project: Project, run: Job) -> Callable[..., ExportDialog]:
    """The dialog for the run, when it knows what it offers."""

    def start(window=None) -> ExportDialog:
        window = window or make_window(project.folder)
        qtbot.waitUntil(lambda: window.supervisor.summary(run.id) is not None, timeout=10_000)
        window.open_page("export", run.id)
        dialog = [d for d in window.findChildren(ExportDialog) if d.isVisible()][-1]
        qtbot.waitUntil(lambda: dialog.offer is not None, timeout=20_000)
        return dialog

    return start
