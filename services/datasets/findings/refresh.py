"""Looking again: only rows that are new or changed, and then the groups of rows that they belong to."""

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from services.datasets.changes import columns_from, ids_of
from services.datasets.findings.cache import Cache
from services.datasets.findings.choices import Choices
from services.datasets.lint import Finding, Ids, Running, reach, reader
from services.datasets.rows import Row, read_rows
from services.datasets.store import DatasetStore

_BATCH = 200  # rows read at a time
_KEEP_S = 1.0  # seconds between writes
_BREATHE_EVERY = 20  # rows, where another thread wants the interpreter
_MANY = 20_000  # changed rows, from which on all are compared


class StoppedError(Exception):
    """Whoever asked does not want it any more. What was looked at is kept."""


@dataclass
class Told:
    """How a look goes on. stop: asked now and then. progress: told (rows looked at, rows to look at) now and then.
    breathe: seconds to sleep every few rows, so that a window's thread gets the interpreter."""

    stop: Callable[[], bool] = lambda: False
    progress: Callable[[int, int], None] = field(default=lambda done, of: None)
    breathe_s: float = 0.0

    def check(self) -> None:
        """Raises StoppedError if it shall end."""
        if self.stop():
            raise StoppedError


def rows_to_look_at(path: Path) -> int:
    """About how many rows a refresh will look at: what decides whether it is done here or in another process."""
    with DatasetStore.open(path, read_only=True) as store, contextlib.closing(Cache(path)) as cache:
        running = Running(store.mapping, Choices.of(path).settings, path)
        touched = _touched(store, cache, running)
        known = int(cache.connection.execute("SELECT count(*) FROM rows").fetchone()[0])
        return store.count() if touched is None else max(len(touched), store.count() - known)


def refresh(path: Path, told: Told | None = None) -> int:
    """Bring the kept findings of a data set up to its present state. Returns the revision that they are of.

    Stale findings go at once, in the first step. Raises StoppedError, or DatasetError if a file cannot be read.
    """
    told = told or Told()
    with DatasetStore.open(path, read_only=True) as store, contextlib.closing(Cache(path)) as cache:
        while True:
            running = Running(store.mapping, Choices.of(path).settings, path)
            revision = _begin(store, cache, running)
            _look(store, cache, running, told)
            _compare(store, cache, running, told)
            if store.revision == revision and store.mapping == running.mapping:
                return revision
            told.check()  # rows were edited meanwhile: look at those too


def _begin(store: DatasetStore, cache: Cache, running: Running) -> int:
    """Drop what is not true any more; returns the revision that rows are looked at from now on."""
    with store._reading():
        revision, stamp = store.revision, _stamp(store, store.revision)
        touched = _touched(store, cache, running)
        ids = np.asarray(store.ids(), dtype=np.int64) if touched is None or touched else np.empty(0, dtype=np.int64)
    if touched is not None and not touched and cache.meta("revision") == str(revision):
        return revision
    with cache.writing():
        if touched is None:
            cache.clear()
        else:
            cache.drop(touched)
            if touched:
                cache.drop(np.setdiff1d(cache.rows(), ids).tolist())
        cache.set_meta(fingerprint=running.fingerprint(), stamp=stamp, revision=str(revision))
    return revision


def _touched(store: DatasetStore, cache: Cache, running: Running) -> set[int] | None:
    """Rows that changed since what is kept; None if nothing kept is of use."""
    known = cache.meta("revision")
    if not known or cache.meta("fingerprint") != running.fingerprint():
        return None
    with store._reading():
        if cache.meta("stamp") != _stamp(store, int(known)):
            return None
        touched: set[int] = set()
        try:
            undo, do = store._log.path(int(known), store._live.current)
        except KeyError:
            return None
        for revision in undo + do:
            for change in store._log.changes(revision, forward=True):
                if change.kind == "cell" and change.column:
                    touched.add(change.row)
                elif change.kind in ("in", "out"):
                    touched.update(ids_of(change.new).tolist())
                elif change.kind == "columns":
                    before, after = columns_from(str(change.old)), columns_from(str(change.new))
                    if [c for c in before if c not in after]:
                        return None
    return touched


def _stamp(store: DatasetStore, revision: int) -> str:
    """Which data set this is, and which revision of that number (a set may be imported again under its name)."""
    found = store._connection.execute("SELECT time FROM revisions WHERE id = ?", (revision,)).fetchone()
    return f"{store.fact('imported')}|{found[0] if found else ''}"


def _look(store: DatasetStore, cache: Cache, running: Running, told: Told) -> None:
    """Look at every row that is not kept."""
    wanted = np.setdiff1d(np.asarray(store.ids(), dtype=np.int64), cache.rows())
    judged = cache.meta("judged") == "yes"
    rows: list[tuple[int, bytes]] = []
    found: list[Finding] = []
    written = time.monotonic()

    def keep() -> None:
        nonlocal written
        with cache.writing():
            cache.add(rows, found, dirty=judged)
        rows.clear()
        found.clear()
        written = time.monotonic()

    try:
        for start in range(0, len(wanted), _BATCH):
            told.progress(start, len(wanted))
            for number, row in enumerate(_read(store, wanted[start : start + _BATCH])):
                if number % _BREATHE_EVERY == 0:
                    told.check()
                    if told.breathe_s:
                        time.sleep(told.breathe_s)
                more, keys = running.look(row)
                found += more
                rows.append((row.id, np.asarray(keys, dtype="<i8").tobytes()))
            if time.monotonic() - written > _KEEP_S:
                keep()
    finally:
        if rows:
            keep()
    told.progress(len(wanted), len(wanted))


def _read(store: DatasetStore, ids: Ids) -> list[Row]:
    with store._reading():
        places = store._live.order.positions(ids.tolist())
        there = [int(row) for row, place in zip(ids, places, strict=True) if place >= 0]
        return read_rows(store._connection, there, store._live.columns)


def _compare(store: DatasetStore, cache: Cache, running: Running, told: Told) -> None:
    """Compare rows by their keys: all of them the first time, later those that the changed ones are linked to."""
    judged = cache.meta("judged") == "yes"
    if judged and not cache.connection.execute("SELECT 1 FROM dirty LIMIT 1").fetchone():
        return
    ids, keys = cache.keys(running.width)
    dirty = cache.dirty(running.width) if judged else None
    read = reader(store, running)
    results: list[tuple[str, Ids | None, list[Finding]]] = []
    for check, columns in running.sets:
        told.check()
        if dirty is None or len(dirty) > _MANY or check.scope == "all":
            results.append((check.id, None, list(running.judge(check, ids, keys[:, columns], read))))
            continue
        mine = keys[:, columns]
        links = mine[:, check.linked]
        start = np.zeros(len(ids), dtype=bool)
        for column in range(links.shape[1]):
            wanted = np.unique(dirty[:, columns][:, check.linked][:, column])
            start |= np.isin(links[:, column], wanted[wanted != 0])
        group = reach(links, np.flatnonzero(start))
        results.append((check.id, ids[group], list(running.judge(check, ids[group], mine[group], read))))
    with cache.writing():
        for kind, group_ids, found in results:
            if group_ids is None:
                cache.connection.execute("DELETE FROM found WHERE kind = ? AND compared", (kind,))
            else:
                cache.connection.executemany(
                    "DELETE FROM found WHERE kind = ? AND row = ? AND compared", [(kind, int(i)) for i in group_ids]
                )
            cache.add_found(found, compared=True)
        cache.connection.execute("DELETE FROM dirty")
        cache.set_meta(judged="yes")
