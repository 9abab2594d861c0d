"""Fixes applied to a data set: any number of them, cells and rows to delete, as one edit."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from services.datasets.changes import Change, cell_change
from services.datasets.lint._checks import Fix
from services.datasets.store import DatasetStore
from services.datasets.values import encode
from services.i18n import N_

if TYPE_CHECKING:
    from services.datasets.lint import Finding


def apply_fixes(store: DatasetStore, findings: Iterable["Finding"], label: str = N_("Apply fixes")) -> int:
    """Apply the fixes of findings as one edit. Returns how many were applied.

    Where two fixes change one cell the later one is worked out anew over what the earlier one wrote.
    """
    cells: dict[tuple[int, str], Any] = {}
    gone: dict[int, None] = {}
    count = 0
    for finding in findings:
        fix = finding.fix
        if fix is None:
            continue
        count += 1
        if finding.row_id in gone:
            continue
        if any((row, column) in cells for row, column, _ in fix.cells):
            fix = _anew(store, finding, cells)
            if fix is None:
                continue
        cells.update({(row, column): value for row, column, value in fix.cells})
        gone.update(dict.fromkeys(fix.delete))
    if cells or gone:
        apply_edit(store, cells, list(gone), label)
    return count


def apply_edit(store: DatasetStore, cells: dict[tuple[int, str], Any], gone: list[int], label: str) -> int:
    """Change cells and delete rows as one edit; rows that are gone by now are passed over. Returns the revision."""
    if not gone:
        known = [row for row, _ in cells]
        there = {row for row, place in zip(known, store.positions(known), strict=True) if place >= 0}
        return store.set_cells([(r, c, value) for (r, c), value in cells.items() if r in there], label=label)

    def build() -> list[Change]:
        order = store._live.order
        leaving = [row for row, place in zip(gone, order.positions(gone), strict=True) if place >= 0]
        kept = [(row, column) for row, column in cells if row not in set(leaving)]
        there = order.positions([row for row, _ in kept])
        changes = []
        for (row, name), place in zip(kept, there, strict=True):
            column, new = store._column(name).id, encode(cells[row, name])
            old = store._live.get_cell(row, column)
            if place >= 0 and (old != new or type(old) is not type(new)):
                changes.append(cell_change(row, column, old, new))
        return [*changes, *store._out(leaving)[0]]

    return store.edit(label, build)


def _anew(store: DatasetStore, finding: "Finding", cells: dict[tuple[int, str], Any]) -> Fix | None:
    from services.datasets.lint import checks
    from services.datasets.lint._subject import Subject

    assert finding.row_id is not None
    row, mapping = store.row(finding.row_id), store.mapping
    values = {**row.values, **{column: value for (r, column), value in cells.items() if r == row.id}}
    if finding.check not in checks:
        return None
    return checks.get(finding.check)(mapping).fix(Subject(row.id, values, mapping), finding.problem)
