"""CSV and TSV: every cell is text, whatever it looks like; the delimiter is found; quoted cells may span lines."""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterator
from itertools import islice

from services.datasets.readers import Record, Source, Trouble, readers
from services.i18n import N_

_DELIMITERS = ",;\t|"
_OPEN_LINES = 20_000  # a quote that is still open after so many lines was never meant as one
_BAD_BYTE = re.compile("[\udc80-\udcff]")
csv.field_size_limit(2**31 - 1)  # the default, 128 KB, is less than a long document


class Csv:
    """Tables as text. The first record names the columns."""

    suffixes = (".csv", ".tsv", ".tab")

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows; a record that cannot be read, or has too many cells, is named and kept aside or flagged."""
        head = "".join(line for _, line in islice(source.lines(), 200))
        delimiter = source.options.get("delimiter") or _delimiter(head, source.path.name.lower().removesuffix(".gz"))
        source.facts["delimiter"] = {"\t": "tab"}.get(delimiter, delimiter)
        records = _Records(source.lines(), delimiter)
        for line, cells, trouble in records:
            if trouble:
                yield trouble
            elif not cells or not (source.columns or any(cell.strip() for cell in cells)):
                continue  # a blank line, or one before the header
            elif not source.columns:
                if line == 1 and cells[0].startswith("sep=") and len(cells) <= 2:
                    continue  # Excel's own hint, already followed
                source.columns, troubles = _header(cells, line)
                yield from troubles
            else:
                yield from _row(source.columns, cells, line)


def _row(columns: list[str], cells: list[str], line: int) -> Iterator[Record | Trouble]:
    names = columns
    if len(cells) > len(columns):
        names = columns + [f"column {i}" for i in range(len(columns) + 1, len(cells) + 1)]
    yield Record(line, dict(zip(names, cells, strict=False)))
    if len(cells) != len(columns):
        sentence = N_("The row has {n} cells; the header has {columns}.")
        yield Trouble("cell-count", sentence, line, values={"n": len(cells), "columns": len(columns)})


def _header(cells: list[str], line: int) -> tuple[list[str], list[Trouble]]:
    """Column names that differ from each other, and what had to be changed for that."""
    names: list[str] = []
    troubles = []
    for number, cell in enumerate(cells, 1):
        name = base = cell.strip() or f"column {number}"
        count = 1
        while name in names:
            count += 1
            name = f"{base} ({count})"
        if name != cell.strip():
            sentence = N_("Column {number} of the header has no name; it is called {name} here.")
            if cell.strip():
                sentence = N_("Column {number} of the header is {cell} once more; it is called {name} here.")
            values = {"number": number, "cell": cell.strip(), "name": name}
            troubles.append(Trouble("header", sentence, line, values=values))
        names.append(name)
    return names, troubles


def _delimiter(head: str, name: str) -> str:
    """The character that cuts the first lines into the most even number of cells."""
    if not name.endswith(".csv"):
        return "\t"
    hint = re.match(r"sep=(.)\r?\n", head)
    if hint:
        return hint[1]
    best, best_score = ",", 0.0
    for delimiter in _DELIMITERS:
        try:
            rows = [row for row in csv.reader(head.splitlines(keepends=True)[:100], delimiter=delimiter) if row]
        except csv.Error:
            continue
        if not rows or len(rows[0]) < 2:
            continue
        width, times = Counter(len(row) for row in rows).most_common(1)[0]
        score = times / len(rows) + (0.5 if len(rows[0]) == width else 0)
        if score > best_score:
            best, best_score = delimiter, score
    return best


class _Records:
    """(line, cells, trouble) of each record. After a broken one reading goes on at the next physical line."""

    def __init__(self, lines: Iterator[tuple[int, str]], delimiter: str) -> None:
        self._lines = lines
        self._delimiter = delimiter
        self._again: deque[tuple[int, str]] = deque()  # lines to read once more
        self._taken: list[tuple[int, str]] = []  # lines of the present record

    def __iter__(self) -> Iterator[tuple[int, list[str], Trouble | None]]:
        reader = self._reader()
        while True:
            self._taken.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield self._broken(error)
                reader = self._reader()
                continue
            line, text = self._taken[0][0], "".join(part for _, part in self._taken)
            bad = _BAD_BYTE.search(text)
            if bad:
                values = {"byte": f"0x{ord(bad[0]) - 0xDC00:02X}"}
                yield line, [], Trouble("bad-byte", N_("The byte {byte} is not valid in this encoding."),
                                        line + text.count("\n", 0, bad.start()),
                                        bad.start() - text.rfind("\n", 0, bad.start()), values, text)  # fmt: skip
            else:
                yield line, cells, None

    def _reader(self) -> Iterator[list[str]]:
        return iter(csv.reader(self._feed(), delimiter=self._delimiter, strict=True))

    def _feed(self) -> Iterator[str]:
        while True:
            if len(self._taken) > _OPEN_LINES:
                return  # the reader then reports an unfinished quote
            item = self._again.popleft() if self._again else next(self._lines, None)
            if item is None:
                return
            self._taken.append(item)
            yield item[1]

    def _broken(self, error: csv.Error) -> tuple[int, list[str], Trouble]:
        (line, text), rest = self._taken[0], self._taken[1:]
        self._again.extendleft(reversed(rest))
        if "unexpected end" in str(error):
            return line, [], Trouble("open-quote", N_("A quote opens here and never closes."), line, text=text)
        if "new-line" in str(error):
            return line, [], Trouble("lone-return", N_("A lone carriage return stands in a cell."), line, text=text)
        sentence = N_("Text follows a closing quote; a quote within a cell is written twice.")
        return line, [], Trouble("stray-quote", sentence, line, text=text)


readers.add("csv")(Csv())
