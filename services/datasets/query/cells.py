"""One column of a batch of rows as one buffer, so that a search is a few calls over kilobytes and not one a cell.

SQLite joins the cells of a column itself, outside Python's lock. Between two cells stands the byte 0xFF, which no
UTF-8 text contains. A list or object begins with 0xFD and a text that UTF-8 cannot hold (kept as JSON) with 0xFE;
null and a key that is not there are nothing.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from services.datasets.values import ABSENT, load, to_text

Flags = npt.NDArray[np.bool_]
BETWEEN = 0xFF
NESTED = b"\xfd"
ESCAPED = b"\xfe"


def joined_sql(column: int) -> str:
    """The SQL aggregate that joins a column. Any BLOB is greater than any TEXT, so that `<` tells them apart."""
    c = f"c{column}"
    return (
        f"cast(group_concat(CASE WHEN {c} < x'' THEN {c} WHEN {c} IS NULL OR {c} = x'6e756c6c' THEN ''"
        f" WHEN {c} < x'22' THEN {c} WHEN {c} < x'23' THEN x'fe' || {c} WHEN {c} < x'5b' THEN {c}"
        f" WHEN {c} < x'5c' OR {c} >= x'7b' THEN x'fd' || {c} ELSE {c} END, x'ff') AS BLOB)"
    )


class Cells:
    """The cells of one column in `count` rows. buffer: as the module says; octets: the same as (bytes,) uint8."""

    def __init__(self, buffer: bytes, count: int) -> None:
        self.buffer = buffer
        self.count = count
        self.octets = np.frombuffer(buffer, dtype=np.uint8)
        self._ends: npt.NDArray[np.int64] | None = None

    @property
    def ends(self) -> npt.NDArray[np.int64]:
        """(count,) where each cell ends, without what stands between."""
        if self._ends is None:
            inner = np.flatnonzero(self.octets == BETWEEN)
            self._ends = np.append(inner, len(self.buffer))
        return self._ends

    def raw(self, i: int) -> bytes:
        """Bytes of a cell, its mark included."""
        ends = self.ends
        return self.buffer[int(ends[i - 1]) + 1 if i else 0 : int(ends[i])]

    def shown(self, i: int) -> str:
        """A cell as text, as the table shows it (`values.to_text`)."""
        return shown(self.raw(i))

    def texts(self, i: int) -> list[str]:
        """All that is searched in a cell (`texts_of`)."""
        raw = self.raw(i)
        return texts_of(load(raw[1:].decode("utf-8"))) if raw.startswith(NESTED) else [shown(raw)]

    def lengths(self) -> npt.NDArray[np.int64]:
        """(count,) characters of each cell as text."""
        starts = np.append(0, self.ends[:-1] + 1)
        sizes = self.ends - starts
        if np.count_nonzero(self.octets & 0x80) > self.count - 1:  # more than what stands between: not only ASCII
            inner = (self.octets & 0xC0) == 0x80  # bytes of a character that are not its first
            marks = (self.octets == 0xFD) | (self.octets == 0xFE)
            extra = np.cumsum(inner | marks, dtype=np.int64)
            total = np.append(0, extra)
            sizes = sizes - (total[self.ends] - total[starts])
            if ESCAPED in self.buffer:
                for i in np.flatnonzero(self.octets[np.minimum(starts, len(self.octets) - 1)] == 0xFE):
                    sizes[i] = len(self.shown(int(i)))
        return sizes

    def find_rows(self, part: bytes, buffer: bytes) -> Iterator[int]:
        """The cells that contain part, ascending. buffer: this one, or one of the same length (in lower case)."""
        ends = self.ends
        at = buffer.find(part)
        while at >= 0:
            i = int(np.searchsorted(ends, at))
            yield i
            at = buffer.find(part, int(ends[i]))


def shown(raw: bytes) -> str:
    """The text of a cell of a buffer."""
    if raw.startswith(ESCAPED):
        return to_text(load(raw[1:].decode("utf-8")))
    return raw[raw.startswith(NESTED) :].decode("utf-8")


def texts_of(value: Any) -> list[str]:
    """All that a search looks at in a cell: it as text, and each text within a list or object."""
    if value is ABSENT:
        return [""]
    return [to_text(value), *_inner(value)] if isinstance(value, list | dict) else [to_text(value)]


def _inner(value: Any) -> Iterator[str]:
    for item in value.values() if isinstance(value, dict) else value:
        if isinstance(item, str):
            yield item
        elif isinstance(item, list | dict):
            yield from _inner(item)
