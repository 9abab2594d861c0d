"""A star and tags on rows: a person's own marks, which no export and no training sees.

They are kept as one more cell of the row, of a column (number 0) that is in no list of columns. So an edit of marks is
an edit like any other: logged, undone and redone, and as it was in every version.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from services.datasets.changes import Change, cell_change
from services.datasets.errors import DatasetError
from services.datasets.values import ABSENT, Stored, decode, encode
from services.i18n import N_

if TYPE_CHECKING:
    from services.datasets.readstore import ReadStore
    from services.datasets.store import DatasetStore

MARKS = 0  # the column's number
LONGEST_TAG = 100
_AT_ONCE = 500


@dataclass(frozen=True)
class Marks:
    """What a person marked a row with. tags: in the order they were given, none twice."""

    star: bool = False
    tags: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.star or bool(self.tags)

    def stored(self) -> Stored:
        """The cell; NULL where there is no mark."""
        whole: dict[str, Any] = {
            **({"star": True} if self.star else {}),
            **({"tags": [*self.tags]} if self.tags else {}),
        }
        return encode(whole if whole else ABSENT)


def marks_of(stored: Stored) -> Marks:
    """The marks of a cell. What another program left there and is none is no mark."""
    value = decode(stored) if isinstance(stored, bytes) else None
    if not isinstance(value, dict):
        return Marks()
    tags = value.get("tags")
    return Marks(
        value.get("star") is True, tuple(t for t in tags if isinstance(t, str)) if isinstance(tags, list) else ()
    )


def read_marks(store: "ReadStore", ids: Iterable[int]) -> dict[int, Marks]:
    """Marks of these rows; those without any are left out."""
    wanted = list(dict.fromkeys(ids))
    out: dict[int, Marks] = {}
    with store._reading():
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            for row, stored in store._connection.execute(
                f"SELECT id, c0 FROM rows WHERE c0 IS NOT NULL AND id IN ({','.join('?' * len(part))})", part
            ):
                out[row] = marks_of(stored)
    return out


def read_tag_counts(store: "ReadStore") -> dict[str, int]:
    """Every tag that a current row has, and how many have it; the most used first."""
    counts: Counter[str] = Counter()
    with store._reading():
        found = store._connection.execute("SELECT id, c0 FROM rows WHERE c0 IS NOT NULL").fetchall()
        positions = store._live.order.positions([row for row, _ in found])
        for (_, stored), position in zip(found, positions, strict=True):
            if position >= 0:
                counts.update(marks_of(stored).tags)
    return dict(counts.most_common())


def change_marks(store: "DatasetStore", ids: Iterable[int], change: Callable[[Marks], Marks], label: str) -> int:
    """Give each of these rows the marks that change makes of its marks, as one edit. Returns the revision."""
    rows = list(dict.fromkeys(ids))

    def build() -> list[Change]:
        store._places(rows)
        present = read_marks(store, rows)
        changes = []
        for row in rows:
            old = present.get(row, Marks())
            new = change(old)
            if new != old:
                changes.append(cell_change(row, MARKS, old.stored(), new.stored()))
        return changes

    return store.edit_beside_cells(label, build)


def star(on: bool) -> Callable[[Marks], Marks]:
    """A change of marks: with a star, or without."""
    return lambda marks: replace(marks, star=on)


def with_tag(tag: str) -> Callable[[Marks], Marks]:
    """A change of marks: with this tag. DatasetError for a tag that is empty or long."""
    tag = _clean(tag)
    return lambda marks: marks if tag in marks.tags else replace(marks, tags=(*marks.tags, tag))


def without_tag(tag: str) -> Callable[[Marks], Marks]:
    """A change of marks: without this tag."""
    tag = _clean(tag)
    return lambda marks: replace(marks, tags=tuple(t for t in marks.tags if t != tag))


def _clean(tag: str) -> str:
    tag = " ".join(tag.split())
    if not tag or len(tag) > LONGEST_TAG:
        raise DatasetError(
            N_("A tag has between 1 and {n} characters."), way_out=N_("Write a short word for it."), n=LONGEST_TAG
        )
    return tag
