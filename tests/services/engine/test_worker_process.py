"""The training worker as a process of its own: killed without a word, started again; quick to start."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from services.engine import lean
from services.jobs import events as ev
from services.jobs.job import Job, State
from services.projects.project import Project
from tests.helpers.training import add_dataset, curve, new_run, number_rows, work_on

RECIPE = {"num_train_epochs": 4, "lora_dropout": 0.1, "save_steps": 3, "bf16": False, "seed": 7}


def start(job: Job) -> subprocess.Popen[bytes]:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONWARNINGS": "ignore"}
    with job.log_path.open("ab") as log:
        command = [sys.executable, "-P", "-m", "services.workers.train", str(job.folder)]
        return subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=Path.cwd())


def test_a_worker_that_is_killed_in_the_middle_goes_on_as_if_it_had_not_been(project: Project, tiny: Path) -> None:
    add_dataset(project, "rows", number_rows(22))
    whole, killed = (new_run(project, tiny, **RECIPE) for _ in range(2))
    assert work_on(whole) == 0
    worker = start(killed)
    deadline = time.monotonic() + 200
    while max(curve(killed), default=0) < 7 and time.monotonic() < deadline and worker.poll() is None:
        time.sleep(0.005)
    worker.kill()
    worker.wait()
    assert killed.summary().state is State.INTERRUPTED, killed.log_path.read_text(encoding="utf-8")[-2000:]
    worker = start(killed)
    assert worker.wait(timeout=200) == 0, killed.log_path.read_text(encoding="utf-8")[-2000:]
    assert curve(killed) == curve(whole)
    started = [e for e in killed.events() if isinstance(e, ev.Started)]
    assert len(started) == 2 and started[1].from_step >= 6


@pytest.mark.parametrize(
    ("recipe", "expected"),
    [
        ({}, ["scipy", "bitsandbytes", "datasets"]),
        ({"quantization_bit": 4}, ["scipy", "datasets"]),
        ({"optim": "adamw_8bit"}, ["scipy", "datasets"]),
        ({"stage": "ppo"}, ["scipy", "bitsandbytes"]),
    ],
)
def test_only_what_a_run_needs_is_imported(recipe: dict[str, object], expected: list[str]) -> None:
    assert lean.unused(recipe) == expected


def test_a_hidden_library_is_not_found_and_an_imported_one_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    assert lean.hide(["colorsys", "json"]) == ["colorsys"]
    try:
        assert importlib.util.find_spec("colorsys") is None
        with pytest.raises(ImportError):
            import colorsys  # noqa: F401
        import json

        assert json.loads("1") == 1
    finally:
        del sys.modules["colorsys"]
    assert importlib.util.find_spec("colorsys") is not None
