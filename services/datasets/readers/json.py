"""JSON: an array of objects, the array within an object, one object, or lines of objects under the wrong suffix."""

import json
from collections.abc import Iterator

from services.datasets.readers import Block, Record, Source, Trouble, readers
from services.datasets.readers._elements import element_blocks, read_elements, starts_like_an_array, wrapper_key
from services.datasets.readers._parse import RecordParser
from services.datasets.readers.jsonl import line_blocks, read_lines
from services.i18n import N_


class Json:
    """JSON in the shapes that people keep rows in."""

    suffixes = (".json",)

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows of the array, the lines or the one object."""
        if starts_like_an_array(source):
            yield from read_elements(source)
        elif key := wrapper_key(source):
            source.facts["within"] = key
            yield from read_elements(source, wrapped=True)
        elif _is_lines(source):
            source.facts["lines"] = "one object a line"
            yield from read_lines(source)
        else:
            text = "".join(source.chunks())
            if text.strip():
                yield from _whole(text)

    def blocks(self, source: Source) -> Iterator[Block | Record | Trouble]:
        """The same, many rows at a time."""
        if starts_like_an_array(source):
            yield from element_blocks(source)
        elif key := wrapper_key(source):
            source.facts["within"] = key
            yield from element_blocks(source, wrapped=True)
        elif _is_lines(source):
            source.facts["lines"] = "one object a line"
            yield from line_blocks(source)
        else:
            yield from self.read(source)


def _is_lines(source: Source) -> bool:
    """Whether the first line that is not blank is an object by itself."""
    for _, line in source.lines():
        if line.strip():
            try:
                return isinstance(json.loads(line), dict)
            except (ValueError, RecursionError):
                return False
    return False


def _whole(text: str) -> Iterator[Record | Trouble]:
    """One object over several lines, or some of them."""
    start = text[: len(text) - len(text.lstrip())].count("\n") + 1
    for item in RecordParser().parse(text, start):
        if isinstance(item, Trouble) and item.code == "no-object" and text.lstrip().startswith("["):
            item = Trouble(
                "no-object", N_("The list holds no objects; a row is an object with keys."), start, text=text
            )
        yield item


readers.add("json")(Json())
