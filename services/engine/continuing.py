"""Going on: from this run's own checkpoint, from another run's, or from an adapter on other rows."""

import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from services.engine import checkpoints
from services.engine.errors import TrainingError
from services.i18n import N_
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import read_journal
from services.projects.project import Project, ProjectError
from services.recipes.recipe import Recipe

_SAME = ("rows_digest", "stage", "finetuning_type", "base_model")


@dataclass
class Beginning:
    """Where a run begins. checkpoint: with optimiser and place in the data; adapter: weights only; None: anew.

    replanned: (old, new) planned steps where they differ. history: the run whose curve this one carries on.
    """

    checkpoint: Path | None = None
    adapter: Path | None = None
    replanned: tuple[int, int] | None = None
    history: Path | None = None
    other_rows: bool = False


def planned_steps(recipe: Recipe, rows: int) -> int:
    """Optimiser steps of a recipe on that many rows."""
    if recipe.max_steps > 0:
        return recipe.max_steps
    in_step = recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps
    return math.ceil(recipe.num_train_epochs * max(1, math.ceil(rows / in_step)))


def begin(project: Project, job: Job, recipe: Recipe, facts: dict[str, Any], rows: int) -> Beginning:
    """Decide where a run begins. facts: what run.json will say of it. TrainingError if there is nothing left to do."""
    own = job.last_checkpoint()
    total = planned_steps(recipe, rows)
    if own is not None:
        return Beginning(checkpoint=own)
    if recipe.resume_from_checkpoint:
        source = find_checkpoint(project, recipe.resume_from_checkpoint)
        before = read_facts(source.parent)
        if before and any(before.get(key) != facts.get(key) for key in _SAME):
            return Beginning(adapter=source, other_rows=True)
        done = checkpoints.step_of(source)
        if done >= total:
            raise TrainingError(
                N_("This run is complete: all {n} planned steps are trained."),
                way_out=N_("Raise the epochs or choose other rows."),
                n=total,
            )
        old = int(before.get("planned_steps", total)) if before else total
        return Beginning(checkpoint=source, replanned=(old, total) if old != total else None, history=source.parent)
    if recipe.adapter_name_or_path:
        if "," in recipe.adapter_name_or_path or recipe.create_new_adapter:
            raise TrainingError(
                N_("A new adapter on top of another one needs a model that holds the first."),
                way_out=N_("Export that run as a folder, and choose the folder as model."),
            )
        return Beginning(adapter=find_adapter(project, recipe.adapter_name_or_path))
    return Beginning()


def find_checkpoint(project: Project, text: str) -> Path:
    """The checkpoint meant by a job id, a run's folder or a checkpoint's folder (absolute or in the project)."""
    folder = _run_or_folder(project, text)
    if checkpoints.is_whole(folder, checkpoints.step_of(folder)):
        return folder
    found = checkpoints.all_of(folder)
    if not found:
        raise TrainingError(
            N_("There is no checkpoint in {folder}."), way_out=N_("Choose another run."), folder=str(folder)
        )
    return found[-1]


def find_adapter(project: Project, text: str) -> Path:
    """The folder of an adapter meant by a job id or a path."""
    folder = _run_or_folder(project, text)
    if not (folder / "adapter_model.safetensors").is_file():
        raise TrainingError(
            N_("There is no adapter in {folder}."),
            way_out=N_("Choose a run that was trained with LoRA."),
            folder=str(folder),
        )
    return folder


def read_facts(folder: Path) -> dict[str, Any]:
    """run.json of a run; empty if it has none."""
    try:
        found = orjson.loads((folder / "run.json").read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return {}
    return found if isinstance(found, dict) else {}


def bring_history(source: Path, step: int, target: Path, say: Any) -> None:
    """Copy another run's curve up to a step, so that the new run's curve is one line from its first step."""
    for event in _effective(read_journal(source / "journal.jsonl")):
        if isinstance(event, (ev.Metric, ev.Sample)) and event.step <= step:
            say(event)
    if (source / "trainer_log.jsonl").is_file() and not (target / "trainer_log.jsonl").exists():
        shutil.copyfile(source / "trainer_log.jsonl", target / "trainer_log.jsonl")


def _effective(events: list[ev.AnyEvent]) -> list[ev.AnyEvent]:
    """Events without the later steps of earlier attempts."""
    out: list[ev.AnyEvent] = []
    for event in events:
        if isinstance(event, ev.Started):
            out = [e for e in out if getattr(e, "step", 0) <= event.from_step]
        out.append(event)
    return out


def _run_or_folder(project: Project, text: str) -> Path:
    path = project.absolute(text)
    if path.is_dir():
        return path.resolve()
    try:
        return project.job(text).folder
    except ProjectError as error:
        raise TrainingError(
            N_("There is no run or folder {name}."), way_out=N_("Choose it again."), name=text
        ) from error
