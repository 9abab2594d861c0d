"""A project, and data sets in it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.datasets.building import Builder
from services.datasets.importing import ImportReport, import_file
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.projects.project import Project

DATA = Path(__file__).parents[2] / "data"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project in a folder with a blank and Chinese in its name."""
    return Project.create(tmp_path / "我的 project")


@pytest.fixture
def case(project: Project) -> Callable[[str], tuple[ImportReport, DatasetStore]]:
    """Imports a file of tests/data/cases and opens it."""
    opened: list[DatasetStore] = []

    def load(name: str, **options: Any) -> tuple[ImportReport, DatasetStore]:
        report = import_file(project, DATA / "cases" / name, **options)
        opened.append(DatasetStore.open(report.path))
        return report, opened[-1]

    yield load
    for store in opened:
        store.close()


Make = Callable[..., DatasetStore]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Makes a data set of rows."""
    opened: list[DatasetStore] = []

    def made(rows: list[dict[str, Any]], mapping: Mapping | None = None, name: str = "set") -> DatasetStore:
        path = tmp_path / f"{name}.sqlite"
        with Builder(path) as builder:
            builder.add(rows)
            builder.finish(mapping or Mapping(), {})
        opened.append(DatasetStore.open(path))
        return opened[-1]

    yield made
    for store in opened:
        store.close()


def values(store: DatasetStore, revision: int | None = None) -> list[dict[str, Any]]:
    """All rows' values."""
    return [row.values for row in store.iterate(revision)]
