"""A sheet as rows: where its header is, what merged cells mean, and what a cell's value is."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Any

from services.datasets.readers import Record, Source, Trouble
from services.datasets.readers._xml_text import unescape
from services.i18n import N_

Cells = list[tuple[Any, str]]
"""A row: (value, type) of each cell; the type as openpyxl names it (s, n, b, d, e, f)."""

_LOOKED_AT = 30  # rows that a header is looked for in
_SHARE = 0.6  # of the usual number of cells, that a header has at least
MAX_ROWS = 1_048_576


class Merged:
    """Merged ranges while the rows go by: a cell merged over several rows stands for each of them."""

    def __init__(self, ranges: Iterable[str]) -> None:
        from openpyxl.utils import range_boundaries

        self._starts: dict[int, list[tuple[int, int, int, str]]] = {}
        for text in ranges:
            left, top, right, bottom = range_boundaries(text)
            self._starts.setdefault(top, []).append((left, right, bottom, text))
        self._open: list[tuple[int, int, Any]] = []  # (column from 0, last row, cell)

    def fill(self, number: int, cells: Cells) -> list[tuple[str, bool]]:
        """Fill a row's cells in place. Returns (range, whether it goes down) of the ranges that begin here."""
        self._open = [item for item in self._open if item[1] >= number]
        for place, _, cell in self._open:
            cells.extend([(None, "n")] * (place + 1 - len(cells)))
            cells[place] = cell
        told = []
        for left, _, bottom, text in self._starts.pop(number, ()):
            if left <= len(cells) and bottom > number:
                self._open.append((left - 1, bottom, cells[left - 1]))
            told.append((text, bottom > number))
        return told


def read_sheet(
    source: Source, rows: Iterator[tuple[int, Cells]], merged: Merged, *, name: str
) -> Iterator[Record | Trouble]:
    """Rows below the header; line is the sheet's row number. name: of the sheet, if there are several, else ""."""
    filled = ((number, cells, merged.fill(number, cells)) for number, cells in rows)
    full = (item for item in filled if any(_full(value) for value, _ in item[1]))
    head = list(islice(full, _LOOKED_AT))
    at, has_names = _find_header(head, source.options.get("header", ""))
    if not head:
        return
    for number, cells, _ in head[:at]:
        text = " ".join(str(value) for value, _ in cells if _full(value))
        yield Trouble("above-header", N_("Row {row} stands above the header and was left out: {text}"), number,
                      values={"row": number, "text": text[:80]})  # fmt: skip
    names: dict[int, str] = {}
    if has_names:
        names, troubles = _names(head[at][1], head[at][0])
        yield from troubles
        source.facts["header"] = f"row {head[at][0]}" + (f" of {name}" if name else "")
    else:
        names = {i: f"column {i + 1}" for i in range(len(head[at][1]))}
        yield Trouble("no-header", N_("No row names the columns; they are called column 1, column 2 and so on."),
                      head[at][0])  # fmt: skip
    source.columns = list(dict.fromkeys([*source.columns, *names.values()]))
    for number, cells, told in chain(head[at + has_names :], full):
        yield from _row(names, number, cells, told)


def _find_header(head: list[tuple[int, Cells, Any]], chosen: str) -> tuple[int, bool]:
    """Index of the header's row (or of the first row of data), and whether it has names.

    chosen: the person's word for it: the sheet's row number, 0 for none, "" to look for it.
    """
    if chosen.isdigit():
        later = [i for i, (number, _, _) in enumerate(head) if number >= int(chosen)]
        return (later[0] if later else 0), int(chosen) > 0
    widths = [sum(_full(value) for value, _ in cells) for _, cells, _ in head]
    if not widths:
        return 0, False
    counts = Counter(widths)
    usual = max(counts, key=lambda width: (counts[width], width))
    at = next((i for i, width in enumerate(widths) if width >= usual * _SHARE), 0)
    return at, any(isinstance(value, str) for value, _ in head[at][1])


def _names(cells: Cells, line: int) -> tuple[dict[int, str], list[Trouble]]:
    """Place -> name of the columns that have one, and what was doubled."""
    names: dict[int, str] = {}
    troubles = []
    for place, (value, kind) in enumerate(cells):
        if not _full(value):
            continue
        base = name = " ".join(str(plain_value(value, kind)).split())
        count = 1
        while name in names.values():
            count += 1
            name = f"{base} ({count})"
        if name != base:
            sentence = N_("Column {number} of the header is {cell} once more; it is called {name} here.")
            troubles.append(Trouble("header", sentence, line, place + 1,
                                    {"number": place + 1, "cell": base, "name": name}))  # fmt: skip
        names[place] = name
    return names, troubles


def _row(names: dict[int, str], number: int, cells: Cells, told: list[tuple[str, bool]]) -> Iterator[Record | Trouble]:
    values: dict[str, Any] = dict.fromkeys(names.values(), "")
    troubles = []
    for place, (value, kind) in enumerate(cells):
        if value is None:
            continue
        name = names.get(place)
        if name is None and _full(value):
            name = f"column {place + 1}"
            sentence = N_("{cell} has no header above it; it is in {name} here.")
            troubles.append(
                Trouble("no-name", sentence, number, place + 1, {"cell": _ref(place, number), "name": name})
            )
        if name is not None:
            values[name] = plain_value(value, kind)
            troubles += _odd(value, kind, place, number)
    yield Record(number, values)
    yield from troubles
    for text, down in told:
        sentence = N_("{cells} is merged; its value stands in its first column only.")
        if down:
            sentence = N_("{cells} is merged; its value was put into each of its rows.")
        yield Trouble("merged", sentence, number, values={"cells": text})


def _odd(value: Any, kind: str, place: int, number: int) -> list[Trouble]:
    where = {"cell": _ref(place, number), "value": str(value)[:60]}
    if kind == "e":
        return [Trouble("error-cell", N_("{cell} holds the error {value}; it is kept as text."), number, place + 1,
                        where)]  # fmt: skip
    if kind == "f":
        sentence = N_("{cell} is a formula that was never calculated; its text is kept: {value}")
        return [Trouble("formula", sentence, number, place + 1, where)]
    return []


def plain_value(value: Any, kind: str) -> Any:
    """A cell's value as rows have it: text, number, true or false; dates and times as ISO text."""
    if isinstance(value, str):
        return unescape(value) if kind != "f" else value
    if isinstance(value, dt.datetime):
        if value.time() == dt.time():
            return value.date().isoformat()
        return value.isoformat(" ", "seconds" if not value.microsecond else "auto")
    if value is None or isinstance(value, bool | int | float):
        return value
    return str(value)  # a time of day, a duration, a formula over several cells


def _full(value: Any) -> bool:
    return value is not None and value != ""


def _ref(place: int, number: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(place + 1)}{number}"
