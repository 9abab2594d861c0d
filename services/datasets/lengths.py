"""How many tokens each row has under a model and template: counted once, kept in a file beside the data set.

    support.sqlite.lengths

The file may be deleted at any time. A `key` says for what it was counted (tokenizer, template, options, meaning of the
columns); a row is counted again only when its cells are others.
"""

import contextlib
import hashlib
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from services.datasets.order import Ids
from services.datasets.readstore import ReadStore

_SCHEMA = 1
_KEPT_KEYS = 4  # models and templates whose counts are kept; those not used for longest go
_BUSY_S = 5.0
_FETCHED = 20_000
_TABLES = """
CREATE TABLE counts (number INTEGER PRIMARY KEY, key TEXT UNIQUE, born REAL, revision INTEGER, used REAL);
CREATE TABLE lengths (
  number INTEGER, row INTEGER, digest BLOB, total INTEGER, trained INTEGER, longest INTEGER, needed INTEGER,
  PRIMARY KEY (number, row)
) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class RowLength:
    """A row's tokens before anything is cut. total: of all its sequences (a preference pair has two); trained: those
    that the loss sees; longest: of its longest sequence; needed: the shortest cutoff_len that takes nothing of it. All
    0 for a row that the stage cannot train.
    """

    total: int
    trained: int
    longest: int
    needed: int


NOTHING = RowLength(0, 0, 0, 0)


@dataclass(frozen=True)
class LengthTable(Mapping[int, int]):
    """Lengths of many rows, as columns. ids: (rows,) ascending; the others (rows,) as in RowLength.

    As a mapping: row id -> tokens of its longest sequence, as the grid shows it.
    """

    ids: Ids
    total: NDArray[np.int64]
    trained: NDArray[np.int64]
    longest: NDArray[np.int64]
    needed: NDArray[np.int64]

    @classmethod
    def of(cls, lengths: Mapping[int, RowLength]) -> "LengthTable":
        """The same of a dict."""
        rows = sorted(lengths)
        return cls.from_rows([(i, *_numbers(lengths[i])) for i in rows])

    @classmethod
    def from_rows(cls, rows: list[tuple[int, int, int, int, int]]) -> "LengthTable":
        """rows: (id, total, trained, longest, needed), ascending by id."""
        found = np.array(rows, dtype=np.int64).reshape(-1, 5)
        return cls(*(np.ascontiguousarray(found[:, at]) for at in range(5)))

    def __len__(self) -> int:
        return len(self.ids)

    def __iter__(self) -> Iterator[int]:
        return iter(self.ids.tolist())

    def __getitem__(self, row_id: int) -> int:
        return int(self.longest[self._place(row_id)])

    def many(self, ids: Ids) -> NDArray[np.float64]:
        """(n,) tokens of rows as the mapping has them, NaN for one that is not counted: a million in a moment."""
        if not len(self.ids):
            return np.full(len(ids), np.nan)
        at = np.minimum(np.searchsorted(self.ids, ids), len(self.ids) - 1)
        return np.where(self.ids[at] == ids, self.longest[at].astype(np.float64), np.nan)

    def row(self, row_id: int) -> RowLength:
        """All of a row. KeyError if it is not counted."""
        at = self._place(row_id)
        return RowLength(int(self.total[at]), int(self.trained[at]), int(self.longest[at]), int(self.needed[at]))

    def among(self, ids: Ids) -> "LengthTable":
        """Those of these rows that are counted; ids in any order."""
        keep = np.isin(self.ids, ids)
        columns = (self.ids, self.total, self.trained, self.longest, self.needed)
        return LengthTable(*(column[keep] for column in columns))

    def _place(self, row_id: int) -> int:
        at = int(np.searchsorted(self.ids, row_id))
        if at >= len(self.ids) or self.ids[at] != row_id:
            raise KeyError(row_id)
        return at


def lengths_path(dataset_path: Path) -> Path:
    """The file of a data set's counts; it need not exist."""
    return dataset_path.with_name(dataset_path.name + ".lengths")


def digest_of(values: Mapping[str, Any]) -> bytes:
    """8 bytes that tell a row's cells from others."""
    return hashlib.blake2b(repr(values).encode("utf-8", "surrogatepass"), digest_size=8).digest()


