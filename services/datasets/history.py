"""The edits of a data set, one after another, and the way back to any of them: undo and redo, many at once."""

from dataclasses import dataclass
from typing import Literal

from services.datasets.errors import DatasetError
from services.datasets.readstore import ReadStore
from services.datasets.store import DatasetStore
from services.i18n import N_

_COUNTED = 100_000  # entries of an edit that are counted; beyond it, it says "more than"

When = Literal["done", "now", "undone"]


@dataclass(frozen=True)
class Step:
    """One edit. label: N_-marked English. time: seconds since 1970. cells, rows: how many it changed, and how many it
    made, deleted or moved (of all rows in another order: all of them). when: before the present state, the last one
    before it, or undone."""

    revision: int
    label: str
    time: float
    cells: int
    rows: int
    when: When


def history(store: ReadStore, count: int = 200, start: int = 0) -> list[Step]:
    """Edits, newest first, those that were undone above; from the start-th on, at most count."""
    with store._reading():
        current, tip = store._live.current, store._live.tip
        found = store._connection.execute(
            "WITH RECURSIVE chain(id, parent, label, time) AS ("
            " SELECT id, parent, label, time FROM revisions WHERE id = ?"
            " UNION ALL SELECT r.id, r.parent, r.label, r.time FROM revisions r JOIN chain c ON r.id = c.parent"
            ") SELECT id, label, time FROM chain LIMIT ? OFFSET ?",
            (tip, count, start),
        ).fetchall()
        return [
            Step(int(i), str(label), float(time), *_size(store, int(i)), _when(int(i), current))
            for i, label, time in found
        ]


def step_to(store: DatasetStore, revision: int) -> int:
    """Undo or redo until an edit is the last one that is done; 0: none is. Returns the revision that is current then.

    Nothing is lost: the edits after it can be done again. DatasetError for one that is not on the way.
    """
    with store._writing():
        current, tip = store._live.current, store._live.tip
        chain = store._connection.execute(
            "WITH RECURSIVE chain(id) AS (SELECT ? UNION ALL"
            " SELECT r.parent FROM revisions r JOIN chain c ON r.id = c.id) SELECT 1 FROM chain WHERE id = ?",
            (tip, revision),
        ).fetchone()
        if chain is None:
            raise DatasetError(
                N_("Edit {revision} is not among those that can be undone or done again."),
                way_out=N_("Look at the history again; other edits took its place."),
                revision=revision,
            )
        if revision != current:
            store._log.move(current, revision, store._live)
            store._live.set_place(revision, tip)
        return store._live.current


def _when(revision: int, current: int) -> When:
    """A revision's number is always greater than its parent's."""
    return "now" if revision == current else "undone" if revision > current else "done"


def _size(store: ReadStore, revision: int) -> tuple[int, int]:
    kinds = store._connection.execute(
        "SELECT kind, count(*), sum(size) FROM (SELECT kind, CASE WHEN kind IN ('in', 'out') THEN length(new) / 8"
        " ELSE 0 END AS size FROM changes WHERE revision = ? LIMIT ?) GROUP BY kind",
        (revision, _COUNTED),
    ).fetchall()
    sizes = {str(kind): (int(count), int(rows or 0)) for kind, count, rows in kinds}
    moved = max(sizes.get("in", (0, 0))[1], sizes.get("out", (0, 0))[1])
    return sizes.get("cell", (0, 0))[0], len(store._live.order) if "order" in sizes else moved
