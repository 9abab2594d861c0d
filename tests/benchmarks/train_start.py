"""From `tunesmith train` to the first optimiser step, on the sample model, in fresh processes.

There is no peer: the limit is a person's patience. Three runs; the median counts. Where the time goes is said from the
journal: until the worker speaks, until the model is loaded, until the first loss.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.helpers.sample import sample_dir

RUNS = 3
LIMIT_S = 8.0


def run() -> dict[str, Any]:
    """Seconds from the start of the command to the first loss in the journal."""
    with tempfile.TemporaryDirectory() as folder:
        model = sample_dir()
        found = [_once(Path(folder) / f"run {n}", model) for n in range(RUNS)]
    middle = statistics.median(f["first_step_s"] for f in found)
    return {
        "name": "train_start",
        "ours": {"first_step_s": middle, "runs": found},
        "peer": None,
        "ratio": middle / LIMIT_S,
        "limit": {"first_step_s": LIMIT_S},
        "ok": middle < LIMIT_S,
    }


def _once(folder: Path, model: Path) -> dict[str, float]:
    from services.jobs import events as ev
    from services.jobs.job import State
    from services.projects.project import Project
    from services.recipes import Recipe, save_recipe
    from tests.helpers.training import add_dataset, number_rows

    project = Project.create(folder)
    add_dataset(project, "rows", number_rows(32))
    recipe = Recipe(
        model_name_or_path=str(model), dataset="rows", max_steps=1, per_device_train_batch_size=4, plot_loss=False
    )
    path = project.folder / "recipe.yaml"
    path.write_text(save_recipe(recipe), encoding="utf-8")
    command = [sys.executable, "-m", "services.cli.main", "train", str(project.folder), str(path), "--json"]
    env = {**os.environ, "TUNESMITH_DATA": str(folder / "data")}
    wall, begin = time.time(), time.monotonic()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    whole_s = time.monotonic() - begin
    job = project.jobs()[0]
    assert job.summary().state is State.FINISHED
    events = job.events()
    loss = next(e.time for e in events if isinstance(e, ev.Metric) and e.name == "loss")
    started = next(e.time for e in events if isinstance(e, ev.Started))
    loading = next(e.time for e in events if isinstance(e, ev.Progress) and e.phase == "loading")
    return {
        "worker_speaks_s": started - wall,
        "rows_read_s": loading - wall,
        "first_step_s": loss - wall,
        "whole_s": whole_s,
    }
