"""Reading all rows of a set in batches, in their order, by two connections, without keeping anyone waiting.

Each batch is one short reading of some hundred rows (about half a megabyte): an edit gets in between two of
them, and the window's thread gets Python's lock. What is edited meanwhile is seen or not, row by row.
"""

import contextlib
import itertools
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from services.datasets import schema
from services.datasets.order import Ids
from services.datasets.query.cells import Cells, Flags, beginning_sql, joined_sql, length_sql

T = TypeVar("T")
BATCH_BYTES = 1 << 19
MOST_ROWS, FEWEST_ROWS = 800, 8
AT_ONCE = 4  # batches in one task of a thread
THREADS = 2
ALONE = 4000  # sets of fewer rows are read without further threads
LARGEST = 1 << 25  # bytes a joined column may have; above, the batch is halved


class Stopped(Exception):
    """Raised within a batch that takes long, when a search is to end."""


class RowsGone(Exception):
    """Rows that were in the order are no longer in the table: they were undone, and another edit took their place."""


class Batch:
    """Some rows. ids: (n,) ascending, those that were wanted and are there. `flags` of a filter are (n,) too."""

    def __init__(self, connection: sqlite3.Connection, wanted: Ids) -> None:
        self._connection = connection
        wanted = np.sort(wanted)
        span = int(wanted[-1] - wanted[0]) + 1
        self.where = "id BETWEEN ? AND ?"
        self._arguments: tuple[int, ...] = (int(wanted[0]), int(wanted[-1]))
        if span > 4 * len(wanted):
            self.where = f"id IN ({','.join('?' * len(wanted))})"
            self._arguments = tuple(wanted.tolist())
        self._wanted = wanted
        self._here: Ids | None = None
        self._pick: Flags | None = None
        self._cells: dict[int, Cells] = {}
        self._full = span == len(wanted)

    @property
    def ids(self) -> Ids:
        """(n,) row ids."""
        return self._members()[0]

    def _members(self) -> tuple[Ids, Flags | None]:
        """The ids of this batch, and which of the rows that SQLite reads they are (None: all)."""
        if self._here is None and self._full:
            self._here = self._wanted  # a row is only ever taken out of the table when no revision has it
        if self._here is None:
            found = self._connection.execute(f"SELECT id FROM rows WHERE {self.where} ORDER BY id", self._arguments)
            read = np.fromiter((row[0] for row in found), dtype=np.int64)
            pick = np.isin(read, self._wanted, assume_unique=True)
            self._here, self._pick = (read, None) if bool(pick.all()) else (read[pick], pick)
        return self._here, self._pick

    def want(self, columns: Sequence[int]) -> None:
        """Read these columns at once, so that `cells` has them."""
        missing = [column for column in columns if column not in self._cells]
        if missing:
            self._read(missing)

    def cells(self, column: int) -> Cells:
        """A column of these rows."""
        self.want([column])
        return self._cells[column]

    def sql(self, condition: str, arguments: Sequence[object] = ()) -> Flags:
        """For which rows an SQL condition holds."""
        found = self._connection.execute(
            f"SELECT id FROM rows WHERE {self.where} AND ({condition})", [*self._arguments, *arguments]
        )
        hits = np.array([row[0] for row in found], dtype=np.int64)
        if not self._full:
            return np.isin(self.ids, hits, assume_unique=True)
        out = np.zeros(len(self.ids), dtype=np.bool_)
        out[hits - self._arguments[0]] = True
        return out

    def lengths(self, column: int) -> Ids:
        """(n,) characters of a column's cells as text."""
        (joined,) = self._connection.execute(
            f"SELECT group_concat({length_sql(column)}) FROM rows WHERE {self.where}", self._arguments
        ).fetchone()
        found = np.array((joined or "").split(",") if joined else [], dtype=np.int64)
        _, pick = self._members()
        found = found if pick is None else found[pick]
        if len(found) and found.min() < 0:
            cells = self.cells(column)
            for i in np.flatnonzero(found < 0):
                found[i] = len(cells.shown(int(i)))
        return found

    def fetch(self, what: str) -> list[tuple[int, Any]]:
        """(id, value of an SQL expression) of each row, as SQLite gives it, in the order of `ids`."""
        found = self._connection.execute(f"SELECT id, {what} FROM rows WHERE {self.where} ORDER BY id", self._arguments)
        records = found.fetchall()
        _, pick = self._members()
        return records if pick is None else [record for record, wanted in zip(records, pick, strict=True) if wanted]

    def beginnings(self, column: int, size: int) -> Cells:
        """A column of these rows, of each text only the first bytes (in UTF-8, cut anywhere)."""
        return self._joined([beginning_sql(column, size)])[0]

    def _read(self, columns: list[int]) -> None:
        self._cells.update(zip(columns, self._joined([joined_sql(column) for column in columns]), strict=True))

    def _joined(self, sums: list[str]) -> list[Cells]:
        count, *buffers = self._connection.execute(
            f"SELECT count(*), {', '.join(sums)} FROM rows WHERE {self.where}", self._arguments
        ).fetchone()
        if self._full and count != len(self._wanted):
            raise RowsGone
        _, pick = self._members()
        cells = [Cells(buffer or b"", count) for buffer in buffers]
        return cells if pick is None else [_picked(each, pick) for each in cells]


