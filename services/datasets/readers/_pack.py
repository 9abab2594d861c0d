"""Many JSON rows at once, straight to the cells that the store holds, where nothing about them is odd.

What is checked here is cheap and errs on the safe side: whoever gets None reads the same text again with
`_parse.RecordParser`, which keeps every spelling and names every oddity.
"""

import secrets
from collections.abc import Iterable, Iterator
from itertools import chain, groupby
from typing import Any

import orjson

from services.datasets.readers import Block
from services.datasets.values import DEPTH, Stored

_MARK = secrets.randbits(60)
"""Stands between two lines that are parsed together; no file can know it."""
_BETWEEN = b"],%d,\n[" % _MARK


class _OddError(Exception):
    """A value whose spelling would be lost."""


def plain(text: str) -> bytes:
    """The text as UTF-8; empty if it holds bytes that were not valid in the file's encoding."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        return b""


def rows_of_lines(text: bytes) -> list[dict[str, Any]] | None:
    """The objects of lines that hold one each (blank ones none); None if any line is anything else.

    The lines are parsed as lists within a list. A line break within a string is no JSON, and brackets that close in
    another line take a mark with them, so that the count tells.
    """
    body = text.removesuffix(b"\n")
    found = _load(b"[[" + body.replace(b"\n", _BETWEEN) + b"]]")
    if found is None or len(found) != 2 * body.count(b"\n") + 1:
        return None
    lists = found[::2]
    counts = set(map(type, lists)) == {list} and set(map(len, lists))
    if not counts or not counts <= {0, 1}:
        return None
    return _objects([item[0] for item in lists if item])


def rows_of_list(text: bytes) -> list[dict[str, Any]] | None:
    """The objects of a text in which they stand one after the other with commas between; None if it is not so."""
    return _objects(_load(b"[" + text + b"]"))


def pack(rows: list[dict[str, Any]], text: bytes) -> list[Block] | None:
    """The rows as blocks of one shape each, in order. text: all that they were read from.

    None if a number's spelling, a doubled key, NUL or deep nesting asks for more care.
    """
    if b"\\u0000" in text:
        return None
    cells: list[tuple[Any, ...]] = [tuple(row.values()) for row in rows]
    if set(map(type, chain.from_iterable(cells))) <= {str}:
        strings = 2 * sum(map(len, cells))
    else:
        try:
            spelled = b"-0" in text
            cells = [tuple(v if type(v) is str else _cell(v, spelled) for v in row) for row in cells]
        except _OddError:
            return None
        strings = _strings(orjson.dumps(rows))
    if strings != _strings(text):
        return None  # a key stands there twice: one of them is missing in the rows
    return list(_shapes(rows, cells))


def _shapes(rows: list[dict[str, Any]], cells: list[tuple[Stored, ...]]) -> Iterator[Block]:
    keys = list(map(tuple, rows))
    if len(set(keys)) == 1:
        yield Block(keys[0], cells)
        return
    at = 0
    for shape, same in groupby(keys):
        count = sum(1 for _ in same)
        yield Block(shape, cells[at : at + count])
        at += count


def _load(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return None


def _objects(found: Any) -> list[dict[str, Any]] | None:
    return found if found is not None and set(map(type, found)) <= {dict} else None


def _strings(text: bytes) -> int:
    """Number of strings in a valid JSON text: half its quotes that no backslash escapes."""
    if b"\\" in text:
        text = text.replace(b"\\\\", b"")
        return (text.count(b'"') - text.count(b'\\"')) // 2
    return text.count(b'"') // 2


def _cell(value: Any, spelled: bool) -> bytes:
    """A value that is no text, as the store holds it. spelled: -0 may stand in the text."""
    _check((value,), spelled)
    return orjson.dumps(value)


def _check(values: Iterable[Any], spelled: bool) -> None:
    """_OddError if a value holds a float, a zero that may be -0, or is nested deeply."""
    level = [values]
    for _ in range(DEPTH - 10):
        inner: list[Iterable[Any]] = []
        for items in level:
            for item in items:
                kind = type(item)
                if kind is str or item is None or kind is bool:
                    continue
                if kind is int:
                    if spelled and item == 0:
                        raise _OddError
                elif kind is dict:
                    inner.append(item.values())
                elif kind is list:
                    inner.append(item)
                else:
                    raise _OddError
        if not inner:
            return
        level = inner
    raise _OddError
