"""Some rows of a data set as a data set of their own: cells copied as they are kept, with their stars and tags."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from services.datasets.building import Builder
from services.datasets.changes import Column
from services.datasets.errors import DatasetError
from services.datasets.order import Ids
from services.datasets.readstore import ReadStore
from services.i18n import N_

Progress = Callable[[int, int], None]
"""Called with rows done and rows in all."""

AT_ONCE = 5000


def nothing(done: int, total: int) -> None:
    """Tell nobody how far it is."""


def copy_rows(
    store: ReadStore,
    ids: Ids,
    path: Path,
    facts: dict[str, str],
    *,
    progress: Progress = nothing,
    stop: threading.Event | None = None,
) -> int:
    """Make the data set `path` of these rows, in this order, with the same columns and mapping. Returns their number.

    The new set appears when it is whole. DatasetError if path exists, a row is gone, the rows are edited meanwhile, or
    stop is set: then nothing is left of it.
    """
    revision, columns, mapping = store.revision, _columns(store), store.mapping
    marks = _has_marks(store)
    names = ["shape", *(f"c{c.id}" for c in columns), *(["c0"] if marks else [])]
    with Builder(path) as builder:
        builder.take_columns(columns)
        for start in range(0, len(ids), AT_ONCE):
            if stop is not None and stop.is_set():
                raise DatasetError(N_("Stopped; nothing was changed."))
            builder.add_kept(names, raw_rows(store, ids[start : start + AT_ONCE], names))
            progress(min(start + AT_ONCE, len(ids)), len(ids))
        if store.revision != revision:
            raise DatasetError(
                N_("The rows were edited while they were being copied; nothing was changed."),
                way_out=N_("Do it again."),
            )
        builder.finish(mapping, facts)
        return builder.count


def raw_rows(store: ReadStore, ids: Ids, names: list[str]) -> list[tuple[Any, ...]]:
    """Columns of the table of rows, in the order of ids, as they are kept. DatasetError if a row is gone."""
    wanted = [int(i) for i in ids]
    found: dict[int, tuple[Any, ...]] = {}
    with store._reading():
        store._places(wanted)
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            rows = store._connection.execute(
                f"SELECT id, {', '.join(names)} FROM rows WHERE id IN ({','.join('?' * len(part))})", part
            )
            found.update((row[0], row[1:]) for row in rows)
    return [found[i] for i in wanted]


def all_ids(store: ReadStore) -> Ids:
    """Ids of all rows, in their order."""
    with store._reading():
        return np.array(store._live.order.array(), dtype=np.int64)


def column_number(store: ReadStore, name: str) -> int:
    """The number for good of a column. DatasetError if there is none of that name."""
    columns = _columns(store)
    for column in columns:
        if column.name == name:
            return column.id
    raise DatasetError(
        N_("There is no column {name}."),
        way_out=N_("There are: {names}."),
        name=name,
        names=", ".join(c.name for c in columns) or "-",
    )


def _columns(store: ReadStore) -> list[Column]:
    with store._reading():
        return list(store._live.columns)


def _has_marks(store: ReadStore) -> bool:
    with store._reading():
        return any(row[1] == "c0" for row in store._connection.execute("PRAGMA table_info(rows)"))
