"""Filling a new data set: in a file beside, which takes its place when all rows are in. Nothing half made is seen."""

import contextlib
import errno
import json
import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from services import files
from services.datasets import schema
from services.datasets.changes import Column
from services.datasets.columns import add_columns
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.order import Order
from services.datasets.readers import Block
from services.datasets.rows import insert_block, insert_rows, read_rows
from services.datasets.storefile import lock_path
from services.datasets.view import Live
from services.i18n import N_
from services.locks import FileLock


def _clear_killed(path: Path) -> None:
    """Remove what imports that were killed left beside this set, its own included (whose lock we hold)."""
    own = path.with_name(f".{path.name}.part")
    own.unlink(missing_ok=True)
    for part in path.parent.glob(".*.part"):
        lock = FileLock(lock_path(part.with_name(part.name[1 : -len(".part")])))
        if part != own and lock.try_acquire():
            part.unlink(missing_ok=True)
            lock.release()


@contextlib.contextmanager
def _writable(path: Path) -> Iterator[None]:
    """Say what the system refuses as a sentence."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))
        raise DatasetError(
            N_("The drive of {path} is full; nothing was changed.") if full else N_("{path} cannot be made: {reason}"),
            way_out=N_("Free some space and try again.") if full
            else N_("Check that the drive is there and that you may write to the folder."),
            path=str(path),
            reason=error.strerror or str(error),
        ) from error  # fmt: skip


class Builder:
    """Makes the data set `path`: `add` rows, then `finish`. Leaving the block without finishing leaves no trace.

    DatasetError if path exists or the drive is full.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise DatasetError(
                N_("There is already a data set called {name}."),
                way_out=N_("Choose another name."),
                name=path.stem,
            )
        self.path = path
        self.count = 0
        self._part = path.with_name(f".{path.name}.part")
        self._lock = FileLock(lock_path(path))
        with _writable(path):
            free = self._lock.try_acquire()
        if not free:
            raise DatasetError(
                N_("A data set called {name} is being made elsewhere."), way_out=N_("Wait for it."), name=path.stem
            )
        try:
            with _writable(path), schema.plain_errors(path):
                _clear_killed(path)
                self._connection = schema.make(self._part)
                self._connection.execute("PRAGMA journal_mode = OFF")  # a failure throws the whole file away
                self._connection.execute("PRAGMA synchronous = OFF")  # one fsync at the end
                self._connection.execute("PRAGMA cache_size = -16384")  # rows are only appended
                self._connection.execute("BEGIN")
                facts = {"columns": "[]", "mapping": "{}", "next_column": 1, "current": 0, "tip": 0}
                self._connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
                self._live = Live(self._connection)
        except BaseException:
            self._lock.release()
            raise

    @property
    def columns(self) -> list[str]:
        """Columns so far."""
        return [c.name for c in self._live.columns]

    def numbers(self) -> dict[str, int]:
        """Number of each column by name: column 3 is c3 in the table of rows."""
        return {c.name: c.id for c in self._live.columns}

    def add_columns(self, names: Sequence[str]) -> None:
        """Have these columns even if no row has them."""
        with schema.plain_errors(self.path):
            add_columns(self._connection, self._live, names)

    def add(self, records: Sequence[AnyMapping[str, Any]]) -> int:
        """Append rows. Returns the id of the last row so far."""
        with schema.plain_errors(self.path):
            add_columns(self._connection, self._live, dict.fromkeys(key for row in records for key in row))
            insert_rows(self._connection, {c.name: c.id for c in self._live.columns}, records)
        self.count += len(records)
        return self.count

    def take_columns(self, columns: Sequence[Column]) -> None:
        """Have the columns of another set, numbers and all, so that its cells fit."""
        with schema.plain_errors(self.path):
            known = {row[1] for row in self._connection.execute("PRAGMA table_info(rows)")}
            for column in columns:
                if f"c{column.id}" not in known:
                    self._connection.execute(f"ALTER TABLE rows ADD COLUMN c{column.id}")
            self._live.set_columns(list(columns))
            self._live.set_fact("next_column", 1 + max((c.id for c in columns), default=0))

    def add_kept(self, names: Sequence[str], cells: Sequence[tuple[Any, ...]]) -> int:
        """Append rows as the table keeps them. names: of its columns; c0, the marks, is made if it is not there.

        Returns the id of the last row so far.
        """
        with schema.plain_errors(self.path):
            marks = ", ".join("?" * len(names))
            if "c0" in names and not any(r[1] == "c0" for r in self._connection.execute("PRAGMA table_info(rows)")):
                self._connection.execute("ALTER TABLE rows ADD COLUMN c0")
            self._connection.executemany(f"INSERT INTO rows ({', '.join(names)}) VALUES ({marks})", cells)
        self.count += len(cells)
        return self.count

    def add_block(self, block: Block) -> int:
        """Append rows of one shape. Returns the id of the last row so far."""
        with schema.plain_errors(self.path):
            add_columns(self._connection, self._live, block.keys)
            insert_block(self._connection, {c.name: c.id for c in self._live.columns}, block.keys, block.cells)
        self.count += len(block.cells)
        return self.count

    def add_repair(self, source: str, line: int, after: int, finding: AnyMapping[str, Any], text: bytes) -> None:
        """Keep the text of a record that could not be read; it stood after the row of id `after` (0: at the start)."""
        with schema.plain_errors(self.path):
            self._connection.execute(
                "INSERT INTO repairs (source, line, after, finding, text) VALUES (?, ?, ?, ?, ?)",
                (source, line, after, json.dumps(finding, ensure_ascii=True), text),
            )

    def rows(self, count: int) -> list[dict[str, Any]]:
        """Values of the first rows, as they came."""
        ids = list(range(1, min(count, self.count) + 1))
        return [row.values for row in read_rows(self._connection, ids, self._live.columns)]

    def finish(self, mapping: Mapping, facts: AnyMapping[str, str]) -> None:
        """Put the set in its place."""
        with schema.plain_errors(self.path):
            order = Order()
            order.put(np.arange(self.count, dtype=np.int64), np.arange(1, self.count + 1, dtype=np.int64))
            order.save(self._connection)
            self._live.set_mapping(mapping.model_dump_json(exclude_defaults=True))
            for name, value in {**facts, "imported": str(time.time())}.items():
                self._live.set_fact(f"note:{name}", value)
            self._connection.execute("COMMIT")
            self._connection.close()
        with _writable(self.path):
            with self._part.open("rb+") as file:
                os.fsync(file.fileno())
            files.replace(self._part, self.path)
            files.sync_dir(self.path.parent)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._connection.close()
        self._part.unlink(missing_ok=True)
        self._lock.release()
