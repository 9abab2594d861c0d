"""Named versions: other names, notes, leaving a name out, and going back to one by an ordinary edit."""

from dataclasses import replace
from typing import Any

import numpy as np

from services.datasets.changes import Change, cell_change, columns_text, order_change
from services.datasets.difference import live_cells
from services.datasets.errors import DatasetError
from services.datasets.order import Ids, Order
from services.datasets.readstore import ReadStore, Version, known_revision
from services.datasets.store import DatasetStore
from services.datasets.view import View
from services.i18n import N_

_NOTE = "version-note:"


def find_revision(store: ReadStore, text: str) -> int:
    """The revision that a person means: a version's name, a revision's number, 'now', or 'start' (as imported).

    A version of that name wins. DatasetError if it is none of these, or the revision is gone.
    """
    named = {v.name: v.revision for v in store.versions()}
    if text in named:
        return named[text]
    if text in ("now", "start"):
        return store.revision if text == "now" else 0
    if not text.isdigit():
        return store.version(text).revision
    with store._reading(), known_revision():
        store._log.path(0, int(text))
    return int(text)


def rename_version(store: DatasetStore, name: str, new: str) -> Version:
    """Give a version another name; its note follows. DatasetError if there is none, or the new name is taken."""
    new = new.strip()
    version = store.version(name)
    if not new:
        raise DatasetError(N_("A version needs a name."), way_out=N_("Type one."))
    with store._writing():
        if new != name and any(v.name == new for v in store._versions()):
            raise DatasetError(
                N_("There is already a version called {name}."), way_out=N_("Choose another name."), name=new
            )
        run = store._connection.execute
        run("UPDATE versions SET name = ? WHERE name = ?", (new, name))
        run("UPDATE OR REPLACE facts SET name = ? WHERE name = ?", (_NOTE + new, _NOTE + name))
    return replace(version, name=new)


def set_note(store: DatasetStore, name: str, note: str) -> Version:
    """Write a note beside a version ("" for none). DatasetError if there is no such version."""
    version = store.version(name)
    with store._writing():
        store._connection.execute("DELETE FROM facts WHERE name = ?", (_NOTE + name,))
        if note.strip():
            store._connection.execute("INSERT INTO facts VALUES (?, ?)", (_NOTE + name, note.strip()))
    return replace(version, note=note.strip())


def delete_version(store: DatasetStore, name: str) -> Version:
    """Take a version's name away; rows and edits stay, and `restore_version` puts it back. DatasetError if unknown."""
    version = store.version(name)
    with store._writing():
        store._connection.execute("DELETE FROM versions WHERE name = ?", (name,))
        store._connection.execute("DELETE FROM facts WHERE name = ?", (_NOTE + name,))
    return version


def restore_version(store: DatasetStore, version: Version) -> None:
    """Put back a version that `delete_version` took. DatasetError if its revision is gone or the name is taken."""
    find_revision(store, str(version.revision))
    with store._writing():
        if any(v.name == version.name for v in store._versions()):
            raise DatasetError(
                N_("There is already a version called {name}."), way_out=N_("Choose another name."), name=version.name
            )
        store._connection.execute(
            "INSERT INTO versions VALUES (?, ?, ?)", (version.name, version.revision, version.time)
        )
        if version.note:
            store._connection.execute("INSERT INTO facts VALUES (?, ?)", (_NOTE + version.name, version.note))


def go_back(store: DatasetStore, revision: int, label: str = N_("Go back to a version")) -> int:
    """Make rows, columns and mapping what they were at a revision, as one edit that undo takes back.

    Returns the revision made (the current one if nothing differs). DatasetError if the revision is gone.
    """

    def build() -> list[Change]:
        with known_revision():
            goal = View(store._connection, store._live, store._log, revision)
        live = store._live
        changes = [] if goal.columns == live.columns else [
            Change("columns", columns_text(live.columns), columns_text(goal.columns))
        ]  # fmt: skip
        if goal.mapping != live.mapping:
            changes.append(Change("mapping", live.mapping, goal.mapping))
        return changes + _order_changes(live.order, goal.order) + _cell_changes(store, goal)

    return store.edit(label, build)


def _cell_changes(store: DatasetStore, goal: View) -> list[Change]:
    by_column: dict[int, dict[int, Any]] = {}
    for row, cells in goal.overrides.items():
        for column, value in cells.items():
            by_column.setdefault(column, {})[row] = value
    changes = []
    for column, wanted in by_column.items():
        now = live_cells(store, column, sorted(wanted))
        for row, new in wanted.items():
            old = now.get(row)
            if row in now and (old != new or type(old) is not type(new)):
                changes.append(cell_change(row, column, old, new))
    return changes


def _order_changes(live: Order, goal: Order) -> list[Change]:
    """Rows out and in so that one order becomes the other; rows that both have move only if they must."""
    was, now = live.array(), goal.array()
    if np.array_equal(was, now):
        return []
    out, come = ~np.isin(was, now), ~np.isin(now, was)
    if not np.array_equal(was[~out], now[~come]):  # some moved: all between the first and the last that differ
        kept, wanted = was[~out], now[~come]
        differ = np.flatnonzero(kept != wanted)
        moved = kept[differ[0] : differ[-1] + 1]
        out, come = out | np.isin(was, moved), come | np.isin(now, moved)
    return [*_one("out", was, out), *_one("in", now, come)]


def _one(kind: Any, ids: Ids, chosen: Any) -> list[Change]:
    places = np.flatnonzero(chosen).astype(np.int64)
    return [order_change(kind, places, ids[places])] if len(places) else []
