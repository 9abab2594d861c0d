"""JSONL: one object a line."""

from collections.abc import Iterable
from typing import BinaryIO

from services.datasets.rows import Row
from services.datasets.values import dump
from services.datasets.writers import writers


class Jsonl:
    """One object a line, numbers as they are spelled."""

    suffixes = (".jsonl", ".ndjson", ".jsonlines")
    needs_columns = False

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows."""
        for row in rows:
            file.write(dump(row.values).encode("utf-8") + b"\n")
        return []


writers.add("jsonl")(Jsonl())
