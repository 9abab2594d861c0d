"""The file of a data set: its tables, how it is opened, and how an older one is brought up to date.

Journal mode is DELETE, on purpose, not WAL: between two edits the .sqlite file alone is whole, so that a project can
be copied, zipped and synchronised (OneDrive) at any time and lie on a network drive; a WAL would hold the newest edits
in a second file that copies forget. Readers in other processes read a page at a time and wait for a writer, and the
writer for them, a few milliseconds. `synchronous=FULL`: when an edit returns, it is on the disk.
"""

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from services.datasets.errors import DatasetError
from services.i18n import N_

SCHEMA = 2
APPLICATION_ID = 0x54756E65  # "Tune"
BUSY_S = 10.0
MAX_COLUMNS = 1900  # SQLite's limit is 2000 a table

_TABLES = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE rows (id INTEGER PRIMARY KEY AUTOINCREMENT, shape TEXT, c0);
CREATE INDEX marked ON rows (c0) WHERE c0 IS NOT NULL;
CREATE TABLE ordering (block INTEGER PRIMARY KEY, ids BLOB NOT NULL);
CREATE TABLE revisions (id INTEGER PRIMARY KEY AUTOINCREMENT, parent INTEGER, label TEXT NOT NULL, time REAL NOT NULL);
CREATE TABLE changes (
  revision INTEGER NOT NULL, seq INTEGER NOT NULL, kind TEXT NOT NULL,
  row INTEGER, column INTEGER, at INTEGER, old, new,
  PRIMARY KEY (revision, seq)
) WITHOUT ROWID;
CREATE TABLE versions (name TEXT PRIMARY KEY, revision INTEGER NOT NULL, time REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE repairs (
  id INTEGER PRIMARY KEY, source TEXT NOT NULL, line INTEGER, place INTEGER, after INTEGER,
  finding TEXT NOT NULL, text BLOB NOT NULL, revision INTEGER
);
"""
# rows: every row that some revision has, in columns c1, c2, ...; `ordering` says which of them are current, and where.
# c0: star and tags of a row (see marks.py), no column of the data.
# facts: columns, mapping, next_column, current (revision), tip (the revision that redo leads to), source.

Migration = Callable[[sqlite3.Connection], None]


def _add_marks(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE rows ADD COLUMN c0")
    connection.execute("CREATE INDEX marked ON rows (c0) WHERE c0 IS NOT NULL")


MIGRATIONS: dict[int, Migration] = {1: _add_marks}
"""Schema number -> what brings a file of that schema to the next one."""


def make(path: Path) -> sqlite3.Connection:
    """A new, empty file with the tables in it. FileExistsError if there is one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.open("xb").close()
    connection = _connect(path)
    connection.execute("PRAGMA page_size = 4096")  # larger ones make an edit of many rows rewrite more of the file
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute("PRAGMA journal_mode = DELETE")
    with transaction(connection):
        for statement in _TABLES.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA}")
    return connection


def open_file(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """Open a file that `make` made, migrating an older one after a backup.

    DatasetError if it is missing, no data set, damaged, newer than this program, or older and read_only.
    """
    if not path.is_file():
        raise DatasetError(
            N_("There is no data set at {path}."),
            way_out=N_("It may have been moved or renamed; add the file again, or choose another."),
            path=str(path),
        )
    with plain_errors(path):
        connection = _connect(path)
    try:
        with plain_errors(path):
            _check(connection, path, read_only=read_only)
            if read_only:
                # not mode=ro: after a crash even a reader must be able to roll a half-written edit back
                connection.execute("PRAGMA query_only = ON")
            else:
                connection.execute("PRAGMA journal_mode = DELETE")
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION_ID:
        raise DatasetError(
            N_("{path} is not a Tunesmith data set."),
            way_out=N_("Import the file that the rows came from."),
            path=str(path),
        )
    if version > SCHEMA:
        raise DatasetError(
            N_("{path} was written by a newer Tunesmith; nothing in it was touched."),
            way_out=N_("Update Tunesmith to open it."),
            path=str(path),
        )
    if version == SCHEMA:
        return
    if read_only:
        raise DatasetError(
            N_("{path} was written by an older Tunesmith and must be brought up to date first."),
            way_out=N_("Open it for editing once; a backup is kept beside it."),
            path=str(path),
        )
    _back_up(connection, path.with_name(f"{path.name}.schema-{version}.bak"))
    with transaction(connection):
        for step in range(version, SCHEMA):
            MIGRATIONS[step](connection)
            connection.execute(f"PRAGMA user_version = {step + 1}")


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    part = target.with_name(target.name + ".part")
    part.unlink(missing_ok=True)
    copy = sqlite3.connect(part)
    try:
        connection.backup(copy)
    finally:
        copy.close()
    part.replace(target)


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA cache_size = -65536")  # 64 MiB at most, taken as needed
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """All or nothing. kind DEFERRED for reading one consistent state."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@contextlib.contextmanager
def plain_errors(path: Path) -> Iterator[None]:
    """Say SQLite's errors as sentences."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        raise _plain(error, path) from error


def _plain(error: sqlite3.DatabaseError, path: Path) -> DatasetError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return DatasetError(
            N_("{path} is being used by another program; nothing was changed."),
            way_out=N_("Wait for it to finish, or close it, and try again."),
            path=str(path),
        )
    if code == sqlite3.SQLITE_FULL:
        return DatasetError(
            N_("The drive of {path} is full; nothing was changed."),
            way_out=N_("Free some space and try again."),
            path=str(path),
        )
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return DatasetError(
            N_("{path} is damaged or no data set: {reason}"),
            way_out=N_("Take it from a backup, or add the file that the rows came from again."),
            path=str(path),
            reason=str(error),
        )
    return DatasetError(
        N_("{path} cannot be read or written: {reason}"),
        way_out=N_("Check that the drive is there and that you may write to the folder."),
        path=str(path),
        reason=str(error),
    )
