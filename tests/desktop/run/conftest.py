"""Runs for the run page: journals as workers write them, and toy jobs, which are real processes."""

import contextlib
import math
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import JournalWriter
from services.jobs.kinds.train import TrainRequest
from services.locks import FileLock
from services.projects.project import Project

TOY = Path(__file__).resolve().parents[2] / "helpers" / "toy_site"
sys.path.insert(0, str(TOY))


class Run:
    """A training run's folder, with a hand on its journal and its lock."""

    def __init__(self, project: Project, **recipe: object) -> None:
        recipe = {"model_name_or_path": "smollm2", "dataset": "support", "lora_rank": 16, **recipe}
        self.job = Job.create(project.jobs_dir, TrainRequest(name="support", recipe=recipe))
        self.lock = FileLock(self.job.lock_path)
        self.journal = JournalWriter(self.job.journal_path)

    @property
    def id(self) -> str:
        return self.job.id

    def say(self, *events: ev.Event) -> None:
        for event in events:
            self.journal.append(event)

    def start(self, attempt: int = 1, from_step: int = 0) -> None:
        assert self.lock.try_acquire()
        self.say(ev.Started(attempt=attempt, from_step=from_step))

    def steps(self, first: int, last: int, total: int = 100, every: int = 25) -> None:
        for step in range(first, last + 1):
            self.say(
                ev.Metric(step=step, name="loss", value=loss(step)),
                ev.Metric(step=step, name="learning_rate", value=2e-4 * (1 - step / total)),
                ev.Progress(step=step, total=total, phase="training", remaining_s=float(total - step)),
            )
            if step % every == 0:
                self.say(
                    ev.Metric(step=step, name="eval_loss", value=loss(step) + 0.1),
                    ev.Checkpoint(step=step, path=f"checkpoint-{step}", best=True),
                    ev.Sample(step=step, prompt="Who are you?", text=f"Tessaly, {step}"),
                )

    def leave_weights(self) -> None:
        (self.job.folder / "adapter_model.safetensors").write_bytes(b"")

    def end(self, event: ev.Event) -> None:
        self.say(event)
        self.die()

    def die(self) -> None:
        with contextlib.suppress(RuntimeError):
            self.lock.release()


def loss(step: int) -> float:
    return 1.0 + math.exp(-step / 20)


@pytest.fixture
def make_run(project: Project) -> Iterator[Callable[..., Run]]:
    made: list[Run] = []

    def make(**recipe: object) -> Run:
        made.append(Run(project, **recipe))
        return made[-1]

    yield make
    for run in made:
        run.die()
        run.journal.close()


@pytest.fixture
def run(make_run) -> Run:
    return make_run()


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch):
    """The module of the toy job; workers that are started know it too."""
    import toy_job

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(TOY), str(TOY.parents[2])]))
    return toy_job
