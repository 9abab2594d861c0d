"""Searching regardless of case in every script, over bytes.

What is meant by "regardless of case" is Unicode's full case folding (str.casefold). Folding 600 MB character by
character takes ten seconds, so bytes are searched first for a piece of the needle for which lower-casing ASCII is all
that folding does; what only folding can tell (ſ, K, ß, ligatures, letters beyond ASCII) is looked at cell by cell.
"""

import re
from collections import defaultdict
from functools import lru_cache

import numpy as np

from services.datasets.query.cells import Cells, Flags, Places


@lru_cache(maxsize=1)
def _sources() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Folded character -> the others that fold to it alone, and those whose folding has it among several."""
    alone: dict[str, list[str]] = defaultdict(list)
    among: dict[str, list[str]] = defaultdict(list)
    for number in range(0x20000):  # no letter with case stands beyond
        letter = chr(number)
        folded = letter.casefold()
        if folded != letter:
            for part in folded:
                (alone if len(folded) == 1 else among)[part].append(letter)
    return alone, among


def _escaped(letter: str) -> bool:
    """Whether JSON writes a character otherwise."""
    return letter in '"\\' or letter < " " or "\ud800" <= letter <= "\udfff"


def _plain(letter: str) -> bool:
    """Whether lower-casing ASCII is all that is needed to find a folded character, rare ones aside."""
    return not _escaped(letter) and (letter.isascii() or letter not in _sources()[0])


class Needle:
    """A text that is looked for regardless of case. case: regard it after all."""

    def __init__(self, text: str, *, case: bool = False) -> None:
        self.text = text if case else text.casefold()
        self._case = case
        runs = [""]
        for letter in self.text:
            fits = not _escaped(letter) if case else _plain(letter)
            runs = [*runs[:-1], runs[-1] + letter] if fits else [*runs, ""]
        piece = max(runs, key=len)
        self._piece = piece.encode("utf-8")
        self._whole = piece == self.text  # so that finding the piece is finding the needle
        self._lower = not case and any(letter.isascii() and letter.isalpha() for letter in piece)
        self._rare = {} if case else _rare(piece)
        self._pattern = None if piece or case else _pattern(self.text)

    def in_text(self, text: str) -> bool:
        """Whether a text contains it."""
        return self.text in (text if self._case else text.casefold())

    def flags(self, cells: Cells) -> Flags:
        """(count,) which cells contain it."""
        out = np.zeros(cells.count, dtype=np.bool_)
        if not self.text:
            out[:] = True
            return out
        buffer = cells.buffer
        escaped = b"\xfe" in buffer
        doubtful: list[Places] = []
        if self._piece:
            hits = cells.containing(self._piece, fold=self._lower)
            if self._whole and not escaped:
                out[hits] = True
            else:
                doubtful.append(hits)
        elif self._pattern is not None:
            places = [found.start() for found in self._pattern.finditer(buffer)]
            doubtful.append(cells.at(np.array(places, dtype=np.int64)))
        else:
            doubtful.append(np.arange(cells.count))
        for lead, seconds in self._rare.items():
            if lead in buffer:
                at = np.flatnonzero(cells.octets[:-1] == lead)
                following = cells.octets[at + 1]
                doubtful += [cells.at(at[following == second]) for second in seconds]
        if escaped:
            doubtful.append(cells.containing(b"\xfe"))
        for i in {int(i) for some in doubtful for i in some}:
            if not out[i]:
                out[i] = any(self.in_text(text) for text in cells.texts(i))
        return out


def _rare(piece: str) -> dict[int, list[int]]:
    """First byte -> second bytes of the characters that fold to something of the piece, ASCII's own aside."""
    alone, among = _sources()
    leads: dict[int, set[int]] = defaultdict(set)
    for letter in set(piece):
        for source in [*alone.get(letter, []), *among.get(letter, [])]:
            if not source.isascii():
                encoded = source.encode("utf-8")
                leads[encoded[0]].add(encoded[1])
    return {lead: sorted(seconds) for lead, seconds in leads.items()}


def _pattern(text: str) -> re.Pattern[bytes] | None:
    """What finds every cell that may contain a text of letters beyond ASCII; None if JSON writes one otherwise."""
    if any(_escaped(letter) for letter in text):
        return None
    alone, among = _sources()
    parts = [[letter, *alone.get(letter, [])] for letter in text]
    written = "".join("(?:" + "|".join(re.escape(one) for one in part) + ")" for part in parts)
    rare = sorted({source for letter in text for source in among.get(letter, [])})
    return re.compile("|".join([written, *map(re.escape, rare)]).encode("utf-8"))
