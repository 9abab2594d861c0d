"""Checks at work on one data set: rows are looked at one by one, then compared by their keys."""

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from services.datasets.lint._checks import Check, Ids, Keys, Read, SetCheck
from services.datasets.lint._subject import Subject
from services.datasets.mapping import Mapping
from services.datasets.rows import Row

if TYPE_CHECKING:
    from services.datasets.lint import Finding


class Running:
    """The checks that are on, ready for one data set. chosen: check id -> {"on": bool, option: value}. only: ids of
    the checks that are wanted, whatever is chosen; None for those that are on. path: the set's file."""

    def __init__(
        self, mapping: Mapping, chosen: dict[str, dict[str, Any]], path: Path, only: Collection[str] | None = None
    ) -> None:
        from services.datasets.lint import checks

        self.mapping = mapping
        self.all: list[Check] = []
        for kind in checks:
            options = chosen.get(kind.id, {})
            if kind.id in only if only is not None else options.get("on", kind.on):
                self.all.append(kind(mapping, options))
        for check in self.all:
            check.prepare(path)
        self.known = {kind.id for kind in checks}
        self.only = only
        self.sets: list[tuple[SetCheck, slice]] = []
        width = 0
        for check in self.all:
            if isinstance(check, SetCheck):
                self.sets.append((check, slice(width, width + check.width)))
                width += check.width
        self.width = width

    def fingerprint(self) -> str:
        """Changes whenever kept findings would no longer be those of these checks."""
        parts = [self.mapping.model_dump_json()]
        parts += [f"{c.id}|{c.version}|{sorted(c._chosen.items())}|{c.state()}" for c in self.all]
        return "\n".join(parts)

    def check(self, check_id: str) -> Check | None:
        """A running check by id."""
        return next((check for check in self.all if check.id == check_id), None)

    def look(self, row: Row) -> tuple[list["Finding"], list[int]]:
        """Findings of a row by itself, and its keys (width,)."""
        from services.datasets.lint import Finding

        subject = Subject(row.id, row.values, self.mapping)
        found: list[Finding] = []
        keys: list[int] = []
        for check in self.all:
            if isinstance(check, SetCheck):
                keys.extend(check.keys(subject))
            for problem in check.find(subject, subject.problems):
                found.append(Finding(check.id, problem, row.id, check.fix(subject, problem)))
        for problem in subject.problems:
            if problem.code not in self.known and (self.only is None or problem.code in self.only):
                found.append(Finding(problem.code, problem, row.id))
        return found, keys

    def judge(self, check: SetCheck, ids: Ids, keys: Keys, read: Read) -> Iterator["Finding"]:
        """Findings of one set-wide check over these rows. keys: (n, check.width)."""
        from services.datasets.lint import Finding

        for row_id, problem in check.judge(ids, keys, read):
            fix = None
            if row_id is not None and check.verb:
                rows = read([row_id])
                fix = check.fix(rows[0], problem) if rows else None
            yield Finding(check.id, problem, row_id, fix)


def reach(keys: Keys, start: Ids) -> Ids:
    """Places of all rows that are linked to those at start by equal keys, start included. keys: (n, width), 0 links
    nothing. start: (m,) keys' places."""
    inside = np.zeros(len(keys), dtype=bool)
    inside[start] = True
    fresh = inside.copy()
    while fresh.any():
        before = inside.copy()
        for column in range(keys.shape[1]):
            wanted = np.unique(keys[fresh, column])
            wanted = wanted[wanted != 0]
            if len(wanted):
                inside |= np.isin(keys[:, column], wanted)
        fresh = inside & ~before
    return np.flatnonzero(inside)
