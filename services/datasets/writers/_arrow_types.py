"""Columns of values as columns of Arrow: of a type where every value fits it exactly, else as JSON text."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from services.datasets.readers._arrow import JSON_MARK
from services.datasets.rows import Row
from services.datasets.values import ABSENT, SpelledFloat, dump
from services.datasets.writers._shape import note_shape
from services.i18n import N_

if TYPE_CHECKING:
    import pyarrow as pa

_DEEPEST = 20
_ROWS = 2000  # rows in a batch

Kind = tuple[Any, ...]
"""What values have been seen: ("null",), ("bool",), ("int",), ("float",), ("text",), ("json",), ("list", kind of the
items), ("object", ((key, kind), ...))."""

_NULL: Kind = ("null",)
_JSON: Kind = ("json",)


def kind_of(value: Any, depth: int = 0) -> Kind:
    """The kind that holds a value exactly: read back it is equal, its numbers spelled as before."""
    if value is None or value is ABSENT:
        return _NULL
    if isinstance(value, bool):
        return ("bool",)
    if isinstance(value, int):
        return ("int",) if -(2**63) <= value < 2**63 else _JSON
    if isinstance(value, float):
        plain = math.isfinite(value) and (not isinstance(value, SpelledFloat) or value.text == repr(float(value)))
        return ("float",) if plain else _JSON
    if isinstance(value, str):
        return ("text",) if value.isascii() or _is_unicode(value) else _JSON
    if depth > _DEEPEST:
        return _JSON
    if isinstance(value, list | tuple):
        inner: Kind = _NULL
        for item in value:
            inner = both(inner, kind_of(item, depth + 1))
        return _JSON if inner == _JSON else ("list", inner)
    parts = tuple((str(key), kind_of(item, depth + 1)) for key, item in value.items())
    good = parts and all(key and _is_unicode(key) and kind != _JSON for key, kind in parts)
    return ("object", parts) if good else _JSON


def both(one: Kind, other: Kind) -> Kind:
    """The kind that holds what either holds."""
    if one == other or other == _NULL:
        return one
    if one == _NULL:
        return other
    if one[0] == other[0] == "list":
        inner = both(one[1], other[1])
        return _JSON if inner == _JSON else ("list", inner)
    if one[0] == other[0] == "object" and [key for key, _ in one[1]] == [key for key, _ in other[1]]:
        parts = tuple((key, both(a, b)) for (key, a), (_, b) in zip(one[1], other[1], strict=True))
        return _JSON if any(kind == _JSON for _, kind in parts) else ("object", parts)
    return _JSON


def arrow_type(kind: Kind) -> "pa.DataType":
    """The Arrow type of a kind."""
    import pyarrow as pa

    if kind[0] == "list":
        return pa.list_(arrow_type(kind[1]))
    if kind[0] == "object":
        return pa.struct([(key, arrow_type(inner)) for key, inner in kind[1]])
    plain = {"null": pa.null(), "bool": pa.bool_(), "int": pa.int64(), "float": pa.float64()}
    return plain.get(kind[0], pa.string())


def batches(columns: list[str], rows: Iterable[Row]) -> "tuple[pa.Schema, Iterator[pa.RecordBatch], list[str]]":
    """Schema, batches, and what could not be kept as it is. rows: are gone through twice."""
    import pyarrow as pa

    lost: dict[str, None] = {}
    kinds = _look(columns, rows, lost)
    fields = [
        pa.field(name, arrow_type(kind), metadata=dict([JSON_MARK]) if kind == _JSON else None)
        for name, kind in kinds.items()
    ]
    schema = pa.schema(fields)
    if any(kind == _JSON for kind in kinds.values()):
        lost[N_("Columns whose values are not of one shape were written as JSON text.")] = None
    return schema, _batches(schema, kinds, rows), list(lost)


def _look(columns: list[str], rows: Iterable[Row], lost: dict[str, None]) -> dict[str, Kind]:
    kinds = dict.fromkeys(columns, _NULL)
    for row in rows:
        note_shape(row, columns, lost, N_("Keys that a row does not have became null."))
        for name in columns:
            if kinds[name] != _JSON:
                kinds[name] = both(kinds[name], kind_of(row.values.get(name, ABSENT)))
    return kinds


def _batches(schema: "pa.Schema", kinds: dict[str, Kind], rows: Iterable[Row]) -> "Iterator[pa.RecordBatch]":
    part: list[Row] = []
    for row in rows:
        part.append(row)
        if len(part) == _ROWS:
            yield _batch(schema, kinds, part)
            part = []
    if part:
        yield _batch(schema, kinds, part)


def _batch(schema: "pa.Schema", kinds: dict[str, Kind], rows: Sequence[Row]) -> "pa.RecordBatch":
    import pyarrow as pa

    arrays = []
    for (name, kind), field in zip(kinds.items(), schema, strict=True):
        cells = [row.values.get(name) for row in rows]
        if kind == _JSON:  # null within JSON is text too, so that no row gains or loses anything
            cells = [dump(cell) if name in row.values else None for cell, row in zip(cells, rows, strict=True)]
        arrays.append(pa.array(cells, field.type))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
