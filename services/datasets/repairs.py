"""Records of a file that could not be read: their text is kept in the set, to be mended and put in their place."""

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.datasets.changes import Change, order_change
from services.datasets.errors import DatasetError
from services.datasets.readers import Record, Trouble
from services.datasets.readers._parse import RecordParser
from services.datasets.rows import insert_rows
from services.datasets.store import DatasetStore
from services.i18n import N_


@dataclass(frozen=True)
class Repair:
    """A record kept aside. source: the file. line: physical, from 1. text: as it stood there, bytes that are not
    valid as backslash escapes. sentence: N_-marked, with values. open: not mended yet."""

    id: int
    source: str
    line: int
    column: int
    code: str
    sentence: str
    values: dict[str, Any]
    text: str
    open: bool


def repairs(store: DatasetStore) -> list[Repair]:
    """All records that were kept aside, in the order of the file."""
    with store._reading():
        past = set(store._log.path(store._live.current, 0)[0])
        found = store._connection.execute("SELECT id, source, line, finding, text, revision FROM repairs ORDER BY id")
        out = []
        for number, source, line, finding, text, revision in found.fetchall():
            about = json.loads(finding)
            shown = bytes(text).decode("utf-8", "backslashreplace")
            out.append(Repair(number, source, line, about["column"], about["code"], about["sentence"],
                              about["values"], shown, revision not in past))  # fmt: skip
        return out


def repair(store: DatasetStore, repair_id: int, text: str, label: str = N_("Repair a record")) -> list[int]:
    """Put a mended record in its place. Returns the ids of its rows; undo takes them out and opens the repair again.

    DatasetError if the text is still no record.
    """
    items = list(RecordParser().parse(text, 1))
    values = [item.values for item in items if isinstance(item, Record)]
    broken = next((item for item in items if isinstance(item, Trouble) and item.text is not None), None)
    if broken or not values:
        sentence = broken.sentence.format(**broken.values) if broken else "-"
        raise DatasetError(
            N_("This is still no record: {reason}"), way_out=N_("Mend it, or leave it aside."), reason=sentence
        )
    ids: list[int] = []

    def build() -> list[Change]:
        found = store._connection.execute("SELECT after FROM repairs WHERE id = ?", (repair_id,)).fetchone()
        if found is None:
            raise KeyError(repair_id)
        changes = store._new_columns(dict.fromkeys(key for row in values for key in row))
        ids.extend(insert_rows(store._connection, {c.name: c.id for c in store._live.columns}, values))
        at = _place(store, int(found[0]))
        positions = np.arange(at, at + len(ids), dtype=np.int64)
        return [*changes, order_change("in", positions, np.asarray(ids, dtype=np.int64))]

    def after(revision: int) -> None:
        store._connection.execute("UPDATE repairs SET revision = ? WHERE id = ?", (revision, repair_id))

    store.edit(label, build, after)
    return ids


def _place(store: DatasetStore, after: int) -> int:
    """Position behind the row `after`, or behind the nearest earlier row of the file that is still there."""
    for start in range(after, 0, -500):
        ids = list(range(start, max(0, start - 500), -1))
        for position in store._live.order.positions(ids):
            if position >= 0:
                return position + 1
    return 0
