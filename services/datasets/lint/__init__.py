"""Checks of a data set, one file each: what they find and, where there is one, the fix as an ordinary edit.

To add one, put a file here with a subclass of `Check` and decorate it: `checks.add("my-check")(MyCheck)`. Problems that
no check claims are listed under their own code, so that nothing is silent.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from services.datasets.conversation import Problem
from services.datasets.mapping import Mapping
from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.i18n import N_
from services.registry import Registry, load_siblings


@dataclass(frozen=True)
class Fix:
    """An edit that mends a finding. sentence: what it does, N_-marked, with values. cells: (row id, column, value).
    delete: ids of rows to delete."""

    sentence: str
    cells: tuple[tuple[int, str, Any], ...] = ()
    delete: tuple[int, ...] = ()
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A problem of a row (row_id None: of the set as a whole), and the fix that is offered, if any."""

    check: str
    problem: Problem
    row_id: int | None = None
    fix: Fix | None = None

    @property
    def text(self) -> str:
        """The sentence in English."""
        return self.problem.sentence.format(**self.problem.values)


class Check:
    """One check; an object of it lives for one run over a set. id: the code of the problems it stands for."""

    id: ClassVar[str]
    title: ClassVar[str]

    def __init__(self, mapping: Mapping) -> None:
        self.mapping = mapping

    def find(self, row: Row, problems: list[Problem]) -> list[Problem]:
        """Problems of a row that are this check's. problems: all that deriving the row said."""
        return [problem for problem in problems if problem.code == self.id]

    def fix(self, row: Row, problem: Problem) -> Fix | None:
        """An edit that mends it, or None."""
        return None

    def finish(self) -> list[Problem]:
        """Problems of the set as a whole, when all rows were seen."""
        return []


checks: Registry[type[Check]] = Registry("check")


def lint(
    store: DatasetStore, revision: int | None = None, *, on_row: Callable[[int], None] = lambda number: None
) -> Iterator[Finding]:
    """All findings of a set, in the order of the rows, those of the whole set last.

    on_row: told before each row how many were looked at; what it raises ends the run.
    """
    revision = store.revision if revision is None else revision
    mapping = store.mapping_at(revision)
    running = [check(mapping) for check in checks]
    claimed = {check.id for check in running}
    for number, row in enumerate(store.iterate(revision)):
        on_row(number)
        problems = mapping.check(row.values)
        for check in running:
            for problem in check.find(row, problems):
                yield Finding(check.id, problem, row.id, check.fix(row, problem))
        for problem in problems:
            if problem.code not in claimed:
                yield Finding(problem.code, problem, row.id)
    for check in running:
        for problem in check.finish():
            yield Finding(check.id, problem)


def apply_fixes(store: DatasetStore, findings: Iterable[Finding]) -> int:
    """Apply the fixes of findings as one edit (two where rows are changed and others deleted). Returns how many."""
    fixes = [finding.fix for finding in findings if finding.fix]
    gone = {row for fix in fixes for row in fix.delete}
    cells = [cell for fix in fixes for cell in fix.cells if cell[0] not in gone]
    if cells:
        store.set_cells(cells, label=N_("Apply fixes"))
    if gone:
        store.delete_rows(gone, label=N_("Apply fixes"))
    return len(fixes)


def delete_row(row: Row) -> Fix:
    """The fix that deletes the row."""
    return Fix(N_("Delete the row."), delete=(row.id,))


load_siblings(__name__, __path__)  # last: the checks import what stands above
