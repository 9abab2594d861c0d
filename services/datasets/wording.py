"""What differs in a text, word by word, and how a cell reads side by side with another: turns as turns.

Bounded: whatever the texts are, an answer comes in a fraction of a second. What lies between the common beginning and
end is compared by lines and sentences where it is long, and only those that replace each other by words.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from services.datasets.changes import common_length
from services.datasets.mapping import Mapping
from services.datasets.values import ABSENT, load, to_text

Span = tuple[int, int]
"""Half-open, in characters."""

_WORDS = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\u3040-\u30ff]|\w+\s*|[^\w\s]\s*|\s+")
_LINES = re.compile(r"[^\n.!?。！？；]*[\n.!?。！？；]+[ \t]*|[^\n.!?。！？；]+")  # or sentences
_MOST = 400_000  # pairs of pieces that are compared: about a tenth of a second at the worst
_NEAR = 3  # marks as near as this to each other are shown as one


@dataclass(frozen=True)
class Side:
    """One side of a cell. text: as it is read. marks: what the other side has not. heads: spans of the lines that name
    a turn's role."""

    text: str
    marks: tuple[Span, ...] = ()
    heads: tuple[Span, ...] = ()


def sides(before: Any, after: Any, mapping: Mapping | None = None) -> tuple[Side, Side]:
    """Both sides of a cell with what differs marked; lists of turns read as turns. ABSENT has no text and no marks."""
    tags = mapping.tags if mapping is not None else None
    texts = [_readable(value, tags) for value in (before, after)]
    if before is ABSENT or after is ABSENT:
        return tuple(Side(text, (), heads) for text, heads in texts)  # type: ignore[return-value]
    old, new = word_marks(texts[0][0], texts[1][0])
    if texts[0][0] == texts[1][0]:  # 1 and "1", or other blanks in the JSON: the whole is what differs
        old, new = [(0, len(texts[0][0]))], [(0, len(texts[1][0]))]
    return Side(texts[0][0], tuple(old), texts[0][1]), Side(texts[1][0], tuple(new), texts[1][1])


def word_marks(before: str, after: str) -> tuple[list[Span], list[Span]]:
    """What each text has that the other has not, in whole words."""
    head = _word_start(before, after, common_length(before, after))
    tail = common_length(before[head:][::-1], after[head:][::-1])
    tail = _word_end(before, after, tail, head)
    old, new = _compare(before[head : len(before) - tail], after[head : len(after) - tail])
    return _joined(before, old, head), _joined(after, new, head)


def _compare(before: str, after: str) -> tuple[list[Span], list[Span]]:
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    if len(old) * len(new) <= _MOST:
        return _by_pieces(old, new)
    lines = _LINES.findall(before), _LINES.findall(after)
    found: tuple[list[Span], list[Span]] = ([], [])
    budget = _MOST
    starts = [_starts(part) for part in lines]
    for a, b, c, d in _gaps(*lines):
        at = (starts[0][a], starts[1][c])
        words = _WORDS.findall("".join(lines[0][a:b])), _WORDS.findall("".join(lines[1][c:d]))
        budget -= len(words[0]) * len(words[1])
        inner = _by_pieces(*words) if budget > 0 else ([(0, starts[0][b] - at[0])], [(0, starts[1][d] - at[1])])
        for out, spans, offset in zip(found, inner, at, strict=True):
            out.extend((x + offset, y + offset) for x, y in spans if y > x)
    return found


def _gaps(old: list[str], new: list[str]) -> list[tuple[int, int, int, int]]:
    """Stretches of lines that replace each other, between lines that stand once on each side in the same order (the
    longest such row of lines) and their equal neighbours. Quick for any number of lines."""
    once = [{line: i for i, line in enumerate(part)} for part in (old, new)]
    counts = Counter(old), Counter(new)
    pairs = [(i, once[1][line]) for i, line in enumerate(old) if counts[0][line] == 1 == counts[1][line]]
    gaps, a, c = [], 0, 0
    for i, j in [*_rising(pairs), (len(old), len(new))]:
        if i < a or j < c:
            continue  # swallowed by the neighbours of the one before
        b, d = i, j
        while b > a and d > c and old[b - 1] == new[d - 1]:
            b, d = b - 1, d - 1
        gaps += _nearer(old, new, a, b, c, d)
        while i < len(old) and j < len(new) and old[i] == new[j]:
            i, j = i + 1, j + 1
        a, c = i, j
    return gaps


