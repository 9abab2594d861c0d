"""Plain text: one row a line."""

from collections.abc import Iterable
from typing import BinaryIO

from services.datasets.rows import Row
from services.datasets.values import to_text
from services.datasets.writers import writers
from services.i18n import N_


class Txt:
    """The first column's text, a row a line."""

    suffixes = (".txt",)

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows."""
        lost: dict[str, None] = {}
        if len(columns) > 1:
            lost[N_("Only the first column was written; a text file has one.")] = None
        for row in rows:
            text = to_text(row.values.get(columns[0]) if columns else None)
            if "\n" in text:
                lost[N_("Some rows have several lines, which are read back as several rows.")] = None
            file.write(text.encode("utf-8", "replace") + b"\n")
        return list(lost)


writers.add("txt")(Txt())
