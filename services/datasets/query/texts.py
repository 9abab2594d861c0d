"""Sorting by text: by the first bytes of each, then by further ones where those are equal.

The texts of a column may be half a gigabyte, their beginnings are not. Arrow keeps and sorts them outside Python's
lock, so that the window's thread never waits.
"""

import threading
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from services.datasets.order import Ids
from services.datasets.query.cells import ESCAPED, Cells
from services.datasets.query.scan import Batch, Scan
from services.datasets.query.select import Places

if TYPE_CHECKING:
    from pyarrow import Array

FIRST_BYTES = 64
_GROWTH = 16  # how many times as many bytes the next round looks at


def sorted_by_text(order: Ids, scan: Scan, column: int, reverse: bool, stop: threading.Event | None) -> Ids:
    """(k,) these ids by the folded text of a column; equal ones as they stand. Empty when stopped."""
    out = order.copy()
    starts, sizes = np.array([0]), np.array([len(order)])  # places of out not in order yet: equal as far as was looked
    start, size = 0, FIRST_BYTES
    while len(starts):
        group = np.repeat(np.arange(len(starts)), sizes)
        unsorted = np.arange(int(sizes.sum())) + (starts - np.cumsum(sizes) + sizes)[group]
        keys = _keys(out[unsorted], scan, column, start, size, stop)
        if keys is None:
            return order[:0]
        by = _sorted_places(group, keys, reverse)
        out[unsorted] = out[unsorted][by]
        starts, sizes = _equal_runs(unsorted, group[by], keys.take(by), size)
        start, size = start + size, size * _GROWTH
    return out


def _keys(ids: Ids, scan: Scan, column: int, start: int, size: int, stop: threading.Event | None) -> "Array | None":
    """(k,) bytes start to start + size of the folded text of each row, as bytes that end with a zero byte if the text
    ends there; None when stopped. A row that is gone has none."""
    import pyarrow as pa

    def work(batch: Batch) -> tuple[Ids, "Array"]:
        if start == 0:
            return batch.ids, pa.array(_beginnings(batch, column, size), pa.large_binary())
        return batch.ids, pa.array(folded(batch.cells(column), start, start + size), pa.large_binary())

    found: list[Ids] = []
    parts = [pa.array([b""], pa.large_binary())]  # for the rows that are gone
    for some, texts in scan.run(np.sort(ids), work, stop):
        found.append(some)
        parts.append(texts)
    if stop is not None and stop.is_set():
        return None
    at = np.zeros(len(ids), dtype=np.int64)
    if found:
        read = np.concatenate(found)
        at[Places(ids).of(read)] = np.arange(1, len(read) + 1)
    return pa.concat_arrays(parts).take(pa.array(at))


def _beginnings(batch: Batch, column: int, size: int) -> list[bytes]:
    """`folded` from 0 to size, from the first bytes of each cell. Folding makes a text a third as long at most."""
    enough = 4 * size + 8
    cells = batch.beginnings(column, enough)
    if np.count_nonzero(cells.octets & 0x80) == cells.count - 1:
        return [_part(text, 0, size) for text in cells.buffer.lower().split(b"\xff")]
    keys = []
    for i in range(cells.count):
        raw = cells.raw(i)
        if raw.isascii():
            keys.append(_part(raw.lower(), 0, size))
        elif raw == ESCAPED:
            keys.append(folded(batch.cells(column), 0, size)[i])
        else:  # a character that is cut in two stands far behind what is looked at
            keys.append(_part(raw.decode("utf-8", "ignore").casefold().encode("utf-8"), 0, size))
    return keys


def folded(cells: Cells, start: int, stop: int) -> list[bytes]:
    """A part of each cell's folded text in UTF-8, a zero byte at its end: byte by byte they compare as texts do."""
    if np.count_nonzero(cells.octets & 0x80) == cells.count - 1:  # ASCII but for what stands between
        texts = cells.buffer.lower().split(b"\xff")
    else:
        shown = (cells.shown(i) for i in range(cells.count))
        texts = [text.casefold().encode("utf-8", "surrogatepass") for text in shown]
    return [_part(text, start, stop) for text in texts]


def _part(text: bytes, start: int, stop: int) -> bytes:
    if len(text) >= stop:
        return text[start:stop]
    return text[start:] + b"\0" if len(text) >= start else b""


def _sorted_places(group: npt.NDArray[np.int64], keys: "Array", reverse: bool) -> Ids:
    """(k,) by group, then by key; equal ones in their order."""
    import pyarrow as pa
    import pyarrow.compute as pc

    table = pa.table({"group": group, "key": keys, "at": np.arange(len(keys))})
    direction = "descending" if reverse else "ascending"
    by = pc.sort_indices(table, sort_keys=[("group", "ascending"), ("key", direction), ("at", "ascending")])
    return by.to_numpy().astype(np.int64)


def _equal_runs(places: Ids, group: npt.NDArray[np.int64], keys: "Array", size: int) -> tuple[Ids, Ids]:
    """Where in the result two or more texts stand that are equal as far as was looked, and go on: starts and sizes."""
    import pyarrow.compute as pc

    count = len(keys)
    same = np.zeros(count + 1, dtype=np.bool_)
    if count > 1:
        equal = pc.equal(keys.slice(1), keys.slice(0, count - 1)).to_numpy(zero_copy_only=False)
        going_on = pc.equal(pc.binary_length(keys), size).to_numpy(zero_copy_only=False)
        same[1:-1] = equal & going_on[1:] & (group[1:] == group[:-1])
    starts = np.flatnonzero(same[1:] & ~same[:-1])
    stops = np.flatnonzero(same[:-1] & ~same[1:])
    return places[starts], stops - starts + 1
