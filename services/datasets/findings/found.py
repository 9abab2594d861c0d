"""What was found in a data set, as it is kept: by kind, by row, with its fixes, and what of it is ignored."""

import contextlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from services.datasets.conversation import Problem, Sure
from services.datasets.findings.cache import Cache, unpacked
from services.datasets.findings.choices import Choices
from services.datasets.lint import Check, Finding, Fix, Ids, Subject, checks
from services.datasets.rows import read_rows
from services.datasets.store import DatasetStore
from services.i18n import tr

_SURENESS: dict[str, int] = {"sure": 0, "likely": 1, "maybe": 2}


@dataclass(frozen=True)
class Group:
    """Findings of one kind. count: those that are not ignored; ignored: those that are; mends: how many of the former
    the program can mend. blocks: whether one of them keeps its row out of training. sure: of the surest. first: one
    of its problems. rows: whether they are of rows, not of the set as a whole."""

    check: str
    count: int
    ignored: int
    mends: int
    blocks: bool
    sure: Sure
    first: Problem
    rows: bool

    @property
    def title(self) -> str:
        """Its name in the language in use."""
        if self.check in checks:
            return tr(checks.get(self.check).title)
        return tr(self.first.sentence, **{"other": self.first.other, **self.first.values})

    @property
    def help(self) -> str:
        """Why it matters, in the language in use."""
        if self.check in checks:
            return tr(checks.get(self.check).help)
        return tr(self.first.way_out, **self.first.values)

    @property
    def verb(self) -> str:
        """The words of its fix's button, in the language in use."""
        return tr(checks.get(self.check).verb) if self.check in checks else ""


@dataclass(frozen=True)
class Kept:
    """A finding as it is kept. mark: what ignoring it is remembered by. mends: whether the program can mend it."""

    check: str
    row_id: int | None
    problem: Problem
    mark: str
    mends: bool
    ignored: bool = False

    def say(self, number: int = 0) -> str:
        """Its sentence in the language in use. number: of the other row that it is about, if there is one."""
        return tr(self.problem.sentence, **{"other": number or self.problem.other, **self.problem.values})


