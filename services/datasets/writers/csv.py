"""CSV and TSV: text as it is, other values as their JSON, nothing for null and for what a row does not have."""

import csv
import io
from collections.abc import Iterable
from typing import BinaryIO

from services.datasets.rows import Row
from services.datasets.values import to_text
from services.datasets.writers import writers
from services.datasets.writers._shape import note_shape
from services.i18n import N_


class Csv:
    """A table with a header."""

    suffixes: tuple[str, ...] = (".csv",)
    delimiter = ","

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows."""
        lost: dict[str, None] = {}
        text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="", write_through=True)
        try:
            table = csv.writer(text, delimiter=self.delimiter)
            table.writerow(columns)
            for row in rows:
                note_shape(row, columns, lost, N_("Keys that a row does not have became empty cells."))
                cells = [to_text(row.values.get(column)) for column in columns]
                table.writerow(cells)
                for column, cell in zip(columns, cells, strict=True):
                    if not cell and column in row.values and row.values[column] is None:
                        lost[N_("null became an empty cell.")] = None
                    elif not cell.isascii() and not _writable(cell):
                        lost[N_("Half characters became question marks.")] = None
        finally:
            text.detach()
        return list(lost)


def _writable(cell: str) -> bool:
    try:
        cell.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class Tsv(Csv):
    """A table with tabs."""

    suffixes = (".tsv", ".tab")
    delimiter = "\t"


writers.add("csv")(Csv())
writers.add("tsv")(Tsv())
