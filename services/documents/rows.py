"""From replies to rows: pairs with their source, each kind of duplicate dropped once and counted."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.documents.answers import Pair, read_pairs
from services.documents.asking import Reply
from services.documents.chunks import Chunk

COLUMNS = ("question", "answer", "source", "review")
OPEN, ACCEPTED, REJECTED = "open", "accepted", "rejected"
"""Values of the column `review`."""

_NEAR = 0.85  # Jaccard similarity of the questions' character triples
_PERMUTATIONS = 64


@dataclass
class Counts:
    """What became of the replies. unread: pieces that could not be used; silent: replies without any pair."""

    pairs: int = 0
    repeated: int = 0
    near: int = 0
    unread: int = 0
    silent: list[int] = field(default_factory=list)


class RowMaker:
    """Makes rows of replies, in order; remembers every question, so that a resumed job drops the same ones."""

    def __init__(self, *, keep_chunk: bool = False, known: Iterable[str] = ()) -> None:
        """known: questions that are in the data set already."""
        from datasketch import MinHashLSH

        self.counts = Counts()
        self._keep_chunk = keep_chunk
        self._seen: set[str] = set()
        self._index = MinHashLSH(threshold=_NEAR, num_perm=_PERMUTATIONS)
        self._numbers: dict[str, list[str]] = {}
        for question in known:
            self._new(question)
        self.counts = Counts()

    def rows(self, chunk: Chunk, reply: Reply) -> list[dict[str, Any]]:
        """The rows of a reply."""
        pairs, unread = read_pairs(reply.text)
        self.counts.unread += unread
        if not pairs:
            self.counts.silent.append(chunk.number)
        return [self._row(chunk, pair) for pair in pairs if self._new(pair.question)]

    def _row(self, chunk: Chunk, pair: Pair) -> dict[str, Any]:
        self.counts.pairs += 1
        row = dict(zip(COLUMNS, (pair.question, pair.answer, chunk.source, OPEN), strict=True))
        return {**row, "chunk": chunk.text} if self._keep_chunk else row

    def _new(self, question: str) -> bool:
        from datasketch import MinHash

        plain = re.sub(r"\W+", "", question.casefold())
        if plain in self._seen:
            self.counts.repeated += 1
            return False
        mark = MinHash(num_perm=_PERMUTATIONS)
        mark.update_batch([plain[i : i + 3].encode("utf-8") for i in range(max(1, len(plain) - 2))])
        numbers = re.findall(r"\d+", question)  # rule 2 is not rule 3, however alike the questions are
        if any(self._numbers[key] == numbers for key in self._index.query(mark)):
            self.counts.near += 1
            self._seen.add(plain)
            return False
        key = f"{len(self._seen)}"
        self._index.insert(key, mark)
        self._numbers[key] = numbers
        self._seen.add(plain)
        return True
