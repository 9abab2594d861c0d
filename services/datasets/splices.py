"""What goes into the log of a long value that changed in several places: the places, and not all between them."""

import re
from difflib import SequenceMatcher
from itertools import accumulate
from typing import TypeVar

from services.datasets.changes import Change, cell_change, common_length
from services.datasets.values import Stored

Piece = TypeVar("Piece", str, bytes)

_WORTH = 1024  # characters (bytes of JSON) of a splice; a smaller one is not looked into further
_MOST_PIECES = 4000
_ENTRY = 40  # bytes of an entry of the log beside its values
_TEXT_PIECE = re.compile(r"[^\n.,;。，；]{0,400}[\n.,;。，；]|[^\n.,;。，；]{1,400}")
_JSON_PIECE = re.compile(rb"[^\n.,;}\]]{0,400}[\n.,;}\]]|[^\n.,;}\]]{1,400}")


def cell_changes(row: int, column: int, old: Stored, new: Stored) -> list[Change]:
    """`cell_change` for a value that may have changed in several places, such as the turns of a conversation."""
    single = cell_change(row, column, old, new)
    size = _size(single)
    if single.at is not None:
        old, new, at = single.old, single.new, single.at
    else:
        at = 0
    if size < _WORTH or old is None or new is None:
        return [single]
    if isinstance(old, str) and isinstance(new, str):
        parts = _spliced(_TEXT_PIECE.findall(old), _TEXT_PIECE.findall(new), "", at, single)
    elif isinstance(old, bytes) and isinstance(new, bytes):
        parts = _spliced(_JSON_PIECE.findall(old), _JSON_PIECE.findall(new), b"", at, single)
    else:
        return [single]
    return parts if parts and sum(_size(p) + _ENTRY for p in parts) < size else [single]


def _size(change: Change) -> int:
    return len(change.old or "") + len(change.new or "")


def _spliced(was: list[Piece], now: list[Piece], empty: Piece, at: int, whole: Change) -> list[Change]:
    """A splice for each difference, from the last to the first, so that each place is where it was before any."""
    if max(len(was), len(now)) > _MOST_PIECES:
        return []
    starts = [0, *accumulate(map(len, was))]
    parts = []
    for tag, a, b, c, d in SequenceMatcher(None, was, now).get_opcodes():
        if tag != "equal":
            old, new = empty.join(was[a:b]), empty.join(now[c:d])
            head = common_length(old, new)
            tail = common_length(old[head:][::-1], new[head:][::-1])
            old, new = old[head : len(old) - tail], new[head : len(new) - tail]
            parts.append(Change("cell", old, new, whole.row, whole.column, at + starts[a] + head))
    return parts[::-1]
