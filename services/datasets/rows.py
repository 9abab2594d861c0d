"""Rows, and how they are read from the table."""

import json
import sqlite3
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from services.datasets.changes import Column
from services.datasets.values import ABSENT, Stored, decode, encode

_AT_ONCE = 500  # ids in one statement


@dataclass(frozen=True, slots=True)
class Row:
    """One row. id: its number for good (never a position). values: its cells by column, in the row's own order."""

    id: int
    values: dict[str, Any]


def read_rows(
    connection: sqlite3.Connection,
    ids: Sequence[int],
    columns: Sequence[Column],
    overrides: AnyMapping[int, AnyMapping[int, Stored]] | None = None,
) -> list[Row]:
    """The rows of these ids, in this order. overrides: {row: {column: cell}} that replace what the table has."""
    found: dict[int, tuple[Any, ...]] = {}
    names = ", ".join(["id", "shape", *(f"c{c.id}" for c in columns)])
    if len(ids) > 1 and ids[-1] - ids[0] == len(ids) - 1 and list(ids) == list(range(ids[0], ids[-1] + 1)):
        for record in connection.execute(f"SELECT {names} FROM rows WHERE id BETWEEN ? AND ?", (ids[0], ids[-1])):
            found[record[0]] = record
    else:
        for start in range(0, len(ids), _AT_ONCE):
            part = ids[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            for record in connection.execute(f"SELECT {names} FROM rows WHERE id IN ({marks})", part):
                found[record[0]] = record
    return [_row(found[i], columns, overrides.get(i) if overrides else None) for i in ids]


def read_cells(connection: sqlite3.Connection, column: int, ids: Sequence[int]) -> dict[int, Stored]:
    """One column's cells of these rows, as they are kept; None for a row that is not in the table."""
    found: dict[int, Stored] = dict.fromkeys(ids)
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        marks = ",".join("?" * len(part))
        found.update(connection.execute(f"SELECT id, c{column} FROM rows WHERE id IN ({marks})", part))
    return found


def _row(record: tuple[Any, ...], columns: Sequence[Column], override: AnyMapping[int, Stored] | None) -> Row:
    cells = list(record[2:])
    if override:
        cells = [override.get(column.id, cell) for column, cell in zip(columns, cells, strict=True)]
    values = {c.name: decode(cell) for c, cell in zip(columns, cells, strict=True) if cell is not None}
    if record[1]:
        names = {c.id: c.name for c in columns}
        first = [names[i] for i in json.loads(record[1]) if names.get(i) in values]
        values = {name: values[name] for name in dict.fromkeys([*first, *values])}
    return Row(record[0], values)


def shape_of(keys: Sequence[str], columns: dict[str, int]) -> str | None:
    """The order of a row's keys, as column numbers, where it is not the order of the columns. columns: name -> number,
    in order."""
    places = {name: i for i, name in enumerate(columns)}
    order = [places[key] for key in keys]
    in_order = all(a < b for a, b in pairwise(order))
    return None if in_order else json.dumps([columns[key] for key in keys])


def insert_rows(
    connection: sqlite3.Connection, columns: dict[str, int], records: Sequence[AnyMapping[str, Any]]
) -> list[int]:
    """Put records into the table (not into the order). columns: name -> number, all keys known. Returns their ids."""
    first = _last_id(connection)
    groups: dict[tuple[str, ...], list[tuple[Stored | int, ...]]] = {}
    for number, record in enumerate(records, first + 1):
        kept = {key: value for key, value in record.items() if value is not ABSENT}
        groups.setdefault(tuple(kept), []).append((number, *(encode(v) for v in kept.values())))
    for keys, rows in groups.items():
        connection.executemany(_insert(keys, columns), rows)
    return list(range(first + 1, first + 1 + len(records)))


def insert_block(
    connection: sqlite3.Connection, columns: dict[str, int], keys: Sequence[str], cells: Sequence[tuple[Stored, ...]]
) -> None:
    """Put rows of one shape into the table (not into the order), cells as they are stored. columns as `insert_rows`."""
    numbered = enumerate(cells, _last_id(connection) + 1)
    connection.executemany(_insert(keys, columns), ((number, *row) for number, row in numbered))


def _last_id(connection: sqlite3.Connection) -> int:
    found = connection.execute("SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'rows'), 0)").fetchone()
    return int(found[0])


def _insert(keys: Sequence[str], columns: dict[str, int]) -> str:
    """The statement that takes (id, cell, cell, ...) of rows with these keys."""
    shape = shape_of(keys, columns)
    names = ", ".join(["id", "shape", *(f"c{columns[key]}" for key in keys)])
    fixed = "NULL" if shape is None else f"'{shape}'"  # a list of numbers
    return f"INSERT INTO rows ({names}) VALUES (?, {fixed}{', ?' * len(keys)})"
