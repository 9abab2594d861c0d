"""A filter's words cut into pieces: quoted texts, /expressions/, signs, numbers, words that mean something, others."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from services.datasets.errors import DatasetError
from services.datasets.query.lexicon import MEANINGS, QUOTES, ROLE_OF, SAME_SIGN, SIGNS
from services.i18n import N_

Kind = Literal["text", "regex", "sign", "number", "open", "close", "word", "name", "role", "other", "end"]
_NUMBER = re.compile(r"[-+]?\d[\d_]*(?:\.\d+)?(?![\w.])")
_STOPS = set("()（）/") | set(QUOTES)
_CJK = "㐀-䶿一-鿿"
_WHOLE = re.compile(rf"[^{_CJK}\s]")


@dataclass(frozen=True)
class Piece:
    """One piece. value: what it means (the text in quotes, the meaning of a word). start, stop: where it stands."""

    kind: Kind
    value: str
    start: int
    stop: int
    flags: str = ""


def cut(words: str, columns: Iterable[str]) -> list[Piece]:
    """The pieces of a filter, an "end" last. DatasetError for a quote or expression that does not end.

    Names of columns count as one piece also where they have several words.
    """
    names = {name.casefold(): name for name in columns}
    known = sorted({*names, *MEANINGS, *ROLE_OF}, key=len, reverse=True)
    pieces: list[Piece] = []
    at = 0
    while at < len(words):
        if words[at].isspace() or words[at] in ",，":
            at += 1
            continue
        piece = (
            _quoted(words, at) or _expression(words, at, pieces) or _sign(words, at) or _number(words, at)
            or _known(words, at, known, names) or _other(words, at, known)
        )  # fmt: skip
        pieces.append(piece)
        at = piece.stop
    return [*pieces, Piece("end", "", len(words), len(words))]


def raw_word(words: str, start: int) -> int:
    """Where the word that begins at start ends, whatever it means: at a blank, a bracket or a quote."""
    at = start
    while at < len(words) and not words[at].isspace() and words[at] not in _STOPS - {"/", "'"}:
        at += 1
    return at


def _quoted(words: str, at: int) -> Piece | None:
    end = QUOTES.get(words[at])
    if end is None:
        return None
    out, i = "", at + 1
    while i < len(words) and words[i] != end:
        if words[i] == "\\" and i + 1 < len(words) and words[i + 1] in (end, "\\"):
            i += 1
        out += words[i]
        i += 1
    if i >= len(words):
        raise DatasetError(
            N_("The quotation that begins at {part} does not end."),
            way_out=N_("Close it with {quote}."),
            part=words[at : at + 20],
            quote=end,
        )
    return Piece("text", out, at, i + 1)


def _expression(words: str, at: int, before: list[Piece]) -> Piece | None:
    """/expression/i, where a slash can begin one."""
    if words[at] != "/" or (before and before[-1].kind == "other" and before[-1].stop == at):
        return None
    found = re.compile(r"/((?:[^/\\]|\\.)*)/([a-zA-Z]*)").match(words, at)
    if not found:
        raise DatasetError(
            N_("The expression that begins at {part} does not end."),
            way_out=N_("Close it with {quote}."),
            part=words[at : at + 20],
            quote="/",
        )
    return Piece("regex", found[1].replace(r"\/", "/"), at, found.end(), found[2].lower())


def _sign(words: str, at: int) -> Piece | None:
    if words[at] in "(（":
        return Piece("open", "(", at, at + 1)
    if words[at] in ")）":
        return Piece("close", ")", at, at + 1)
    for sign in SIGNS:
        if words.startswith(sign, at):
            return Piece("sign", SAME_SIGN.get(sign, sign), at, at + len(sign))
    return None


def _number(words: str, at: int) -> Piece | None:
    found = _NUMBER.match(words, at)
    return Piece("number", found[0].replace("_", ""), at, found.end()) if found else None


def _known(words: str, at: int, known: list[str], names: dict[str, str]) -> Piece | None:
    for spelling in known:
        stop = _spelled(words, at, spelling)
        if stop is None:
            continue
        if spelling in MEANINGS:
            return Piece("word", MEANINGS[spelling], at, stop)
        if spelling in names:
            return Piece("name", names[spelling], at, stop)
        return Piece("role", ROLE_OF[spelling], at, stop)
    return None


def _spelled(words: str, at: int, spelling: str) -> int | None:
    """Where a spelling that stands at a place ends, None if it does not stand there. Chinese needs no blanks."""
    stop = at + len(spelling)
    if words[at:stop].casefold() != spelling:
        return None
    letters = bool(_WHOLE.match(spelling[-1:])) and spelling[-1:].isalnum()
    following = words[stop : stop + 1]
    if letters and following and (following.isalnum() or following in "_-") and _WHOLE.match(following):
        return None
    return stop


def _other(words: str, at: int, known: list[str]) -> Piece:
    """A word that means nothing here: up to a blank, sign, bracket or quote, or a Chinese word that means something."""
    stop = at + 1
    while stop < len(words) and not words[stop].isspace() and words[stop] not in _STOPS:
        if any(words.startswith(sign, stop) for sign in SIGNS):
            break
        if not _WHOLE.match(words[stop]) and any(_spelled(words, stop, s) for s in known if not _WHOLE.match(s)):
            break
        stop += 1
    return Piece("other", words[at:stop], at, stop)
