"""What the columns mean: a role by a click on a header, the format by a button of the bar."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.column_roles import popup_formats, popup_roles
from services.errors import TunesmithError

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


@tools.add("roles")
class RolesTool(DatasetTool):
    """Roles and formats."""

    order = 30

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        header = page.grid.horizontalHeader()
        header.sectionClicked.connect(self.choose_role)
        header.customContextMenuRequested.connect(lambda at: self.choose_role(header.logicalIndexAt(at)))
        page.bar.format.clicked.connect(self._choose_format)

    def choose_role(self, section: int) -> None:
        """Ask what a column means, and what to do with it."""
        model = self.page.model
        if not 0 <= section <= len(model.columns):
            return
        name = model.columns[section] if section < len(model.columns) else ""
        roles = self.page.controller.roles(model.facts.mapping) if name and self.page.can_edit() else None

        def extend(menu: QMenu) -> None:
            for tool in self.page.tools.values():
                tool.column_menu(menu, name)

        role = model.role_of(name) if name else ""
        popup_roles(self.page.grid, section, roles, role, partial(self._set_role, name), extend)

    def _set_role(self, name: str, role: str) -> None:
        self.page.model.do(lambda: self.page.controller.set_role(name, role))
        self.page.grid.horizontalHeader().viewport().update()

    def _choose_format(self) -> None:
        choices = self.page.controller.format_choices()
        popup_formats(self.page.bar.format, choices, self.page.model.facts.mapping.format, self._set_format)

    def _set_format(self, format_id: str) -> None:
        try:
            self.page.model.do(lambda: self.page.controller.set_format(format_id))
        except TunesmithError as error:
            self.page.show_error(error)
        self.page.grid.horizontalHeader().viewport().update()
