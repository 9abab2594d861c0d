"""A store's content at some revision: the live one, or an earlier one laid over it without changing anything."""

import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from services.datasets.changes import Column, Log, columns_from, columns_text
from services.datasets.order import Order
from services.datasets.rows import Row, read_cells, read_rows
from services.datasets.values import Stored


class Live:
    """The current state, written through to the file. A `changes.State`."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        facts = dict(connection.execute("SELECT name, value FROM facts"))
        self.order = Order.load(connection)
        self.columns = columns_from(facts["columns"])
        self.mapping = str(facts["mapping"])
        self.current = int(facts["current"])
        self.tip = int(facts["tip"])

    def get_cell(self, row: int, column: int) -> Stored:
        """One cell as it is kept."""
        found = self._connection.execute(f"SELECT c{column} FROM rows WHERE id = ?", (row,)).fetchone()
        return found[0] if found else None

    def get_cells(self, column: int, rows: Sequence[int]) -> dict[int, Stored]:
        """A column's cells of many rows, as they are kept."""
        return read_cells(self._connection, column, rows)

    def set_cells(self, cells: list[tuple[int, int, Stored]]) -> None:
        """Write cells: (row, column, value)."""
        by_column: dict[int, list[tuple[Stored, int]]] = defaultdict(list)
        for row, column, value in cells:
            by_column[column].append((value, row))
        for column, pairs in by_column.items():
            self._connection.executemany(f"UPDATE rows SET c{column} = ? WHERE id = ?", pairs)

    def set_columns(self, columns: list[Column]) -> None:
        """Write the list of columns."""
        self.columns = columns
        self.set_fact("columns", columns_text(columns))

    def set_mapping(self, text: str) -> None:
        """Write the mapping."""
        self.mapping = text
        self.set_fact("mapping", text)

    def set_place(self, current: int, tip: int) -> None:
        """Write the revision that is current, and the one that redo leads to."""
        self.current, self.tip = current, tip
        self.set_fact("current", current)
        self.set_fact("tip", tip)

    def set_fact(self, name: str, value: str | int) -> None:
        """Write a fact."""
        self._connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))

    def save(self) -> None:
        """Write what is not yet written: the order's changed blocks."""
        self.order.save(self._connection)


class View:
    """The state at a revision, read-only: the live rows with the log replayed over them in memory."""

    def __init__(self, connection: sqlite3.Connection, live: Live, log: Log, revision: int) -> None:
        self._connection = connection
        self.revision = revision
        self.order = live.order.copy()
        self.columns = list(live.columns)
        self.mapping = live.mapping
        self.overrides: dict[int, dict[int, Stored]] = defaultdict(dict)
        log.move(live.current, revision, self)

    def get_cell(self, row: int, column: int) -> Stored:
        """One cell as it was."""
        if row in self.overrides and column in self.overrides[row]:
            return self.overrides[row][column]
        found = self._connection.execute(f"SELECT c{column} FROM rows WHERE id = ?", (row,)).fetchone()
        return found[0] if found else None

    def get_cells(self, column: int, rows: Sequence[int]) -> dict[int, Stored]:
        """A column's cells of many rows, as they were."""
        laid = {row: self.overrides[row][column] for row in rows if column in self.overrides.get(row, ())}
        return read_cells(self._connection, column, [row for row in rows if row not in laid]) | laid

    def set_cells(self, cells: list[tuple[int, int, Stored]]) -> None:
        """Lay cells over the table."""
        for row, column, value in cells:
            self.overrides[row][column] = value

    def set_columns(self, columns: list[Column]) -> None:
        """Have these columns."""
        self.columns = columns

    def set_mapping(self, text: str) -> None:
        """Have this mapping."""
        self.mapping = text

    def rows(self, start: int, count: int) -> list[Row]:
        """Rows from a position on."""
        return read_rows(self._connection, self.order.slice(start, count), self.columns, self.overrides)
