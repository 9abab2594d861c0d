"""Find and replace: seen before it is done, one cell or all, each one edit that can be undone."""

import threading
from typing import TYPE_CHECKING

from desktop.models.replace_samples import Piece, piece_of
from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.replace_strip import ReplaceStrip
from services.datasets.order import Ids
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, encode
from services.errors import TunesmithError
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage
    from services.datasets.query import Replacement, ReplacePreview

_SHOWN = 20


@tools.add("replace")
class ReplaceTool(DatasetTool):
    """The strip of Ctrl+H."""

    order = 21

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self._stop = threading.Event()
        self._looking = False
        self._going_on = False  # one was replaced: to the next when it is known what is left
        self._found: ReplacePreview | None = None
        self._asked: Replacement | None = None
        self.strip = ReplaceStrip()
        self.strip.hide()
        page.add_strip(self.strip)
        self.strip.wanted.connect(self.look)
        self.strip.next_asked.connect(self.go_on)
        self.strip.one_asked.connect(self.replace_one)
        self.strip.all_asked.connect(self.replace_all)
        self.strip.left.connect(self.end)

    def begin(self) -> None:
        """Show the strip, with the words that are being found."""
        self.page.tool("find").end()
        self.strip.show()
        self.strip.begin(self.page.model.columns)
        self.look()

    def end(self) -> None:
        """Hide it."""
        self._stop.set()
        self._looking = False
        self.strip.hide()
        self._mark("")
        self.page.grid.setFocus()

    def look(self) -> None:
        """Look for what would change."""
        self._stop.set()
        self._found, self._asked, self._looking = None, None, False
        strip, words = self.strip, self.strip.words.text()
        if not words:
            strip.show_nothing()
            self._mark("")
            return
        from services.datasets.query import Replacement

        column = strip.columns.current_id()
        try:
            wanted = Replacement(
                words,
                strip.put.text(),
                (column,) if column else (),
                regex=strip.regex.isChecked(),
                case=strip.case.isChecked(),
                whole=strip.whole.isChecked(),
            )
        except TunesmithError as error:
            strip.show_error(error)
            return
        self._mark("" if wanted.regex else words)
        self._asked, self._looking = wanted, True
        stop = self._stop = threading.Event()
        path, ids = self.page.controller.store.path, self._ids()

        def work() -> "tuple[ReplacePreview, list[tuple[int, str, Piece]]]":
            with DatasetStore.open(path, read_only=True) as store:
                found = wanted.preview(store, ids, stop)
                samples = found.samples[:_SHOWN]
                places = store.positions([sample.row for sample in samples])
                pieces = [
                    (place, sample.column, piece_of(sample, wanted))
                    for place, sample in zip(places, samples, strict=True)
                ]
                return found, pieces

        def done(answer: "tuple[ReplacePreview, list[tuple[int, str, Piece]]]") -> None:
            if stop is self._stop and not stop.is_set():
                self._looking = False
                self._found, pieces = answer
                self._say(pieces, ids is not None)
                if self._going_on:
                    self._going_on = False
                    self.go_on()

        def failed(error: Exception) -> None:
            if stop is self._stop and not stop.is_set():
                self._looking = False
                if isinstance(error, TunesmithError):
                    strip.show_error(error)
                else:
                    self.page.show_error(error)

        strip.show_looking()
        strip.allow(False, False)
        self.page.run(work, done, failed)

    def go_on(self) -> bool:
        """To the next cell that would change; whether there is one."""
        found, asked, grid = self._found, self._asked, self.page.grid
        if found is None or asked is None or not found.ids:
            return False
        model, here = self.page.model, (grid.currentIndex().row(), grid.currentIndex().column())
        positions = sorted(p for p in map(self._position, found.ids) if p >= 0)
        later = [p for p in positions if p >= here[0]]
        for position in [*later, *positions]:
            row = model.row_at(position)
            for number, name in enumerate(model.columns):
                beyond = (position, number) > here or position not in later
                if row is not None and beyond and self._changes(name, row.values.get(name, ABSENT)):
                    grid.go_to(position, number)
                    return True
        return False

    def replace_one(self) -> None:
        """In the current cell, if it would change; then go to the next."""
        asked, grid, model = self._asked, self.page.grid, self.page.model
        if asked is None or not model.editable:
            return
        index = grid.currentIndex()
        row = model.row_at(index.row())
        name = model.columns[index.column()] if 0 <= index.column() < len(model.columns) else ""
        if row is None or not name or not self._changes(name, row.values.get(name, ABSENT)):
            self.go_on()
            return
        from dataclasses import replace

        import numpy as np

        here, store = replace(asked, columns=(name,)), self.page.controller.store
        ids = np.array([row.id], dtype=np.int64)
        self._going_on = model.do(lambda: here.apply(store, ids))

    def replace_all(self) -> None:
        """All that was shown, as one edit."""
        asked, found = self._asked, self._found
        if asked is None or found is None or not found.cells:
            return
        store, ids, count = self.page.controller.store, self._ids(), found.cells
        self.page.model.do(
            lambda: asked.apply(store, ids),
            count,
            lambda: self.page.toast_undo(lambda: trn("{n} cell replaced", "{n} cells replaced", count)),
        )

    # --- following ------------------------------------------------------------------------------------------------

    def edited(self) -> None:
        if self.strip.isVisible():
            self.look()

    def rows_chosen(self) -> None:
        if self.strip.isVisible():
            self.look()

    def closing(self) -> None:
        self._stop.set()

    def is_active(self) -> bool:
        return self._looking or (self.strip.isVisible() and self.strip.is_waiting())

    # --- inside ---------------------------------------------------------------------------------------------------

    def _ids(self) -> Ids | None:
        return self.page.model.shown.all() if self.page.model.shown.some else None

    def _position(self, row_id: int) -> int:
        return self.page.model.shown.position(row_id)

    def _changes(self, column: str, value: object) -> bool:
        from services.datasets.query.changed import changed_cell

        asked = self._asked
        if asked is None or (asked.columns and column not in asked.columns):
            return False
        return changed_cell(encode(value), asked.spans) is not None

    def _say(self, pieces: list[tuple[int, str, Piece]], within: bool) -> None:
        found = self._found
        assert found is not None
        lines = [(tr("{row} · {column}", row=f"{place + 1:,}", column=name), piece) for place, name, piece in pieces]
        self.strip.show_preview(found.cells, found.rows, within, lines)
        may = self.page.can_edit() and found.cells > 0
        self.strip.allow(may, may)

    def _mark(self, words: str) -> None:
        self.page.grid.delegate.words = words
        self.page.grid.redraw()
