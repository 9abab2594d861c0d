"""The open file of a data set: its lock, its transactions, and the newest state of it in memory."""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from services.datasets import schema
from services.datasets.changes import Log
from services.datasets.diff import ChangedCells
from services.datasets.errors import DatasetError
from services.datasets.view import Live, View
from services.i18n import N_
from services.locks import FileLock


class StoreFile:
    """Opening, closing and transactions; what can be read and edited is in the classes that follow.

    read_only: whether edits are refused, and notice: the sentence that says why ("" if not, or if asked for).
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: FileLock | None, notice: str = "") -> None:
        self.path = path
        self.notice = notice
        self._connection = connection
        self._lock_file = lock
        self._guard = threading.RLock()
        self._log = Log(connection)
        self._live = Live(connection)
        self._data_version = self._read_data_version()
        self._others = False
        self._changed: ChangedCells | None = None
        self._view: tuple[int, View] | None = None

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new, empty data set. DatasetError if the file exists or cannot be made."""
        lock = FileLock(lock_path(path))
        try:
            with schema.plain_errors(path):
                connection = schema.make(path)
                with schema.transaction(connection):
                    facts = {"columns": "[]", "mapping": "{}", "next_column": 1, "current": 0, "tip": 0}
                    connection.executemany("INSERT INTO facts VALUES (?, ?)", facts.items())
            lock.try_acquire()
        except FileExistsError:
            raise DatasetError(
                N_("There is already a data set at {path}."), way_out=N_("Choose another name."), path=str(path)
            ) from None
        except OSError as error:
            raise DatasetError(
                N_("{path} cannot be made: {reason}"),
                way_out=N_("Check that the drive is there and that you may write to the folder."),
                path=str(path),
                reason=error.strerror or str(error),
            ) from error
        return cls(path, connection, lock)

    @classmethod
    def open(cls, path: Path, *, read_only: bool = False) -> Self:
        """Open a data set for editing; read-only if asked for, or if another process is editing it (see `notice`).

        DatasetError if it is missing, damaged, of a newer program, or no data set.
        """
        lock = None if read_only or not path.is_file() else FileLock(lock_path(path))
        notice = ""
        if lock is not None:
            try:
                taken = lock.try_acquire()
            except OSError:  # a folder that may only be read
                taken, notice = False, N_("You may not write to this folder; the data set is opened for reading.")
            if not taken:
                lock = None
                notice = notice or N_("This data set is being edited elsewhere; it is opened for reading here.")
        try:
            return cls(path, schema.open_file(path, read_only=lock is None), lock, notice)
        except BaseException:
            if lock is not None:
                lock.release()
            raise

    def close(self) -> None:
        """Close the file and let the lock go. Harmless twice."""
        with self._guard:
            self._connection.close()
            if self._lock_file is not None:
                self._lock_file.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def read_only(self) -> bool:
        """Whether edits are refused."""
        return self._lock_file is None or not self._lock_file.held

    @contextlib.contextmanager
    def _reading(self) -> Iterator[None]:
        with self._guard, schema.plain_errors(self.path):
            if self._connection.in_transaction:
                yield
                return
            with schema.transaction(self._connection, "DEFERRED"):
                self._catch_up()
                yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        if self.read_only:
            raise DatasetError(
                self.notice or N_("This data set is opened for reading."),
                way_out=N_("Close it elsewhere and open it again to edit it."),
            )
        with self._guard, schema.plain_errors(self.path):
            try:
                with schema.transaction(self._connection):
                    self._catch_up()
                    yield
                    self._live.save()
            except BaseException:
                self._live = Live(self._connection)  # what is in memory may be half done; the file is not
                self._changed = None
                raise

    def _catch_up(self) -> None:
        version = self._read_data_version()
        if version != self._data_version:
            self._data_version, self._others = version, True
            self._live = Live(self._connection)

    def _read_data_version(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def _places(self, ids: Sequence[int]) -> list[int]:
        """Positions of rows. DatasetError if one is not there."""
        positions = self._live.order.positions(ids)
        if -1 in positions:
            raise DatasetError(
                N_("There is no row {id} any more."),
                way_out=N_("It was deleted; undo brings it back."),
                id=ids[positions.index(-1)],
            )
        return positions


def lock_path(path: Path) -> Path:
    """The file beside a data set on which its writer holds a lock."""
    return path.with_name(path.name + ".lock")
