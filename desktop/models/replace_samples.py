"""What a replacement would do to a cell, as a short piece of it: before, what goes, what comes, after."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.datasets.query import Replacement
    from services.datasets.query.replacing import Sample

_AROUND = 32  # characters shown before and after
_LONG = 80  # characters of what goes and of what comes
_COMPARED = 20_000  # characters that are looked at for the first difference


@dataclass(frozen=True)
class Piece:
    """One place. more: how many other places of the cell change too."""

    before: str
    gone: str
    come: str
    after: str
    more: int = 0


def piece_of(sample: "Sample", replacement: "Replacement") -> Piece:
    """The first place of a cell that changes."""
    old = sample.old
    if sample.spans:
        start, stop = sample.spans[0]
        come = next((text for a, b, text in replacement.spans(old) if (a, b) == (start, stop)), "")
        return _piece(old, start, stop, come, len(sample.spans) - 1)
    head = _common(old[:_COMPARED], sample.new[:_COMPARED])
    tail = _common(old[head:][::-1], sample.new[head:][::-1])
    return _piece(old, head, len(old) - tail, sample.new[head : len(sample.new) - tail], 0)


def _piece(old: str, start: int, stop: int, come: str, more: int) -> Piece:
    left, right = max(0, start - _AROUND), stop + _AROUND
    return Piece(
        ("…" if left else "") + _line(old[left:start]),
        _short(old[start:stop]),
        _short(come),
        _line(old[stop:right]) + ("…" if right < len(old) else ""),
        more,
    )


def _common(a: str, b: str) -> int:
    count = 0
    for one, other in zip(a, b, strict=False):
        if one != other:
            break
        count += 1
    return count


def _short(text: str) -> str:
    return _line(text if len(text) <= _LONG else text[:_LONG] + "…")


def _line(text: str) -> str:
    return text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\t", "⇥")
