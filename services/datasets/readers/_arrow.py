"""Batches of Arrow as rows: what JSON does not have becomes text, numbers keep their digits."""

import json
import math
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from services.datasets.readers import Record, Source, Trouble
from services.datasets.values import SpelledFloat, load
from services.i18n import N_

if TYPE_CHECKING:
    import pyarrow as pa

JSON_MARK = (b"tunesmith", b"json")
"""Metadata of a field whose texts are the JSON of a value that Arrow has no type for. Written by our own writers."""


def read_batches(
    source: Source, schema: "pa.Schema", batches: Iterable["pa.RecordBatch"], row_bytes: float = 0.0
) -> Iterator[Record | Trouble]:
    """Rows of batches; line is the row's number, from 1. Fills source.columns.

    row_bytes: what a row takes of the file, about, for the progress.
    """
    source.columns = unique_names(schema.names)
    columns = [_Column(name, field) for name, field in zip(source.columns, schema, strict=True)]
    for before, after in zip(schema.names, source.columns, strict=True):
        if before != after:
            yield Trouble("header", N_("The column {cell} is there once more; it is called {name} here."), 0,
                          values={"cell": before, "name": after})  # fmt: skip
    number = 0
    for batch in batches:
        source.read_bytes = int(number * row_bytes)
        cells = [column.values(array) for column, array in zip(columns, batch.columns, strict=True)]
        for row in range(batch.num_rows):
            number += 1
            yield Record(number, {c.name: values[row] for c, values in zip(columns, cells, strict=True)})
            for column in columns:
                yield from column.troubles(row, number)


def unique_names(names: list[str]) -> list[str]:
    """Column names that differ from each other and are not empty."""
    out: list[str] = []
    for number, given in enumerate(names, 1):
        name = base = given or f"column {number}"
        count = 1
        while name in out:
            count += 1
            name = f"{base} ({count})"
        out.append(name)
    return out


class _Column:
    """One column: its cells as values, and what is to be said of them."""

    def __init__(self, name: str, field: "pa.Field") -> None:
        self.name = name
        mark = (field.metadata or {}).get(JSON_MARK[0]) == JSON_MARK[1]
        self._is_json = mark or getattr(field.type, "extension_name", "") == "arrow.json"
        self._odd: dict[int, tuple[str, str]] = {}

    def values(self, array: "pa.Array") -> list[Any]:
        """Values of a batch's cells."""
        self._odd = {}
        cells = _python(array)
        if self._is_json:
            return [self._parsed(cell) for cell in cells]
        return [self._plain(cell, row) for row, cell in enumerate(cells)]

    def troubles(self, row: int, number: int) -> Iterator[Trouble]:
        """What is to be said of a cell of the last batch."""
        if row in self._odd:
            code, sentence = self._odd[row]
            yield Trouble(code, sentence, number, values={"keys": self.name})

    def _parsed(self, cell: Any) -> Any:
        try:
            return load(cell) if isinstance(cell, str) else cell
        except (ValueError, RecursionError):
            return cell

    def _plain(self, value: Any, row: int) -> Any:
        if value is None or isinstance(value, str | bool | int):
            return value
        if isinstance(value, float):
            if not math.isfinite(value):
                self._odd[row] = ("not-finite", N_("{keys} holds NaN or Infinity, which other programs may refuse."))
                return SpelledFloat(json.dumps(value))
            return value
        if isinstance(value, Decimal):
            return SpelledFloat(str(value)) if value.is_finite() else str(value)
        if isinstance(value, dict):
            return {str(key): self._plain(item, row) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._plain(item, row) for item in value]
        if isinstance(value, bytes):
            self._odd.setdefault(row, ("bytes", N_("{keys} holds bytes, which became text.")))
            return value.decode("utf-8", "backslashreplace")
        return str(value)  # dates, times, durations


def _python(array: "pa.Array") -> list[Any]:
    """Python values of an array. Where Python has no such value (nanoseconds, the year 20000, text that is no UTF-8),
    its text."""
    import pyarrow as pa

    try:
        return list(array.to_pylist())
    except UnicodeDecodeError:
        if pa.types.is_string(array.type) or pa.types.is_large_string(array.type):
            raw = pa.binary() if pa.types.is_string(array.type) else pa.large_binary()
            return [None if b is None else b.decode("utf-8", "backslashreplace") for b in array.cast(raw).to_pylist()]
    except (ValueError, OverflowError, pa.ArrowException):
        pass
    try:
        return list(array.cast(pa.string()).to_pylist())
    except (pa.ArrowException, UnicodeDecodeError):
        return [_text(array, row) for row in range(len(array))]


def _text(array: "pa.Array", row: int) -> Any:
    try:
        return array[row].as_py()
    except (ValueError, OverflowError):
        return str(array[row])
