"""What the data commands share: opening a set, and showing a cell."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from services.datasets.errors import DatasetError
from services.datasets.store import DatasetStore
from services.i18n import N_
from services.projects.project import Project

F = TypeVar("F", bound=Callable[..., Any])


def name_argument(command: F) -> F:
    """Adds NAME, the name of a data set, passed as `name`."""
    return click.argument("name")(command)


def open_store(project: Path, name: str, *, write: bool = False) -> DatasetStore:
    """The set NAME of a project. DatasetError if there is none, or if write is asked for and another process has it."""
    opened = Project.open(project)
    if name not in opened.dataset_names():
        raise DatasetError(
            N_("This project has no data set {name}."), way_out=N_("It has: {names}."),
            name=name, names=", ".join(opened.dataset_names()) or "-",
        )  # fmt: skip
    store = DatasetStore.open(opened.dataset_path(name), read_only=not write)
    if write and store.read_only:
        store.close()
        raise DatasetError(store.notice, way_out=N_("Close it there first."))
    return store


def row_id_at(store: DatasetStore, number: int) -> int:
    """Id of the row with that number, from 1. DatasetError if there is none."""
    found = store.ids(number - 1, 1) if number > 0 else []
    if not found:
        raise DatasetError(
            N_("There is no row {number}."), way_out=N_("There are {n} rows."), number=number, n=store.count()
        )
    return found[0]


def short(text: str, width: int = 60) -> str:
    """A text in one line of at most that many characters."""
    line = " ".join(text.split())
    return line if len(line) <= width else line[: width - 1] + "…"
