"""The order of the rows: a list of row ids in blocks, so that any position is found at once.

A million positions as numbers would have to be renumbered at each insert, gaps between them fill up, and OFFSET
walks through all rows before the wanted ones. Instead the ids stand in order in blocks of at most 1,024, one record
of SQLite a block. Position to id is a bisection over the block starts; an insert, a removal or a move rewrites the
blocks it touches (8 KB each). The blocks of a million rows are 8 MB and are read whole when the set is opened.
"""

import sqlite3
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int64]

BLOCK = 1024
_GAP = 1 << 32  # between the keys of neighbouring blocks, so that blocks can be put between
_FEW = 8  # ids that are looked for one by one: quicker than sorting all of them


class Order:
    """Row ids in order. `put` and `take` are each other's inverse; `save` writes what changed."""

    def __init__(self, blocks: list[Ids] | None = None, keys: list[int] | None = None) -> None:
        self._blocks = blocks or []
        self._keys = keys or []
        self._dirty: set[int] = set()
        self._gone: set[int] = set()
        self._starts_cache: Ids | None = None
        self._inverse: tuple[Ids, Ids] | None = None
        self._flat: Ids | None = None

    @classmethod
    def load(cls, connection: sqlite3.Connection) -> "Order":
        """Read all blocks."""
        found = connection.execute("SELECT block, ids FROM ordering ORDER BY block").fetchall()
        return cls([np.frombuffer(ids, dtype="<i8") for _, ids in found], [key for key, _ in found])

    def save(self, connection: sqlite3.Connection) -> None:
        """Write the blocks that changed since the last save."""
        connection.executemany("DELETE FROM ordering WHERE block = ?", [(key,) for key in self._gone])
        connection.executemany(
            "INSERT OR REPLACE INTO ordering VALUES (?, ?)",
            [
                (key, block.astype("<i8").tobytes())
                for key, block in zip(self._keys, self._blocks, strict=True)
                if key in self._dirty
            ],
        )
        self._dirty.clear()
        self._gone.clear()

    def copy(self) -> "Order":
        """An independent copy (blocks are shared until changed)."""
        return Order(list(self._blocks), list(self._keys))

    def __len__(self) -> int:
        return int(self._starts()[-1])

    def __iter__(self) -> Iterator[int]:
        for block in self._blocks:
            yield from block.tolist()

    def array(self) -> Ids:
        """(rows,) all ids in order. Not to be written to."""
        if self._flat is None:
            self._flat = np.concatenate(self._blocks) if self._blocks else np.zeros(0, dtype=np.int64)
            self._flat.flags.writeable = False
        return self._flat

    def places_in(self, ids: Ids) -> Ids | None:
        """(rows,) where each of ids stands now; None unless they are all that are here, each once."""
        places = np.asarray(self.positions(ids), dtype=np.int64)
        seen = np.zeros(len(self), dtype=np.bool_)
        if len(places) != len(self) or (len(places) and places.min() < 0):
            return None
        seen[places] = True
        return places if bool(seen.all()) else None

    def permute(self, places: Ids) -> None:
        """Put the row that stands at places[i] to i, for all rows at once."""
        self._replace(0, len(self._blocks), self.array()[places])

    def slice(self, start: int, count: int) -> list[int]:
        """Ids of the rows at start to start + count, fewer at the end."""
        start, stop = max(0, start), min(max(0, start) + max(0, count), len(self))
        if start >= stop:
            return []
        first, last = self._block_of(start), self._block_of(stop - 1)
        base = int(self._starts()[first])
        joined = np.concatenate(self._blocks[first : last + 1])
        return [int(i) for i in joined[start - base : stop - base]]

    def positions(self, ids: Sequence[int] | Ids) -> list[int]:
        """Position of each id; -1 for one that is not here."""
        if not len(self):
            return [-1] * len(ids)
        if self._inverse is None:
            flat = self.array()
            if len(ids) <= _FEW:
                return [int(found[0]) if len(found := np.flatnonzero(flat == i)) else -1 for i in ids]
            if bool(np.all(flat[1:] > flat[:-1])):  # as imported: the order is the order of the ids
                self._inverse = (flat, np.arange(len(flat), dtype=np.int64))
            else:
                by_id = np.argsort(flat, kind="stable")
                self._inverse = (flat[by_id], by_id.astype(np.int64, copy=False))
        known, places = self._inverse
        wanted = np.asarray(ids, dtype=np.int64)
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        return np.where(known[at] == wanted, places[at], -1).tolist()

    def take(self, positions: Ids) -> None:
        """Remove the rows at these ascending positions."""
        if not len(positions):
            return
        first, last = self._block_of(int(positions[0])), self._block_of(int(positions[-1]))
        base = self._starts()[first]
        self._replace(first, last + 1, np.delete(np.concatenate(self._blocks[first : last + 1]), positions - base))

    def put(self, positions: Ids, ids: Ids) -> None:
        """Insert ids so that they end up at these ascending positions."""
        if not len(positions):
            return
        before = positions - np.arange(len(positions))  # where they go, counted before the insertion
        if not self._blocks:
            self._replace(0, 0, ids.astype(np.int64))
            return
        first, last = self._block_of(int(before[0])), self._block_of(int(before[-1]))
        base = self._starts()[first]
        self._replace(first, last + 1, np.insert(np.concatenate(self._blocks[first : last + 1]), before - base, ids))

    def _starts(self) -> Ids:
        """(blocks + 1,) position of each block's first row; the last is the number of rows."""
        if self._starts_cache is None:
            self._starts_cache = np.cumsum([0, *(len(block) for block in self._blocks)], dtype=np.int64)
        return self._starts_cache

    def _block_of(self, position: int) -> int:
        """Block of a position; the end belongs to the last block."""
        return min(int(np.searchsorted(self._starts(), position, side="right")) - 1, len(self._blocks) - 1)

    def _replace(self, first: int, stop: int, ids: Ids) -> None:
        """Put ids in place of the blocks from first to stop."""
        pieces = np.array_split(ids, -(-len(ids) // BLOCK)) if len(ids) else []
        low = self._keys[first - 1] if first else None
        high = self._keys[stop] if stop < len(self._keys) else None
        self._gone.update(self._keys[first:stop])
        self._blocks[first:stop] = pieces
        self._keys[first:stop] = keys = _keys_between(low, high, len(pieces))
        if len(set(keys)) != len(keys) or (keys and not _fits(low, keys, high)):
            self._gone.update(self._keys)
            self._keys = [(i + 1) * _GAP for i in range(len(self._blocks))]
            keys = self._keys
        self._dirty.difference_update(self._gone)
        self._dirty.update(keys)
        self._gone.difference_update(self._dirty)
        self._starts_cache = self._inverse = self._flat = None


def _keys_between(low: int | None, high: int | None, count: int) -> list[int]:
    if high is None:
        return [(low or 0) + _GAP * (i + 1) for i in range(count)]
    start = low if low is not None else high - _GAP * (count + 1)
    step = (high - start) // (count + 1)
    return [start + step * (i + 1) for i in range(count)]


def _fits(low: int | None, keys: list[int], high: int | None) -> bool:
    return (low is None or low < keys[0]) and (high is None or keys[-1] < high)
