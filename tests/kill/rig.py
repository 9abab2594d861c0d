"""A real short run and a real window, killed at random instants; what must hold afterwards."""

import math
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from services.datasets.store import DatasetStore
from services.datasets.values import to_text
from services.jobs import queue
from services.jobs.job import Job, State
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from services.recipes import Recipe, save_recipe
from tests.helpers.jobs import kill_worker, wait_for, wait_state
from tests.helpers.tiny_model import make_tiny_model
from tests.helpers.training import QUICK, add_dataset, curve, number_rows

STEPS = 24
ROOT = Path(__file__).resolve().parents[2]
OVER = (State.FINISHED, State.FAILED, State.INTERRUPTED, State.STOPPED)


@dataclass(frozen=True)
class Undisturbed:
    """A model and what a run over it says when nobody disturbs it."""

    model: Path
    losses: dict[int, float]
    rates: dict[int, float]
    seconds: float


def recipe_for(model: Path) -> Recipe:
    """Twenty-four steps on twenty-four rows, a checkpoint every three."""
    return Recipe(
        **{
            **QUICK,
            "model_name_or_path": str(model),
            "dataset": "rows",
            "num_train_epochs": 4,
            "save_steps": 3,
            "save_total_limit": 2,
            "logging_steps": 1,
        }
    )


def make_project(folder: Path, model: Path) -> Project:
    """A project with rows and a recipe."""
    project = Project.create(folder)
    add_dataset(project, "rows", number_rows(STEPS))
    (project.folder / "recipe.yaml").write_text(save_recipe(recipe_for(model)), encoding="utf-8")
    return project


def undisturbed(folder: Path) -> Undisturbed:
    """Train once in peace."""
    model = make_tiny_model(folder / "model")
    project = make_project(folder / "in peace", model)
    with DatasetStore.open(project.dataset_path("rows"), read_only=True) as store:
        revision = store.revision
    values = recipe_for(model).model_dump(mode="json", exclude_defaults=True)
    begin = time.monotonic()
    job = queue.submit(project, TrainRequest(name="peace", recipe=values, dataset_versions={"rows": revision}))
    wait_state(job, State.FINISHED, timeout_s=180)
    spent = time.monotonic() - begin
    losses = curve(job)
    assert sorted(losses) == list(range(1, STEPS + 1))
    return Undisturbed(model, losses, curve(job, "learning_rate"), spent)


class Rig:
    """A window in a process of its own on a fresh project, and its run."""

    def __init__(self, folder: Path, peace: Undisturbed, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.peace, self.rng = peace, random.Random(seed)
        self.project = make_project(folder / f"项目 {seed}", peace.model)
        self.promised = folder / f"promised-{seed}.txt"
        self.window: subprocess.Popen[bytes] | None = None

    def open_window(self, mode: str = "watch") -> None:
        """Start the window and wait until it edits."""
        before = self._promises().count("ready")
        arguments = [sys.executable, "-m", "tests.kill.window", str(self.project.folder), mode, str(self.promised)]
        env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(ROOT)}
        with (self.promised.parent / "window.log").open("ab") as log:
            self.window = subprocess.Popen(arguments, cwd=ROOT, env=env, stdout=log, stderr=log)
        wait_for(lambda: self._promises().count("ready") > before or self.window.poll() is not None, 60)  # type: ignore[union-attr]
        assert self.window.poll() is None, (self.promised.parent / "window.log").read_text()[-2000:]

    def kill_window(self) -> None:
        """kill -9 the window."""
        assert self.window is not None
        self.window.send_signal(getattr(signal, "SIGKILL", signal.SIGTERM))
        self.window.wait()
        self.window = None

    @property
    def job(self) -> Job:
        """The run that the window started."""
        return self.project.jobs()[0]

    def wait_some(self) -> None:
        """A random part of the time that a run takes."""
        time.sleep(self.rng.uniform(0.0, self.peace.seconds))

    def kill(self, whom: str) -> None:
        """kill -9 'window', 'worker' or 'both', in either order."""
        acts = {
            "window": [self.kill_window],
            "worker": [lambda: kill_worker(self.job)],
            "both": [self.kill_window, lambda: kill_worker(self.job)],
        }[whom]
        if self.rng.random() < 0.5:
            acts.reverse()
        for act in acts:
            act()

    def finish(self) -> None:
        """Let the run end, resuming it (one click) as often as it was interrupted."""
        for _ in range(3):
            state = wait_state(self.job, *OVER, timeout_s=180)
            if state is State.FINISHED:
                return
            queue.resume(self.job)
            wait_for(lambda: self.job.alive() or self.job.summary().state is State.FINISHED, 60)
        wait_state(self.job, State.FINISHED, timeout_s=180)

    def check(self) -> None:
        """Losses and learning rates are those of an undisturbed run; no promised edit is lost."""
        losses, rates = curve(self.job), curve(self.job, "learning_rate")
        assert sorted(losses) == sorted(self.peace.losses)
        wrong = [s for s, v in losses.items() if not math.isclose(v, self.peace.losses[s], rel_tol=1e-6)]
        assert wrong == [], [(s, losses[s], self.peace.losses[s]) for s in wrong[:5]]
        assert rates == self.peace.rates
        assert (self.job.folder / "adapter_model.safetensors").stat().st_size > 0
        self.check_edits()

    def check_edits(self) -> None:
        """Every edit that a window was told is kept is there, or a later one in its place."""
        last: dict[int, str] = {}
        promises = [line.split("\t") for line in self._promises() if "\t" in line]
        for row, text in promises:
            last[int(row)] = text
        with DatasetStore.open(self.project.dataset_path("rows"), read_only=True) as store:
            column = store.columns[1]
            rows = {row.id: to_text(row.values[column]) for row in store.rows()}
            assert store.count() == STEPS
        for row, text in last.items():
            kept = rows[row]
            # one more edit may have reached the disk before its promise could be written
            assert kept == text or _number(kept) > _number(text) or _process(kept) != _process(text), (kept, text)
        assert promises

    def close(self) -> None:
        """End what is left."""
        if self.window is not None:
            self.kill_window()

    def _promises(self) -> list[str]:
        return self.promised.read_text(encoding="utf-8").splitlines() if self.promised.exists() else []


def _number(text: str) -> int:
    return int(text.split()[2])


def _process(text: str) -> str:
    return text.split()[1]