class LengthStore:
    """The counts of one data set. A connection of its own; use it in one thread."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    def open(cls, dataset_path: Path) -> Self:
        """Open, or make, the counts beside a data set. Damaged ones are begun anew; where nothing may be written they
        are kept in memory alone."""
        path = lengths_path(dataset_path)
        try:
            return cls(_connect(path))
        except sqlite3.DatabaseError:
            try:
                path.unlink(missing_ok=True)
                return cls(_connect(path))
            except (sqlite3.DatabaseError, OSError):
                return cls(_connect(None))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- reading --------------------------------------------------------------------------------------------------

    def table(self, key: str) -> LengthTable:
        """All that is counted for a key, rows that are gone included."""
        found = self._connection.execute(
            "SELECT row, total, trained, longest, needed FROM lengths WHERE number = ? ORDER BY row",
            (self._number(key),),
        )
        parts = []  # a million rows as tuples at once would take 200 MB
        while some := found.fetchmany(_FETCHED):
            parts.append(np.array(some, dtype=np.int64))
        whole = np.concatenate(parts) if parts else np.empty((0, 5), dtype=np.int64)
        return LengthTable(*(np.ascontiguousarray(whole[:, at]) for at in range(5)))

    def lengths(self, key: str) -> dict[int, RowLength]:
        """The same as a dict, row id -> RowLength."""
        table = self.table(key)
        columns = (table.total, table.trained, table.longest, table.needed)
        parts = zip(table.ids.tolist(), *(column.tolist() for column in columns), strict=True)
        return {i: RowLength(*numbers) for i, *numbers in parts}

    def missing(self, key: str, store: ReadStore) -> Ids:
        """(n,) ids of the rows to be looked at: not counted yet, or perhaps edited since; in the set's order."""
        order = store.all_ids()
        found = self._connection.execute("SELECT number, born, revision FROM counts WHERE key = ?", (key,)).fetchone()
        if found is None or found[1] != store.born():
            return order
        touched = store.touched_since(found[2])
        if touched is None:
            return order
        counted = self._connection.execute("SELECT row FROM lengths WHERE number = ?", (found[0],))
        known = np.fromiter((row for (row,) in counted), dtype=np.int64)
        fresh = np.isin(order, known, invert=True)
        return order[fresh | np.isin(order, np.array(sorted(touched), dtype=np.int64))] if touched else order[fresh]

    def digests(self, key: str, ids: Iterable[int]) -> dict[int, bytes]:
        """What told the cells of these rows when they were counted, row id -> digest."""
        number, wanted = self._number(key), list(ids)
        found: dict[int, bytes] = {}
        for start in range(0, len(wanted), 500):
            part = wanted[start : start + 500]
            marks = ",".join("?" * len(part))
            found.update(
                self._connection.execute(
                    f"SELECT row, digest FROM lengths WHERE number = ? AND row IN ({marks})", (number, *part)
                )
            )
        return found

    # --- writing --------------------------------------------------------------------------------------------------

    def begin(self, key: str, store: ReadStore) -> None:
        """Counting begins: what is kept from now on holds for this revision or a later one."""
        with self._connection:
            born = store.born()
            known = self._connection.execute("SELECT born FROM counts WHERE key = ?", (key,)).fetchone()
            if known is not None and known[0] != born:  # another data set had this name
                self._forget(self._number(key))
                known = None
            if known is None:
                self._connection.execute(
                    "INSERT INTO counts (key, born, revision, used) VALUES (?, ?, ?, ?)",
                    (key, born, store.revision, time.time()),
                )
            else:
                self._connection.execute("UPDATE counts SET used = ? WHERE key = ?", (time.time(), key))
            old = self._connection.execute(f"SELECT number FROM counts ORDER BY used DESC LIMIT -1 OFFSET {_KEPT_KEYS}")
            for (number,) in old.fetchall():
                self._forget(number)

    def keep(self, key: str, counted: Iterable[tuple[int, bytes, RowLength]]) -> None:
        """Keep rows: (id, digest of its cells, length)."""
        number = self._number(key)
        with self._connection:
            self._connection.executemany(
                "INSERT OR REPLACE INTO lengths VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(number, row, digest, *_numbers(length)) for row, digest, length in counted],
            )

    def settle(self, key: str, revision: int) -> None:
        """Every row was looked at as it is at this revision: only what is edited later is missing."""
        with self._connection:
            self._connection.execute("UPDATE counts SET revision = ? WHERE key = ?", (revision, key))

    def _number(self, key: str) -> int:
        found = self._connection.execute("SELECT number FROM counts WHERE key = ?", (key,)).fetchone()
        return int(found[0]) if found else -1

    def _forget(self, number: int) -> None:
        self._connection.execute("DELETE FROM lengths WHERE number = ?", (number,))
        self._connection.execute("DELETE FROM counts WHERE number = ?", (number,))


def _numbers(length: RowLength) -> tuple[int, int, int, int]:
    return length.total, length.trained, length.longest, length.needed


def _connect(path: Path | None) -> sqlite3.Connection:
    connection = sqlite3.connect(path if path is not None else ":memory:", timeout=_BUSY_S)
    try:
        connection.execute("PRAGMA journal_mode = MEMORY")
        connection.execute("PRAGMA synchronous = OFF")  # what is lost is counted again
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            with contextlib.suppress(sqlite3.OperationalError):  # another process made them a moment ago
                connection.executescript(f"BEGIN;{_TABLES}PRAGMA user_version = {_SCHEMA};COMMIT;")
        elif version != _SCHEMA:
            raise sqlite3.DatabaseError("counts of another Tunesmith")
        connection.execute("SELECT 1 FROM counts LIMIT 1")
    except BaseException:
        connection.close()
        raise
    return connection
