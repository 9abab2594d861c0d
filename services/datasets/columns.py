"""Columns: a name and a number for good, each a column c1, c2, ... of the table of rows."""

import sqlite3
from collections.abc import Iterable

from services.datasets import schema
from services.datasets.changes import Change, Column, columns_text
from services.datasets.errors import DatasetError
from services.datasets.view import Live
from services.i18n import N_


def add_columns(connection: sqlite3.Connection, live: Live, names: Iterable[str]) -> list[Change]:
    """Give those names that are no columns yet a column; returns the change, already in effect. In a transaction."""
    known = {c.name for c in live.columns}
    fresh = [name for name in dict.fromkeys(names) if name not in known]
    if not fresh:
        return []
    before = columns_text(live.columns)
    number = int(connection.execute("SELECT value FROM facts WHERE name = 'next_column'").fetchone()[0])
    if number + len(fresh) > schema.MAX_COLUMNS:
        raise DatasetError(
            N_("The rows have more than {n} different columns."),
            way_out=N_("Put what varies from row to row into one column, as a nested value."),
            n=schema.MAX_COLUMNS,
        )
    for i in range(number, number + len(fresh)):
        connection.execute(f"ALTER TABLE rows ADD COLUMN c{i}")
    live.set_columns(live.columns + [Column(i, name) for i, name in enumerate(fresh, number)])
    live.set_fact("next_column", number + len(fresh))
    return [Change("columns", before, columns_text(live.columns))]
