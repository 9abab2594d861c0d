"""One column of a batch of rows as one buffer, so that a search is a few calls over kilobytes and not one a cell.

SQLite joins the cells of a column itself, outside Python's lock. Between two cells stands the byte 0xFF, which no
UTF-8 text contains. A list or object begins with 0xFD and a text that UTF-8 cannot hold (kept as JSON) with 0xFE;
null and a key that is not there are nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from services.datasets.values import ABSENT, load, to_text

Flags = npt.NDArray[np.bool_]
Places = npt.NDArray[np.int64]
BETWEEN = 0xFF
NESTED = b"\xfd"
ESCAPED = b"\xfe"
_COMMON = b"zqxjkvbpygfwmucldrhsnioate \xbe\xbd\x81\x80\xe9\xe8\xe7\xe6\xe5\xe4\xe3\xef"
# the bytes of most texts, the commonest last; those that are not here (found at -1) are rare


def joined_sql(column: int) -> str:
    """The SQL aggregate that joins a column. Any BLOB is greater than any TEXT, so that `<` tells them apart."""
    c = f"c{column}"
    return (
        f"cast(group_concat(CASE WHEN {c} < x'' THEN {c} WHEN {c} IS NULL OR {c} = x'6e756c6c' THEN ''"
        f" WHEN {c} < x'22' THEN {c} WHEN {c} < x'23' THEN x'fe' || {c} WHEN {c} < x'5b' THEN {c}"
        f" WHEN {c} < x'5c' OR {c} >= x'7b' THEN x'fd' || {c} ELSE {c} END, x'ff') AS BLOB)"
    )


def beginning_sql(column: int, size: int) -> str:
    """The same of the first bytes of each cell; nothing but the mark of one that UTF-8 cannot hold."""
    c = f"c{column}"
    return (
        f"cast(group_concat(CASE WHEN {c} < x'' THEN ifnull(CAST(substr(CAST({c} AS BLOB), 1, {size}) AS TEXT), '')"
        f" WHEN {c} IS NULL OR {c} = x'6e756c6c' THEN '' WHEN {c} >= x'22' AND {c} < x'23' THEN x'fe'"
        f" ELSE CAST(substr({c}, 1, {size}) AS TEXT) END, x'ff') AS BLOB)"
    )


def length_sql(column: int) -> str:
    """The SQL of a cell's characters as text; -1 where SQLite cannot tell: it stops at a zero byte, and does not read
    what JSON had to write for UTF-8."""
    c = f"c{column}"
    return (
        f"CASE WHEN {c} IS NULL OR {c} = x'6e756c6c' THEN 0"
        f" WHEN {c} < x'' THEN CASE WHEN length({c}) = length(CAST({c} AS BLOB)) OR instr({c}, char(0)) = 0"
        f" THEN length({c}) ELSE -1 END"
        f" WHEN {c} >= x'22' AND {c} < x'23' THEN -1 ELSE length(CAST({c} AS TEXT)) END"
    )


class Cells:
    """The cells of one column in `count` rows. buffer: as the module says; octets: the same as (bytes,) uint8."""

    def __init__(self, buffer: bytes, count: int) -> None:
        self.buffer = buffer
        self.count = count
        self.octets = np.frombuffer(buffer, dtype=np.uint8)
        self._ends: Places | None = None

    @property
    def ends(self) -> Places:
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

    def containing(self, part: bytes, *, fold: bool = False) -> Places:
        """The cell of each place where part stands, ascending. fold: ASCII letters in either case; part in lower case.

        All places are tried at once with the rarest byte of part, what is left with the next: several times as quick
        as searching, and outside Python's lock.
        """
        count = len(self.octets) - len(part) + 1
        if count <= 0:
            return np.zeros(0, dtype=np.int64)
        folded = self.octets | 0x20 if fold else self.octets
        tries = [
            ((folded if fold and 97 <= part[i] <= 122 else self.octets)[i : i + count], part[i])
            for i in sorted(range(len(part)), key=lambda i: _COMMON.find(part[i]))
        ]
        fits = tries[0][0] == tries[0][1]
        for octets, wanted in tries[1:2]:
            fits &= octets == wanted
        left = np.flatnonzero(fits)
        for octets, wanted in tries[2:]:
            if not len(left):
                break
            left = left[octets[left] == wanted]
        return self.at(left)

    def below_each_other(self) -> str | None:
        """All cells as one text, a line break between two; None if some are lists, or kept as JSON."""
        if NESTED in self.buffer or ESCAPED in self.buffer:
            return None
        return self.buffer.replace(b"\xff", b"\n").decode("utf-8")

    def touched(self, spans: Sequence[tuple[int, int]]) -> Places:
        """The cells that spans of that text touch."""
        if not spans:
            return np.zeros(0, dtype=np.int64)
        characters = np.cumsum((self.octets & 0xC0) != 0x80)
        ends = characters[self.ends[:-1]] - 1
        first, last = (np.searchsorted(ends, side) for side in np.array(spans, dtype=np.int64).T)
        steps = np.zeros(self.count + 1, dtype=np.int64)
        np.add.at(steps, first, 1)
        np.add.at(steps, last + 1, -1)
        return np.flatnonzero(np.cumsum(steps)[:-1])

    def at(self, places: Places) -> Places:
        """The cells in which these places of the buffer are."""
        return np.searchsorted(self.ends, places) if len(places) else places


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
