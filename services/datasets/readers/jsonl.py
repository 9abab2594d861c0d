"""JSONL: one object a line. A broken line is named and kept aside; the others are read."""

from collections.abc import Iterator

from services.datasets.readers import Block, Record, Source, Trouble, readers
from services.datasets.readers._elements import element_blocks, read_elements, starts_like_an_array
from services.datasets.readers._pack import pack, plain, rows_of_lines
from services.datasets.readers._parse import BLANK, RecordParser


class Jsonl:
    """One object a line."""

    suffixes = (".jsonl", ".ndjson", ".jsonlines")

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows by line; a file that is one JSON array after all is read as that."""
        if starts_like_an_array(source):
            yield from read_elements(source)
        else:
            yield from read_lines(source)

    def blocks(self, source: Source) -> Iterator[Block | Record | Trouble]:
        """The same, many rows at a time."""
        yield from element_blocks(source) if starts_like_an_array(source) else line_blocks(source)


def read_lines(source: Source) -> Iterator[Record | Trouble]:
    """One object a line, blank lines skipped."""
    parser = RecordParser()
    for number, line in source.lines():
        if line.strip(BLANK):
            yield from parser.parse(line, number)


def line_blocks(source: Source) -> Iterator[Block | Record | Trouble]:
    """What `read_lines` gives, with rows that have nothing odd about them many at a time."""
    parser = RecordParser()
    number, rest = 1, [""]
    for chunk in source.chunks():
        text, newline, begun = chunk.rpartition("\n")
        if newline:
            text = "".join([*rest, text, newline])
            yield from _blocks(text, number, parser)
            number += text.count("\n")
            rest = [begun]
        else:
            rest.append(begun)  # a line of megabytes
    yield from _blocks("".join(rest), number, parser)


def _blocks(text: str, number: int, parser: RecordParser) -> Iterator[Block | Record | Trouble]:
    """Rows of whole lines, the first of which is physical line `number`; where some are odd, line by line."""
    data = plain(text)
    rows = rows_of_lines(data)
    found = pack(rows, data) if rows else None
    if found is not None:
        yield from found
        return
    for at, line in enumerate(text.split("\n"), number):
        if not line.strip(BLANK):
            continue
        data = plain(line)
        rows = rows_of_lines(data)
        found = pack(rows, data) if rows else None
        yield from parser.parse(line, at) if found is None else found


readers.add("jsonl")(Jsonl())
