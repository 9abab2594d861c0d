"""JSON files of one array, element by element: memory is bounded by the largest element, not by the file."""

import re
from collections.abc import Iterator
from itertools import islice

from services.datasets.readers import Block, Record, Source, Trouble
from services.datasets.readers._pack import pack, plain, rows_of_list
from services.datasets.readers._parse import RecordParser
from services.i18n import N_

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|["\[\]{}]', re.DOTALL)  # whole strings, brackets, an unfinished quote
_SPACE = re.compile(r"[ \t\r\n\ufeff]*")
_SCALAR = re.compile(r"[^,\[\]{}\s]+")
_WRAPPED = re.compile(r'\{\s*"(data|train|rows|examples|records|items|instances|samples)"\s*:\s*(?=\[\s*[\{\]])')
_FIRST_KEY = re.compile(r'\{\s*"[^"\\]*(?:\\.[^"\\]*)*"\s*:', re.DOTALL)
_AT_ONCE = 1 << 20  # characters that are parsed together
_TRIES = 3  # borders between elements that are tried for them
_KEPT = 1 << 20  # characters of a broken element that are kept for repair


def starts_like_an_array(source: Source) -> bool:
    """Whether the file begins with [ and an object or the end of the array."""
    head = "".join(islice(source.chunks(), 2))
    return re.match(r"[ \t\r\n\ufeff]*\[\s*[\{\]]", head) is not None


def wrapper_key(source: Source) -> str:
    """The key of an object that wraps the rows, as in {"data": [...]}; "" if there is none."""
    head = "".join(islice(source.chunks(), 2))
    found = _WRAPPED.match(head.lstrip(" \t\r\n\ufeff"))
    return found[1] if found else ""


def read_elements(source: Source, *, wrapped: bool = False) -> Iterator[Record | Trouble]:
    """Rows of the array (wrapped: the one within the object), and what was wrong between them."""
    parser = RecordParser()
    for line, text, trouble in _Scanner(source.chunks()).elements(wrapped=wrapped):
        if trouble is not None:
            yield trouble
        else:
            yield from parser.parse(text, line)


def element_blocks(source: Source, *, wrapped: bool = False) -> Iterator[Block | Record | Trouble]:
    """What `read_elements` gives, with elements that have nothing odd about them many at a time."""
    parser = RecordParser()
    scanner = _Scanner(source.chunks())
    for line, text, trouble in scanner.elements(wrapped=wrapped, many=True):
        if scanner.blocks:
            yield from scanner.blocks
            scanner.blocks = []
        elif trouble is not None:
            yield trouble
        else:
            yield from parser.parse(text, line)


class _Scanner:
    """Finds where elements begin and end. The text before `at` is done with; physical lines are counted up to
    `_counted`, where line `_line` is."""

    def __init__(self, chunks: Iterator[str]) -> None:
        self._chunks = chunks
        self.text = ""
        self.at = 0
        self._line = 1
        self._counted = 0
        self._gone = 0  # characters of the file before `text`
        self._slow_until = 0  # characters of the file up to which elements are taken one by one
        self.blocks: list[Block] = []
        """Elements that were taken many at a time; whoever asked for them empties it."""

    def more(self) -> bool:
        """Read on. Returns whether there was more."""
        self.here()
        rest = self.text[self.at :]
        self._gone += self.at
        chunk = next(self._chunks, None)
        while chunk == "":
            chunk = next(self._chunks, None)
        self.text, self.at, self._counted = rest + (chunk or ""), 0, 0
        return chunk is not None

    def peek(self) -> str:
        """The next character that is no blank; "" at the end."""
        while True:
            found = _SPACE.match(self.text, self.at)
            self.at = found.end() if found else self.at
            if self.at < len(self.text):
                return self.text[self.at]
            if not self.more():
                return ""

    def here(self) -> int:
        """Physical line of the present place."""
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def elements(self, *, wrapped: bool, many: bool = False) -> Iterator[tuple[int, str, Trouble | None]]:
        """(line, text, None) of each element, or (line, "", trouble). many: where `blocks` holds something, it is
        that instead."""
        if wrapped:
            self.peek()
            found = _WRAPPED.match(self.text, self.at)
            assert found is not None
            self.at = found.end()
        self.peek()
        self.at += 1  # the [
        expected = ""
        while (char := self.peek()) != "]":
            line = self.here()
            if not char:
                yield line, "", Trouble("no-end", N_("The file ends before the closing ]."), line)
                return
            if char == ",":
                if expected != ",":
                    yield line, "", Trouble("extra-comma", N_("There is a comma too many before {here}."), line,
                                            values={"here": "{"})  # fmt: skip
                self.at += 1
                expected = ""
                continue
            if many and not expected and char == "{" and self._many():
                yield line, "", None
                continue
            if expected == ",":
                yield line, "", Trouble("no-comma", N_("A comma is missing between two records."), line)
            whole, text = self._element(char)
            if not whole:
                trouble = Trouble("cut-off", N_("The record is cut off: it ends in the middle."), line, 0, {}, text)
                yield line, "", trouble
                return
            yield line, text, None
            expected = ","
        self.at += 1
        if not wrapped and self.peek():
            yield self.here(), "", Trouble("extra-text", N_("{here} follows after the end of the record."), self.here(),
                                           values={"here": self.text[self.at : self.at + 20]})  # fmt: skip

    def _many(self) -> bool:
        """Put the elements that begin here and are in memory into `blocks` and move past them and the comma behind,
        if they are whole and have nothing odd about them.

        What begins with the same key is tried as the beginning of a later element. It is one if all before it is a
        valid list of objects: no object ends in two places.
        """
        if self._gone + self.at < self._slow_until:
            return False
        while len(self.text) - self.at < _AT_ONCE and self.more():
            pass
        key = _FIRST_KEY.match(self.text, self.at)
        end = len(self.text)
        for _ in range(_TRIES):
            end = self.text.rfind(key[0], self.at + 1, end) if key else -1
            if end < 0:
                break
            body = plain(self.text[self.at : end]).rstrip(b" \t\r\n")
            rows = rows_of_list(body[:-1]) if body.endswith(b",") else None
            found = pack(rows, body) if rows else None
            if found:
                self.blocks, self.at = found, end
                return True
            if rows:
                break
        self._slow_until = self._gone + len(self.text)
        return False

    def _element(self, first: str) -> tuple[bool, str]:
        """The element that begins here, and whether it has an end. Moves past it."""
        if first not in '{["':
            return True, self._scalar()
        depth, scan = 0, 0  # scan is counted from self.at, which stays at the element's start
        while True:
            found = _TOKEN.search(self.text, self.at + scan)
            if found is None or found[0] == '"':
                scan = (found.start() if found else len(self.text)) - self.at
                if not self.more():
                    text, self.at = self.text[self.at : self.at + _KEPT], len(self.text)
                    return False, text
                continue
            depth += found[0] in "{["
            depth -= found[0] in "}]"
            scan = found.end() - self.at
            if depth == 0:
                text = self.text[self.at : found.end()]
                self.at = found.end()
                return True, text

    def _scalar(self) -> str:
        while True:
            found = _SCALAR.match(self.text, self.at)
            end = found.end() if found else self.at + 1
            if end < len(self.text) or not self.more():
                text = self.text[self.at : end]
                self.at = end
                return text