def _nearer(old: list[str], new: list[str], a: int, b: int, c: int, d: int) -> list[tuple[int, int, int, int]]:
    """A stretch without lines that stand once, compared line by line if it is short enough."""
    if b == a or d == c or (b - a) * (d - c) > _MOST:
        return [(a, b, c, d)] if b > a or d > c else []
    codes = SequenceMatcher(None, old[a:b], new[c:d], autojunk=False).get_opcodes()
    return [(a + i, a + j, c + k, c + n) for tag, i, j, k, n in codes if tag != "equal"]


def _rising(pairs: list[Span]) -> list[Span]:
    """The longest part of pairs (ascending in the first number) that ascends in the second too."""
    tops: list[int] = []
    last: list[int] = []
    before: list[int] = []
    for n, (_, j) in enumerate(pairs):
        place = bisect_left(tops, j)
        before.append(last[place - 1] if place else -1)
        tops[place : place + 1] = [j]
        last[place : place + 1] = [n]
    chain, n = [], last[-1] if last else -1
    while n >= 0:
        chain.append(pairs[n])
        n = before[n]
    return chain[::-1]


def _by_pieces(old: Sequence[str], new: Sequence[str]) -> tuple[list[Span], list[Span]]:
    starts = _starts(old), _starts(new)
    out: tuple[list[Span], list[Span]] = ([], [])
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            if b > a:
                out[0].append((starts[0][a], starts[0][b]))
            if d > c:
                out[1].append((starts[1][c], starts[1][d]))
    return out


def _starts(pieces: Sequence[str]) -> list[int]:
    found, at = [0], 0
    for piece in pieces:
        at += len(piece)
        found.append(at)
    return found


def _word_start(before: str, after: str, head: int) -> int:
    """The common beginning, drawn back to where a word begins if it ends within one on either side."""
    while head > 0 and _within(before, head) | _within(after, head):
        head -= 1
    return head


def _word_end(before: str, after: str, tail: int, head: int) -> int:
    tail = min(tail, len(before) - head, len(after) - head)
    while tail > 0 and _within(before, len(before) - tail) | _within(after, len(after) - tail):
        tail -= 1
    return tail


def _within(text: str, at: int) -> bool:
    """Whether a place lies within a word of letters and digits (Chinese has none to speak of)."""
    return 0 < at < len(text) and text[at - 1].isalnum() and text[at].isalnum() and text[at] < "\u2e80"


def _joined(text: str, spans: Sequence[Span], offset: int) -> list[Span]:
    """Spans moved by offset, without the blanks around what is marked; near ones joined."""
    out: list[Span] = []
    for start, stop in ((a + offset, b + offset) for a, b in spans):
        inner = text[start:stop].strip()
        if inner:
            start += text[start:stop].index(inner)
            stop = start + len(inner)
        if out and start - out[-1][1] < _NEAR and text[out[-1][1] : start].strip() == "":
            out[-1] = (out[-1][0], stop)
        else:
            out.append((start, stop))
    return out


def _readable(value: Any, tags: Any) -> tuple[str, tuple[Span, ...]]:
    """A cell as text; a list of turns as turns, each under its role. And the spans of the roles."""
    turns = turns_of(value, tags)
    if turns is None:
        return to_text(value), ()
    parts: list[str] = []
    heads, at = [], 0
    for role, text in turns:
        heads.append((at, at + len(role)))
        part = f"{role}\n{text}\n\n"
        at += len(part)
        parts.append(part)
    return "".join(parts).rstrip("\n"), tuple(heads)


def turns_of(value: Any, tags: Any) -> list[tuple[str, str]] | None:
    """(role, text) of each turn, with what else a turn has as JSON below; None for what is no list of turns."""
    if isinstance(value, str) and value[:200].lstrip()[:2] in ("[{", "[ "):
        try:
            value = load(value)
        except (ValueError, RecursionError):
            return None
    if not isinstance(value, list) or not value or not all(isinstance(turn, dict) for turn in value):
        return None
    spelled = [("role", "content"), ("from", "value")]
    if tags is not None:
        spelled.insert(0, (tags.role_tag, tags.content_tag))
    pair = next((p for p in spelled if all(p[0] in turn for turn in value)), None)
    if pair is None:
        return None
    found = []
    for turn in value:
        rest = {key: item for key, item in turn.items() if key not in pair}
        text = to_text(turn.get(pair[1], ""))
        found.append((to_text(turn[pair[0]]), text + (f"\n{to_text(rest)}" if rest else "")))
    return found
