"""Checks of a data set, one file each: what they find and, where there is one, the fix as an ordinary edit.

To add one, put a file here with a subclass of `Check` (looks at a row), `TextCheck` (mends texts) or `SetCheck`
(compares rows) and decorate it: `@checks.add("my-check")`. Problems that no check claims are listed under their own
code, so that nothing is silent. `lint` looks at a whole set; `services.datasets.findings` keeps what was found.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.datasets.conversation import Problem, Sure
from services.datasets.lint._applying import apply_edit, apply_fixes
from services.datasets.lint._checks import (
    Check,
    Example,
    Fix,
    Ids,
    Keys,
    Read,
    SetCheck,
    TextCheck,
    delete_row,
    groups_of,
)
from services.datasets.lint._options import Option, words_of
from services.datasets.lint._pieces import Piece
from services.datasets.lint._running import Running, reach
from services.datasets.lint._subject import Subject, excerpt, key_of, plain
from services.datasets.rows import read_rows
from services.datasets.store import DatasetStore
from services.registry import Registry, load_siblings

__all__ = [
    "Check", "Example", "Finding", "Fix", "Ids", "Keys", "Option", "Piece", "Read", "Running", "SetCheck", "Subject",
    "Sure", "TextCheck", "apply_edit", "apply_fixes", "checks", "delete_row", "excerpt", "groups_of", "key_of", "lint",
    "plain", "reach", "reader", "words_of",
]  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """A problem of a row (row_id None: of the set as a whole), and the fix that is offered, if any."""

    check: str
    problem: Problem
    row_id: int | None = None
    fix: Fix | None = None

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.problem.sentence.format(**{"other": self.problem.other, **self.problem.values})


checks: Registry[type[Check]] = Registry("check")


def lint(
    store: DatasetStore,
    revision: int | None = None,
    *,
    on_row: Callable[[int], None] = lambda number: None,
    only: Collection[str] | None = None,
    chosen: dict[str, dict[str, Any]] | None = None,
) -> Iterator[Finding]:
    """All findings of a set: those of rows by themselves in the order of the rows, then those of rows compared.

    on_row: told before each row how many were looked at; what it raises ends the run. only: ids of checks. chosen:
    settings by check, {"on": bool, option: value}. Memory: some 100 bytes a row.
    """
    revision = store.revision if revision is None else revision
    running = Running(store.mapping_at(revision), chosen or {}, store.path, only)
    ids: list[int] = []
    keys: list[np.ndarray[Any, np.dtype[np.int64]]] = []
    for number, row in enumerate(store.iterate(revision)):
        on_row(number)
        found, row_keys = running.look(row)
        yield from found
        ids.append(row.id)
        keys.append(np.asarray(row_keys, dtype=np.int64))
    if ids and running.sets:
        order = np.argsort(np.asarray(ids, dtype=np.int64))
        by_id, table = np.asarray(ids, dtype=np.int64)[order], np.stack(keys)[order]
        read = reader(store, running)
        for check, columns in running.sets:
            yield from running.judge(check, by_id, table[:, columns], read)


def reader(store: DatasetStore, running: Running) -> Read:
    """A function that reads rows of the set as checks see them; rows that are gone are left out."""

    def read(ids: Sequence[int]) -> list[Subject]:
        with store._reading():
            places = store._live.order.positions(ids)
            there = [row for row, place in zip(ids, places, strict=True) if place >= 0]
            rows = read_rows(store._connection, there, store._live.columns)
        return [Subject(row.id, row.values, running.mapping) for row in rows]

    return read


load_siblings(__name__, __path__)  # last: the checks import what stands above
