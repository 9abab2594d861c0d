"""All rows in another order: by text, number, length or tokens. Equal ones stay as they stand."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from services.datasets.errors import DatasetError
from services.datasets.order import Ids
from services.datasets.query.context import FilterContext
from services.datasets.query.questions import number_of
from services.datasets.query.scan import Batch, Scan
from services.datasets.query.select import Places
from services.datasets.query.texts import sorted_by_text
from services.datasets.readstore import ReadStore
from services.i18n import N_

By = Literal["text", "number", "length", "tokens", "position"]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SortKey:
    """What rows are sorted by.

    column: "" only where by needs none (tokens, position), or for the length of all columns together. by: "text" in
    any case and the order of Unicode; "number", what is none last; "length" in characters; "tokens", those not counted
    last; "position" as they stand. reverse: the greatest first; what is last for want of a number stays last.
    """

    column: str = ""
    by: By = "text"
    reverse: bool = False


def sorted_ids(
    store: ReadStore,
    key: SortKey,
    ids: Ids | None = None,
    context: FilterContext | None = None,
    stop: threading.Event | None = None,
) -> Ids:
    """(k,) ids of all rows, or of those in ids, sorted. Rows with equal keys stay in their order (also reversed).

    Reads by connections of its own, as `select` does. Empty when stop was set. DatasetError for a column that is gone
    or tokens that were not counted.
    """
    order = store.all_ids() if ids is None else np.asarray(ids, dtype=np.int64)
    columns = store.column_numbers()
    if key.by == "position":
        return order[::-1] if key.reverse else order
    if key.by == "tokens":
        return _by_number(order, (context or FilterContext()).tokens_of(order), key.reverse)
    if key.column not in columns and not (key.by == "length" and not key.column):
        raise DatasetError(
            N_("There is no column {name}."), way_out=N_("There are: {names}."),
            name=key.column, names=", ".join(columns) or "-",
        )  # fmt: skip
    numbers = [columns[key.column]] if key.column else list(columns.values())
    scan = Scan(store.path, store.count())
    if key.by == "text":
        return sorted_by_text(order, scan, numbers[0], key.reverse, stop)
    measure = _lengths if key.by == "length" else _numbers
    values = _measured(order, scan, numbers, measure, stop)
    return order[:0] if values is None else _by_number(order, values, key.reverse)


def _lengths(batch: Batch, columns: list[int]) -> Floats:
    return np.sum([batch.lengths(column) for column in columns], axis=0, dtype=np.float64)


def _numbers(batch: Batch, columns: list[int]) -> Floats:
    cells = batch.cells(columns[0])
    return np.array([number_of(cells.raw(i)) for i in range(cells.count)], dtype=np.float64)


def _measured(
    order: Ids,
    scan: Scan,
    columns: list[int],
    measure: Callable[[Batch, list[int]], Floats],
    stop: threading.Event | None,
) -> Floats | None:
    """(k,) a number of each row; None when stopped. The rows are read as the file has them."""
    place = Places(order)
    values = np.full(len(order), np.nan)

    def work(batch: Batch) -> tuple[Ids, Floats]:
        return batch.ids, measure(batch, columns)

    for ids, found in scan.run(np.sort(order), work, stop):
        values[place.of(ids)] = found
    return None if stop is not None and stop.is_set() else values


def _by_number(order: Ids, values: Floats, reverse: bool) -> Ids:
    """Sorted by value, NaN last."""
    keys = np.where(np.isnan(values), np.inf, -values if reverse else values)
    return order[np.lexsort((keys, np.isnan(values)))]
