"""The file in which findings are kept: `NAME.sqlite.findings` beside the data set. It may be deleted at any time.

meta: fingerprint (of checks and settings), stamp (which data set), revision (rows that are in are at least so new),
judged (whether rows were compared since). rows: those that were looked at, each with its keys. found: the findings.
dirty: keys of rows that changed since rows were compared.
"""

import contextlib
import json
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from services.datasets.conversation import Problem
from services.datasets.errors import DatasetError
from services.datasets.lint import Finding, Ids, Keys
from services.i18n import N_

_FORMAT = 1
_TABLES = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rows (row INTEGER PRIMARY KEY, keys BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS dirty (keys BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS found (
  kind TEXT NOT NULL, row INTEGER, compared INTEGER NOT NULL, blocks INTEGER NOT NULL, sure TEXT NOT NULL,
  mends INTEGER NOT NULL, mark TEXT NOT NULL, data TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS found_row ON found (row);
CREATE INDEX IF NOT EXISTS found_kind ON found (kind, row);
"""
# found.compared: the finding comes from comparing rows, and goes when they are compared again.


def cache_path(dataset: Path) -> Path:
    """The file of a data set's findings."""
    return dataset.with_name(f"{dataset.name}.findings")


class Cache:
    """The open file. One that is damaged or of another form is made anew; where none can be written it is in memory."""

    def __init__(self, dataset: Path) -> None:
        self.path = cache_path(dataset)
        try:
            self.connection = self._open()
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise _not_kept(self.path, error) from error
            try:
                self.path.unlink(missing_ok=True)
                self.connection = self._open()
            except (sqlite3.Error, OSError):
                self.connection = self._open(":memory:")

    def _open(self, place: str = "") -> sqlite3.Connection:
        connection = sqlite3.connect(place or self.path, timeout=10, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA synchronous = OFF")  # a cache: what is lost is looked for again
            made = connection.execute("PRAGMA user_version").fetchone()[0]
            if made not in (0, _FORMAT):
                raise sqlite3.DatabaseError
            if not made:
                connection.executescript(_TABLES)
                connection.execute(f"PRAGMA user_version = {_FORMAT}")
        except BaseException:
            connection.close()
            raise
        return connection

    def close(self) -> None:
        """Close it. Harmless twice."""
        self.connection.close()

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing. DatasetError if it cannot be written."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise _not_kept(self.path, error) from error
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self.connection.execute("ROLLBACK")
            raise

    def meta(self, name: str) -> str:
        """A fact about what is kept, "" if there is none."""
        found = self.connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
        return str(found[0]) if found else ""

    def set_meta(self, **values: str) -> None:
        """Write facts."""
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", list(values.items()))

    def clear(self) -> None:
        """Forget everything."""
        for table in ("meta", "rows", "dirty", "found"):
            self.connection.execute(f"DELETE FROM {table}")

    def drop(self, rows: Iterable[int]) -> None:
        """Forget rows and their findings; their keys are remembered as those of rows that changed."""
        wanted = [(row,) for row in rows]
        self.connection.executemany("INSERT INTO dirty SELECT keys FROM rows WHERE row = ?", wanted)
        self.connection.executemany("DELETE FROM rows WHERE row = ?", wanted)
        self.connection.executemany("DELETE FROM found WHERE row = ?", wanted)

    def add(self, rows: list[tuple[int, bytes]], found: list[Finding], *, dirty: bool) -> None:
        """Keep rows that were looked at, and what was found. dirty: rows were compared before."""
        self.connection.executemany("INSERT OR REPLACE INTO rows VALUES (?, ?)", rows)
        self.connection.executemany("DELETE FROM found WHERE row = ? AND NOT compared", [(row,) for row, _ in rows])
        if dirty:
            self.connection.executemany("INSERT INTO dirty VALUES (?)", [(keys,) for _, keys in rows])
        self.add_found(found, compared=False)

    def add_found(self, found: Iterable[Finding], *, compared: bool) -> None:
        """Keep findings."""
        self.connection.executemany(
            "INSERT INTO found VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (packed(finding, compared) for finding in found)
        )

    def rows(self) -> Ids:
        """Ids of the rows that were looked at, ascending."""
        return np.fromiter((r[0] for r in self.connection.execute("SELECT row FROM rows ORDER BY row")), dtype=np.int64)

    def keys(self, width: int) -> tuple[Ids, Keys]:
        """Ids, ascending, and (n, width) keys of all rows that were looked at."""
        ids: list[int] = []
        parts = bytearray()
        for row, blob in self.connection.execute("SELECT row, keys FROM rows ORDER BY row"):
            ids.append(row)
            parts += blob
        return np.asarray(ids, dtype=np.int64), np.frombuffer(bytes(parts), dtype="<i8").reshape(len(ids), width)

    def dirty(self, width: int) -> Keys:
        """(m, width) keys of rows that changed since rows were compared, old and new ones."""
        blobs = [row[0] for row in self.connection.execute("SELECT keys FROM dirty")]
        return np.frombuffer(b"".join(blobs), dtype="<i8").reshape(len(blobs), width)


def _not_kept(path: Path, error: sqlite3.Error) -> DatasetError:
    return DatasetError(
        N_("Findings cannot be kept in {path}: {reason}"),
        way_out=N_("Free some space, or delete the file; it is made anew."),
        path=str(path),
        reason=str(error),
    )


def packed(finding: Finding, compared: bool) -> tuple[str, int | None, int, int, str, int, str, str]:
    """A finding as a record of the table."""
    problem = finding.problem
    data = json.dumps(
        [problem.sentence, problem.way_out, problem.values, problem.column, problem.other],
        ensure_ascii=True,
        default=str,
    )
    mark = f"{finding.row_id or 0}-{zlib.crc32(data.encode('ascii')):08x}"
    mends = int(finding.fix is not None)
    return finding.check, finding.row_id, int(compared), int(problem.blocks), problem.sure, mends, mark, data


def unpacked(kind: str, blocks: int, sure: str, data: str) -> Problem:
    """The problem of a record."""
    sentence, way_out, values, column, other = json.loads(data)
    return Problem(kind, sentence, way_out, values, column, bool(blocks), sure, other)  # type: ignore[arg-type]
