"""One side of a cell in pieces to be drawn: what is alike, what differs, names of roles, and long stretches folded."""

from dataclasses import dataclass
from typing import Literal

from services.datasets.wording import Side

_CONTEXT = 240  # characters shown around what differs
_FOLD_FROM = 900  # a shorter stretch that is alike is shown whole
_MOST = 12_000  # characters drawn of a side


@dataclass(frozen=True)
class Piece:
    """kind: 'same', 'mark', 'head', or 'fold' (text is what is left out)."""

    kind: Literal["same", "mark", "head", "fold"]
    text: str


def pieces(side: Side) -> list[Piece]:
    """A side in its pieces, in order. Joined they are the text, except that what is beyond 12,000 characters drawn is
    one folded piece at the end."""
    out: list[Piece] = []
    at = 0
    for start, stop in side.marks:
        out += _alike(side, at, start, first=at == 0, last=False)
        out.append(Piece("mark", side.text[start:stop]))
        at = stop
    out += _alike(side, at, len(side.text), first=at == 0, last=True)
    return _capped([piece for piece in out if piece.text])


def _alike(side: Side, start: int, stop: int, *, first: bool, last: bool) -> list[Piece]:
    """A stretch that is alike: whole, or its ends near what differs."""
    if stop - start < _FOLD_FROM or not side.marks:
        return _with_heads(side, start, stop)
    head = start if first else start + _CONTEXT
    tail = stop if last else stop - _CONTEXT
    folded = Piece("fold", side.text[head:tail])
    return [*_with_heads(side, start, head), folded, *_with_heads(side, tail, stop)]


def _with_heads(side: Side, start: int, stop: int) -> list[Piece]:
    out, at = [], start
    for a, b in side.heads:
        if start <= a and b <= stop:
            out += [Piece("same", side.text[at:a]), Piece("head", side.text[a:b])]
            at = b
    return [*out, Piece("same", side.text[at:stop])]


def _capped(found: list[Piece]) -> list[Piece]:
    out, left = [], _MOST
    for number, piece in enumerate(found):
        if piece.kind == "fold" or len(piece.text) <= left:
            out.append(piece)
            left -= 0 if piece.kind == "fold" else len(piece.text)
            continue
        rest = piece.text[left:] + "".join(p.text for p in found[number + 1 :])
        return [*out, Piece(piece.kind, piece.text[:left]), Piece("fold", rest)]
    return out
