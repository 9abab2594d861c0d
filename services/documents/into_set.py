"""Putting what a job found into a data set, exactly once, whoever does it: the worker, or the window that has the set
open for writing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from services import files
from services.datasets.building import Builder
from services.datasets.errors import DatasetError
from services.datasets.formats import Sample
from services.datasets.importing import propose
from services.datasets.store import DatasetStore
from services.i18n import N_
from services.jobs.job import Job
from services.projects.project import Project

FOUND = "found.json"
"""In a job's folder: what is to be put into the set."""


class Cell(msgspec.Struct):
    """A cell to set: by row id."""

    row: int
    column: str
    value: Any


class Found(msgspec.Struct, omit_defaults=True):
    """What a job found for a set: rows to add, cells to set."""

    dataset: str
    rows: list[dict[str, Any]] = []
    cells: list[Cell] = []


def leave(job: Job, found: Found) -> None:
    """Write what was found into the job's folder, atomically."""
    files.write_bytes(job.folder / FOUND, msgspec.json.encode(found))


def left(job: Job) -> Found | None:
    """What a job left to be put into a set; None if nothing."""
    path = job.folder / FOUND
    return msgspec.json.decode(path.read_bytes(), type=Found) if path.is_file() else None


def put(project: Project, job: Job, store: DatasetStore | None = None) -> int | None:
    """Put what a job found into its set. How many rows and cells are new; None if the set is being edited elsewhere.

    store: the set, if the caller has it open for writing. What was put in before (the job was resumed) stays as it
    is, edited or not: only what has come since is added. DatasetError if the set cannot be written.
    """
    found = left(job)
    if found is None:
        return 0
    path = project.dataset_path(found.dataset)
    if store is None and not path.exists():
        return _build(path, job, found.rows) if found.rows else 0
    if store is not None:
        return _add(store, job, found)
    with DatasetStore.open(path) as own:
        return None if own.read_only else _add(own, job, found)


def _build(path: Path, job: Job, rows: Sequence[dict[str, Any]]) -> int:
    with Builder(path) as builder:
        builder.add(rows)
        mapping, _, _ = propose(Sample(builder.columns, builder.rows(100)))
        builder.finish(mapping, {"source": job.request.title(), _mark(job): f"{len(rows)} 0"})
    return len(rows)


def _add(store: DatasetStore, job: Job, found: Found) -> int:
    rows_done, cells_done = (int(n) for n in (store.fact(_mark(job)) or "0 0").split())
    rows, cells = found.rows[rows_done:], found.cells[cells_done:]
    wanted = list(dict.fromkeys(cell.row for cell in cells))
    there = {row for row, at in zip(wanted, store.positions(wanted), strict=True) if at >= 0}
    if rows or cells:
        done = f"{len(found.rows)} {len(found.cells)}"
        values = [(cell.row, cell.column, cell.value) for cell in cells if cell.row in there]
        names = list(dict.fromkeys(cell.column for cell in cells))
        label = N_("Rows from documents") if rows else N_("Scores")
        store.paste(
            values, store.count(), rows, label, new_columns=names, after=lambda: store.remember(_mark(job), done)
        )
    return len(rows) + len(there)


def _mark(job: Job) -> str:
    return f"job:{job.id}"


def refuse_missing(project: Project, name: str) -> None:
    """DatasetError if the project has no such set."""
    if name not in project.dataset_names():
        raise DatasetError(
            N_("This project has no data set {name}."),
            way_out=N_("It has: {names}."),
            name=name,
            names=", ".join(project.dataset_names()) or "-",
        )
