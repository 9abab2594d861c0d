"""JSONL: one object a line. A broken line is named and kept aside; the others are read."""

from collections.abc import Iterator

from services.datasets.readers import Record, Source, Trouble, readers
from services.datasets.readers._elements import read_elements, starts_like_an_array
from services.datasets.readers._parse import RecordParser


class Jsonl:
    """One object a line."""

    suffixes = (".jsonl", ".ndjson", ".jsonlines")

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows by line; a file that is one JSON array after all is read as that."""
        if starts_like_an_array(source):
            yield from read_elements(source)
        else:
            yield from read_lines(source)


def read_lines(source: Source) -> Iterator[Record | Trouble]:
    """One object a line, blank lines skipped."""
    parser = RecordParser()
    for number, line in source.lines():
        if line.strip(" \t\r\n\ufeff"):
            yield from parser.parse(line, number)


readers.add("jsonl")(Jsonl())
