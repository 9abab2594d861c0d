"""JSON: one array, an object a line within it."""

from collections.abc import Iterable
from typing import BinaryIO

from services.datasets.rows import Row
from services.datasets.values import dump
from services.datasets.writers import writers


class Json:
    """An array of objects, numbers as they are spelled."""

    suffixes = (".json",)
    needs_columns = False

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows."""
        before = b"[\n"
        for row in rows:
            file.write(before + dump(row.values).encode("utf-8"))
            before = b",\n"
        file.write(b"[]\n" if before == b"[\n" else b"\n]\n")
        return []


writers.add("json")(Json())
