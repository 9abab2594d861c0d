"""Findings: to the rows of one, and its fix."""

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

    def _show(self, group: FindingGroup) -> None:
        grid, model = self.page.grid, self.page.model
        ids = [f.row_id for f in group.first if f.row_id is not None]
        places = sorted(p for p in self.page.controller.store.positions(ids) if p >= 0)
        later = [p for p in places if p > grid.currentIndex().row()]
        if places:
            column = group.first[0].problem.column
            columns = model.columns
            number = columns.index(column) if column in columns else max(0, grid.currentIndex().column())
            grid.go_to(later[0] if later else places[0], number)
            grid.setFocus()

    def _fix(self, group: FindingGroup) -> None:
        count = group.fixes
        self.page.model.do(
            lambda: self.page.controller.mend(group),
            group.size,
            lambda: self.page.toast_undo(lambda: trn("{n} row mended", "{n} rows mended", count)),
        )
