"""The questions about what is known of a row beside its cells: its length in tokens, findings, star and tags."""

from dataclasses import dataclass

import numpy as np

from services.datasets.query.cells import Flags
from services.datasets.query.filters import Asked, Filter, compare


@dataclass(frozen=True)
class Tokens(Filter):
    """Tokens of the row, as the chosen model counts them; a row that was not counted yet does not fit."""

    sign: str
    number: float

    def flags(self, asked: Asked) -> Flags:
        return compare(asked.context.tokens_of(asked.batch.ids), self.sign, self.number)


@dataclass(frozen=True)
class HasFinding(Filter):
    """A check found something in the row: this one, or any if none is named."""

    check: str = ""

    def flags(self, asked: Asked) -> Flags:
        known = asked.context.need_findings()
        found = (known.get(i, ()) for i in asked.batch.ids.tolist())
        return np.array([self.check in checks if self.check else bool(checks) for checks in found], dtype=np.bool_)


@dataclass(frozen=True)
class Starred(Filter):
    """The row has a star."""

    def flags(self, asked: Asked) -> Flags:
        return asked.batch.sql("c0 IS NOT NULL AND json_extract(CAST(c0 AS TEXT), '$.star') = 1")


@dataclass(frozen=True)
class Tagged(Filter):
    """The row has a tag: this one (in whatever case), or any if none is named."""

    tag: str = ""

    def flags(self, asked: Asked) -> Flags:
        found = asked.batch.sql("c0 IS NOT NULL")
        if not found.any():
            return found
        from services.datasets.marks import marks_of

        marked = dict(asked.batch.fetch("c0"))
        folded = self.tag.casefold()
        for i in np.flatnonzero(found):
            tags = marks_of(marked[int(asked.batch.ids[i])]).tags
            found[i] = any(tag.casefold() == folded for tag in tags) if folded else bool(tags)
        return found
