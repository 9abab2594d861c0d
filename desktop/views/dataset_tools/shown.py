"""Which rows the grid shows: filtered by plain words, sorted, or all of them."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from desktop.controllers.row_choice import Choice, RowChoice
from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.filter_strip import FilterStrip
from desktop.widgets.grid_headers import ColumnHeader
from services.errors import TunesmithError
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage
    from services.datasets.query import SortKey

_LARGE = 1 << 30  # an edit that is always made in a thread


@tools.add("shown")
class ShownTool(DatasetTool):
    """The filter field of the bar, the strip below it, and the search behind them."""

    order = 15

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.words = ""
        self.key: SortKey | None = None
        self._revision = -1
        self._column = 0
        self._kept: int | None = None  # id of the row that was current when the search began
        self.search = RowChoice(page.controller.store.path)
        self.field = page.bar.filter
        self.strip = FilterStrip()
        self.strip.hide()
        page.add_strip(self.strip)
        self.search.begun.connect(self._begun)
        self.search.found.connect(self._found)
        self.search.ended.connect(self._ended)
        self.search.failed.connect(self._failed)
        self.field.wanted.connect(self.filter)
        self.field.left.connect(page.grid.setFocus)
        self.field.typed.connect(lambda words: self.filter(words, sure=False))
        header = page.grid.horizontalHeader()
        if isinstance(header, ColumnHeader):
            header.mark_of = self._mark_at
        self.field.asked.connect(self._propose)
        self.strip.all_asked.connect(self.show_all)
        self.strip.again_asked.connect(self.refresh)
        self.strip.order_asked.connect(lambda: self.sort(None))
        self.strip.keep_asked.connect(self.keep_order)
        self.strip.chip_asked.connect(self.field.toggle)
        self._chips = QTimer(self)
        self._chips.setSingleShot(True)
        self._chips.setInterval(0)
        self._chips.timeout.connect(self._show_chips)

    @property
    def active(self) -> bool:
        """Whether not all rows stand in their own order."""
        return self.page.model.shown.some or self.search.running

    # --- what commands ask ----------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Put the keys into the filter field."""
        self.strip.show()
        self._chips.start()
        self.field.begin()

    def filter(self, words: str, *, sure: bool = True) -> None:
        """Show the rows that words mean; '' for all. sure: say what was not understood (not while one still types)."""
        from services.datasets.query import parse_filter

        model = self.page.model
        try:
            wanted = parse_filter(words, model.columns, model.facts.mapping) if words.strip() else None
        except TunesmithError as error:
            if sure:
                self._failed(error)
            return
        self.field.show_words(words)
        self.words = words
        self._look(wanted)

    def sort(self, key: "SortKey | None") -> None:
        """Sort what is shown; None for the set's own order."""
        self.key = key
        self.filter(self.words)
        self.page.grid.horizontalHeader().viewport().update()

    def show_all(self) -> None:
        """Show all rows in their own order, the current one still current."""
        self.key = None
        self.filter("")
        self.strip.hide()
        self.page.grid.setFocus()

    def refresh(self) -> None:
        """Look again: rows that no longer fit go, new ones come."""
        self.filter(self.words)

    def keep_order(self) -> None:
        """Make the sorted order the set's own, of all rows; undo brings the old one back."""
        key, store, context = self.key, self.page.controller.store, self.page.filter_context()
        if key is None or not self.page.can_edit():
            return
        from services.datasets.query import sorted_ids

        def done() -> None:
            self.page.toast_undo(lambda: tr("The order was kept"))
            self.sort(None)

        self.page.model.do(lambda: store.reorder(sorted_ids(store, key, context=context)), _LARGE, done)

    def can_refresh(self) -> bool:
        """Whether there is a selection to look for again."""
        return self.page.model.shown.some

    def can_keep(self) -> bool:
        """Whether there is an order to keep."""
        return self.key is not None and self.page.can_edit()

    def _mark_at(self, section: int) -> str:
        """Icon beside the name of the column that rows are sorted by."""
        key, columns = self.key, self.page.model.columns
        column = columns[section] if section < len(columns) else ""
        if key is None or key.column != column or (not column and key.by != "tokens"):
            return ""
        return "arrow-down" if key.reverse else "arrow-up"

    # --- following ------------------------------------------------------------------------------------------------

    def edited(self) -> None:
        self._chips.start()
        self._say()

    def said(self) -> None:
        self._say()

    def is_active(self) -> bool:
        return self.search.running or self.field.is_waiting()

    def closing(self) -> None:
        self._chips.stop()
        self.search.stop()

    def retranslate(self) -> None:
        self._chips.start()
        self._say()

    def state(self) -> dict[str, Any]:
        key = self.key
        sort = {"column": key.column, "by": key.by, "reverse": key.reverse} if key is not None else None
        return {"words": self.words, "sort": sort} if self.words or sort else {}

    def restore(self, state: dict[str, Any]) -> None:
        from services.datasets.query import SortKey

        sort = state.get("sort")
        if isinstance(sort, dict) and sort.get("by") in ("text", "number", "length"):
            self.key = SortKey(str(sort.get("column", "")), sort["by"], bool(sort.get("reverse")))
        self.filter(str(state.get("words") or ""))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _look(self, wanted: Any) -> None:
        current = self.page.grid.currentIndex()
        if current.isValid():
            self._column = current.column()
        ids = self.page.model.row_ids([range(current.row(), current.row() + 1)]) if current.isValid() else []
        self._kept = ids[0] if ids else None
        self.strip.show_error(None)
        if wanted is None and self.key is None:
            self.search.stop()
            if self.page.model.shown.some:
                self.page.model.show_ids(None)
                self._go_back()
                self._tell()
            self._say()
            return
        self.strip.show()
        self._chips.start()
        self._revision = self.page.model.facts.revision
        self.search.look(Choice(wanted, self.key), self.page.filter_context())
        self._say()

    def _begun(self) -> None:
        import numpy as np

        self.page.model.show_ids(np.empty(0, dtype=np.int64), in_order=self.key is None)

    def _found(self, ids: Any) -> None:
        first = not len(self.page.model.shown)
        self.page.model.more_ids(ids)
        if first and len(ids):
            self._go_back()

    def _ended(self) -> None:
        self._go_back()
        self._tell()
        self._say()

    def _tell(self) -> None:
        for tool in self.page.tools.values():
            tool.rows_chosen()

    def _go_back(self) -> None:
        """To the row that was current, else to the first one, unless the person has gone elsewhere meanwhile."""
        grid, model = self.page.grid, self.page.model
        current, column = grid.currentIndex(), self._column
        if self._kept is not None and (position := model.shown.position(self._kept)) >= 0:
            grid.go_to(position, column)
            self._kept = None
        elif not current.isValid() and model.rowCount():
            grid.go_to(0, column)

    def _failed(self, error: Exception) -> None:
        plain = error if isinstance(error, TunesmithError) else None
        if plain is None:
            self.page.show_error(error)
            return
        self.strip.show()
        self._chips.start()
        self.strip.show_error(plain)
        self.field.show_wrong()
        self._say()

    def _say(self) -> None:
        model = self.page.model
        self.strip.show_state(
            shown=len(model.shown),
            total=model.facts.count,
            some=model.shown.some,
            running=self.search.running,
            stale=model.shown.some and self._revision != model.facts.revision and not self.search.running,
            key=self.key,
            may_keep=self.can_keep(),
        )
        self.page.none_shown(model.shown.some and not len(model.shown) and not self.search.running)

    def _propose(self, words: str) -> None:
        from services.datasets.query import suggest
        from services.i18n import language

        model = self.page.model
        tags = self.page.tool("marks").tags()[:20]
        self.field.propose(suggest(words, model.columns, model.facts.mapping, tags, self._checks(), language()))

    def _checks(self) -> list[str]:
        from services.datasets.lint import checks

        return checks.ids()

    def _show_chips(self) -> None:
        if not self.strip.isVisible():
            return
        mapping = self.page.model.facts.mapping
        chips: list[str] = []
        if any(mapping.column(role) in self.page.model.columns for role in ("response", "messages")):
            chips.append(tr("answer is empty"))
        chips += [tr("starred"), tr('contains ""'), tr("length > 500"), tr("tokens > 2048")]
        chips += [tr('tag is "{tag}"', tag=tag) for tag in self.page.tool("marks").tags()[:3] if '"' not in tag]
        self.strip.show_chips(chips, self.words)