class Findings:
    """Reads the findings of one data set; `refresh` writes them. Close it (or use `with`)."""

    def __init__(self, dataset: Path) -> None:
        self.dataset = dataset
        self.choices = Choices.of(dataset)
        self._cache = Cache(dataset)

    @classmethod
    def open(cls, dataset: Path) -> "Findings":
        """The findings of the data set at this path. DatasetError if its choices cannot be read."""
        return cls(dataset)

    def close(self) -> None:
        """Close the file."""
        self._cache.close()

    def __enter__(self) -> "Findings":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def revision(self) -> int | None:
        """The revision that they are of; None if nothing has been looked at."""
        found = self._cache.meta("revision")
        return int(found) if found else None

    @property
    def rows_looked_at(self) -> int:
        """How many rows have been looked at."""
        return int(self._query("SELECT count(*) FROM rows")[0][0])

    def groups(self, *, ignored: bool = False) -> list[Group]:
        """Findings by kind, those that block first, then the surest and the most. ignored: also kinds of which all are
        ignored."""
        out = []
        records = self._query(
            "SELECT kind, count(*), sum(mends), max(blocks), max(row IS NOT NULL), min(CASE sure WHEN 'sure' THEN 0"
            " WHEN 'likely' THEN 1 ELSE 2 END) FROM found GROUP BY kind"
        )
        for kind, total, mends, blocks, rows, sure in records:
            gone, gone_mends = self._ignored_count(kind, total, mends)
            if total - gone or ignored:
                first = self._query("SELECT blocks, sure, data FROM found WHERE kind = ? ORDER BY row LIMIT 1", kind)[0]
                level = next(name for name, number in _SURENESS.items() if number == sure)
                out.append(Group(kind, total - gone, gone, mends - gone_mends, bool(blocks), level,  # type: ignore[arg-type]
                                 unpacked(kind, *first), bool(rows)))  # fmt: skip
        return sorted(out, key=lambda g: (not g.count, not g.blocks, _SURENESS[g.sure], -g.count, g.check))

    def of(self, check: str, start: int = 0, count: int = 1 << 60, *, ignored: bool = False) -> list[Kept]:
        """Findings of a kind in the order of row ids, from start on. ignored: those that are ignored instead."""
        out: list[Kept] = []
        for finding in self._all(check):
            if finding.ignored is ignored:
                if start > 0:
                    start -= 1
                elif len(out) < count:
                    out.append(finding)
                else:
                    break
        return out

    def of_row(self, row_id: int) -> list[Kept]:
        """Findings of a row that are not ignored."""
        records = self._query(
            "SELECT kind, row, blocks, sure, mends, mark, data FROM found WHERE row = ? ORDER BY kind", row_id
        )
        return [kept for record in records if not (kept := self._kept(record)).ignored]

    def rows_of(self, check: str) -> Ids:
        """(n,) ascending ids of the rows that have findings of a kind, ignored ones left out."""
        if check in self.choices.ignored_checks:
            return np.empty(0, dtype=np.int64)
        hidden = self.choices.ignored.get(check, {})
        records = self._query("SELECT row, mark FROM found WHERE kind = ? AND row IS NOT NULL ORDER BY row", check)
        return np.unique(np.asarray([row for row, mark in records if mark not in hidden], dtype=np.int64))

    def findings_by_row(self) -> dict[int, set[str]]:
        """Row id -> the kinds of findings that it has, ignored ones left out."""
        out: dict[int, set[str]] = {}
        whole, hidden = set(self.choices.ignored_checks), self.choices.ignored
        for row, kind, mark in self._query("SELECT row, kind, mark FROM found WHERE row IS NOT NULL"):
            if kind not in whole and mark not in hidden.get(kind, ()):
                out.setdefault(row, set()).add(kind)
        return out

    def blocked_rows(self) -> int:
        """How many rows cannot be trained as they stand."""
        return int(self._query("SELECT count(DISTINCT row) FROM found WHERE blocks AND row IS NOT NULL")[0][0])

    def fixes(self, check: str, store: DatasetStore, marks: Sequence[str] | None = None) -> Iterator[Finding]:
        """Findings of a kind with their fixes, worked out over the rows as they are now. marks: only these."""
        if check not in checks:
            return
        mapping = store.mapping
        worker: Check = checks.get(check)(mapping, self.choices.settings.get(check))
        wanted = None if marks is None else set(marks)
        for part in _parts(self._all(check), 500):
            kept = [k for k in part if k.mends and not k.ignored and (wanted is None or k.mark in wanted)]
            rows = {row.id: row for row in _rows(store, [k.row_id for k in kept if k.row_id is not None])}
            for finding in kept:
                row = rows.get(finding.row_id or 0)
                fix: Fix | None = None
                if row is not None:
                    fix = worker.fix(Subject(row.id, row.values, mapping), finding.problem)
                if fix is not None:
                    yield Finding(check, finding.problem, finding.row_id, fix)

    def ignore(self, check: str, marks: Sequence[str] | None = None) -> None:
        """Ignore findings by their marks, or (None) the check as a whole; remembered, and taken back by `take_back`."""
        if marks is None:
            self.choices.ignore_check(check)
        else:
            known = {k.mark: k.say() for k in self._all(check) if k.mark in set(marks)}
            self.choices.ignore(check, known)
        self.choices.save()

    def take_back(self, check: str, marks: Sequence[str] | None = None) -> None:
        """Ignore them no longer; None: all of a check."""
        self.choices.take_back(check, None if marks is None else list(marks))
        self.choices.save()

    def _all(self, check: str) -> Iterator[Kept]:
        # the connection may be used from other threads meanwhile: read in parts, each by itself
        last = -1
        while True:
            records = self._query(
                "SELECT kind, row, blocks, sure, mends, mark, data, rowid, coalesce(row, 0) AS place FROM found"
                " WHERE kind = ? AND coalesce(row, 0) > ? ORDER BY row LIMIT 2000",
                check, last,
            )  # fmt: skip
            if len(records) == 2000:  # a row may have several: the last one may go on in the next part
                end = records[-1][8]
                if records[0][8] != end:
                    records = [r for r in records if r[8] != end]
            for record in records:
                yield self._kept(record[:7])
            if not records:
                return
            last = records[-1][8]

    def _kept(self, record: Sequence[Any]) -> Kept:
        kind, row, blocks, sure, mends, mark, data = record
        ignored = kind in self.choices.ignored_checks or mark in self.choices.ignored.get(kind, {})
        return Kept(kind, row, unpacked(kind, blocks, sure, data), mark, bool(mends), ignored)

    def _ignored_count(self, kind: str, total: int, mends: int) -> tuple[int, int]:
        """How many findings of a kind are ignored, and how many of those can be mended."""
        if kind in self.choices.ignored_checks:
            return total, mends
        gone = gone_mends = 0
        for mark in self.choices.ignored.get(kind, {}):
            row = int(mark.partition("-")[0]) if mark.partition("-")[0].isdecimal() else 0
            records = self._query(
                "SELECT mends FROM found WHERE kind = ? AND row IS ? AND mark = ?", kind, row or None, mark
            )
            gone += len(records)
            gone_mends += sum(record[0] for record in records)
        return gone, gone_mends

    def _query(self, sql: str, *values: Any) -> list[Any]:
        with contextlib.suppress(sqlite3.OperationalError):  # the file went away while it was open
            return self._cache.connection.execute(sql, values).fetchall()
        return [(0,)] if "count(" in sql and "GROUP" not in sql else []


def _parts(items: Iterator[Kept], size: int) -> Iterator[list[Kept]]:
    part: list[Kept] = []
    for item in items:
        part.append(item)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part


def _rows(store: DatasetStore, ids: Sequence[int]) -> list[Any]:
    with store._reading():
        there = [i for i, place in zip(ids, store._live.order.positions(ids), strict=True) if place >= 0]
        return list(read_rows(store._connection, list(dict.fromkeys(there)), store._live.columns))
