"""Columns: hide, show, freeze, move; remembered for each data set."""

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QMenu

from desktop.actions import round_menu
from desktop.models.column_layout import COUNTED, ColumnLayout
from desktop.theme import icon
from desktop.views.dataset_tools import DatasetTool, tools
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


@tools.add("columns")
class ColumnsTool(DatasetTool):
    """What a header's menu and the commands do with the columns."""

    order = 35

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.columns = page.grid.columns
        self._touched = False
        self.columns.changed.connect(self._changed)

    def column_menu(self, menu: QMenu, column: str) -> None:
        """Add what can be done with a column ('' for the length in tokens)."""
        names, layout = self.columns.names(), self.columns.layout_now
        menu.addSeparator()
        shown = layout.visible(names)
        choices: list[tuple[str, str, ColumnLayout]] = [
            (tr("Move left"), "arrow-left", layout.moved(names, column, -1)),
            (tr("Move right"), "arrow-right", layout.moved(names, column, 1)),
            (tr("Hide this column"), "eye-slash", layout.without(names, column)),
        ]
        if column not in layout.frozen:
            choices.append((tr("Freeze this column"), "push-pin", layout.frozen_with(names, column)))
            if shown and shown[0] != column:
                choices.append((tr("Freeze up to this column"), "push-pin", layout.frozen_to(names, column)))
        if layout.frozen:
            choices.append((tr("Unfreeze columns"), "push-pin-slash", layout.unfrozen()))
        for words, mark, wanted in choices:
            action = menu.addAction(icon(mark, "text2"), words)
            action.setEnabled(wanted != layout)
            action.triggered.connect(partial(self._use, wanted))
        hidden = [name for name in names if name in layout.hidden]
        if hidden:
            more = round_menu(QMenu(tr("Show hidden columns"), menu))
            menu.addMenu(more)
            more.addAction(tr("All of them")).triggered.connect(partial(self._use, layout.with_all()))
            more.addSeparator()
            for name in hidden[:40]:
                title = name if name != COUNTED else tr("tokens")
                more.addAction(title).triggered.connect(partial(self._use, layout.with_one(name)))

    # --- what commands ask ----------------------------------------------------------------------------------------

    def open_menu(self) -> None:
        """The menu of the current column."""
        self.page.tool("roles").choose_role(self.page.grid.currentIndex().column())

    def move(self, by: int) -> None:
        """The current column one place to the left (-1) or the right (1)."""
        self._use(self.columns.layout_now.moved(self.columns.names(), self._current(), by))
        self.page.grid.scrollTo(self.page.grid.currentIndex())

    def hide(self) -> None:
        """Hide the current column; the next one is current then."""
        names = self.columns.names()
        shown = self.columns.layout_now.visible(names)
        at = shown.index(self._current())
        self._use(self.columns.layout_now.without(names, self._current()))
        after = [name for name in shown if name not in self.columns.layout_now.hidden]
        number = names.index(after[min(at, len(after) - 1)])
        self.page.grid.go_to(self.page.grid.currentIndex().row(), number)

    def show_all(self) -> None:
        """Show the hidden ones."""
        self._use(self.columns.layout_now.with_all())

    def freeze(self) -> None:
        """Freeze all up to the current column; unfreeze if it is frozen."""
        layout, name = self.columns.layout_now, self._current()
        if name in layout.frozen:
            self._use(layout.unfrozen())
        else:
            self._use(layout.frozen_to(self.columns.names(), name))

    def has_column(self) -> bool:
        """Whether there is a current column."""
        return self.page.grid.currentIndex().isValid()

    def has_hidden(self) -> bool:
        """Whether some are hidden."""
        return bool(self.columns.layout_now.hidden)

    def opened(self) -> None:
        """Arrange the columns as they were when this set was last open."""
        kept = self.page.main.session.remembered_view(self.page.id)
        if isinstance(kept.get("columns"), dict):
            self.restore(kept["columns"])
        if isinstance(kept.get("widths"), dict):
            self.page.grid.set_widths(kept["widths"])

    def closing(self) -> None:
        widths, columns = self.page.grid.widths(), self.state()
        kept = {"columns": columns, "widths": widths} if widths or columns else {}
        if kept or self._touched:
            self.page.main.session.remember_view(self.page.id, kept)

    # --- keeping --------------------------------------------------------------------------------------------------

    def state(self) -> dict[str, Any]:
        return dict(self.columns.layout_now.plain()) if self._touched else {}

    def restore(self, state: dict[str, Any]) -> None:
        self.columns.use(ColumnLayout.from_plain(state))

    def _changed(self) -> None:
        self._touched = True
        self.page.changed.emit()

    def _current(self) -> str:
        names, at = self.columns.names(), self.page.grid.currentIndex().column()
        return names[at] if 0 <= at < len(names) else COUNTED

    def _use(self, layout: ColumnLayout, *_: object) -> None:
        self.columns.use(layout)