def _picked(cells: Cells, pick: Flags) -> Cells:
    places = np.flatnonzero(pick)
    return Cells(b"\xff".join(cells.raw(int(i)) for i in places), len(places))


class Scan:
    """Reads the rows of a file. rows: how many it has, by which the size of a batch is chosen."""

    def __init__(self, path: Path, rows: int, threads: int | None = None) -> None:
        self._path = path
        self._threads = threads if threads is not None else THREADS if rows > ALONE else 0
        average = path.stat().st_size / max(1, rows)
        self.step = int(min(MOST_ROWS, max(FEWEST_ROWS, BATCH_BYTES / max(1.0, average))))
        self._mine = threading.local()
        self._open: list[sqlite3.Connection] = []

    def run(self, ids: Ids, work: Callable[[Batch], T], stop: threading.Event | None = None) -> Iterator[T]:
        """What work gives for each batch of these rows, in their order. Ends early when stop is set."""
        tasks = (ids[start : start + self.step * AT_ONCE] for start in range(0, len(ids), self.step * AT_ONCE))

        def task(part: Ids) -> list[T]:
            connection = self._connection()
            out: list[T] = []
            for start in range(0, len(part), self.step):
                if stop is not None and stop.is_set():
                    break
                out.extend(_halving(connection, part[start : start + self.step], work))
            return out

        try:
            with contextlib.suppress(Stopped), schema.plain_errors(self._path):
                yield from _in_order(tasks, task, self._threads, stop)
        finally:
            for connection in self._open:
                connection.close()
            self._open.clear()
            self._mine = threading.local()

    def _connection(self) -> sqlite3.Connection:
        if not hasattr(self._mine, "connection"):
            made = schema.open_file(self._path, read_only=True)
            made.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
            self._open.append(made)
            self._mine.connection = made
        return self._mine.connection


def _in_order(
    tasks: Iterator[Ids], task: Callable[[Ids], list[T]], threads: int, stop: threading.Event | None
) -> Iterator[T]:
    def going() -> bool:
        return stop is None or not stop.is_set()

    if not threads:
        for part in tasks:
            if not going():
                return
            yield from task(part)
        return
    with ThreadPoolExecutor(threads, thread_name_prefix="query") as pool:
        ahead: deque[Future[list[T]]] = deque(pool.submit(task, part) for part in itertools.islice(tasks, threads + 2))
        try:
            while ahead and going():
                done = ahead.popleft().result()
                for part in itertools.islice(tasks, 1):
                    ahead.append(pool.submit(task, part))
                yield from done
        finally:
            for waiting in ahead:
                waiting.cancel()


def _halving(connection: sqlite3.Connection, ids: Ids, work: Callable[[Batch], T]) -> Iterator[T]:
    """Work on a batch, or on its halves where its cells are too large to be joined."""
    try:
        result = work(Batch(connection, ids))
    except RowsGone:
        there = connection.execute("SELECT id FROM rows WHERE id BETWEEN ? AND ?", (int(ids.min()), int(ids.max())))
        left = ids[np.isin(ids, np.array([row[0] for row in there], dtype=np.int64))]
        if len(left):
            yield from _halving(connection, left, work)
        return
    except sqlite3.DataError:
        if len(ids) == 1:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 1_000_000_000)
            try:
                yield work(Batch(connection, ids))
            finally:
                connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
            return
        middle = len(ids) // 2
        yield from _halving(connection, ids[:middle], work)
        yield from _halving(connection, ids[middle:], work)
        return
    yield result
