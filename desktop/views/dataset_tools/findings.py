"""Findings: to the rows of one, its fix, and which rows have one, for the filter."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from desktop.controllers.findings import FindingGroup
from desktop.views.dataset_tools import DatasetTool, tools
from services.i18n import trn

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


@tools.add("findings")
class FindingsTool(DatasetTool):
    """What the buttons of the findings panel do."""

    order = 40

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        page.panel.findings.show_asked.connect(self._show)
        page.panel.findings.fix_asked.connect(self._fix)
        self._by_row: tuple[object, dict[int, set[str]]] = (None, {})

    def known_findings(self) -> Mapping[int, Collection[str]] | None:
        """Checks by row id, as of the last look; None before the first one is done."""
        groups = self.page.watch.groups
        if self.page.watch.findings_count is None:
            return None
        if self._by_row[0] is not groups:
            found: dict[int, set[str]] = {}
            for group in groups:
                for finding in group.first:
                    if finding.row_id is not None:
                        found.setdefault(finding.row_id, set()).add(finding.check)
            self._by_row = (groups, found)
        return self._by_row[1]

    def _show(self, group: FindingGroup) -> None:
        """To the next row of a kind, from the current one on; among the rows that are shown if it has some there."""
        grid, model = self.page.grid, self.page.model
        ids = [f.row_id for f in group.first if f.row_id is not None]
        shown = (
            {position: row for row in ids if (position := model.shown.position(row)) >= 0} if model.shown.some else {}
        )
        if not shown:
            store = self.page.controller.store
            shown = {p: row for row, p in zip(ids, store.positions(ids), strict=True) if p >= 0}
        if not shown:
            return
        column = group.first[0].problem.column
        columns = model.columns
        number = columns.index(column) if column in columns else max(0, grid.currentIndex().column())
        later = [p for p in shown if p > grid.currentIndex().row()]
        self.page.go_to_row(shown[min(later or shown)], number)
        grid.setFocus()

    def _fix(self, group: FindingGroup) -> None:
        count = group.fixes
        self.page.model.do(
            lambda: self.page.controller.mend(group),
            group.size,
            lambda: self.page.toast_undo(lambda: trn("{n} row mended", "{n} rows mended", count)),
        )
