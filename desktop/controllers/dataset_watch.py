"""What goes on beside the table: findings, lengths of the rows in sight, edits of other programs."""

import threading
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.controllers.dataset import DatasetController
from desktop.controllers.findings import FindingGroup, StoppedError, find
from desktop.controllers.row_tokens import RowLength
from desktop.models.dataset_table import DatasetTableModel
from desktop.widgets.grid import Grid
from services.datasets.rows import Row
from services.errors import TunesmithError

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage

_FOLLOW_MS = 1200  # how soon an edit of another process is seen
_CHECK_MS, _CHECK_LATE_MS = 600, 4000  # after an edit; the latter where a check takes seconds
_MANY = 50_000  # rows
_COUNT_MS = 120
_COUNTED = 200  # rows counted in one go


class DatasetWatch(QObject):
    """Watches one page's data set while it is open."""

    _looked = Signal(object, int)

    def __init__(
        self, page: "DatasetPage", controller: DatasetController, model: DatasetTableModel, grid: Grid
    ) -> None:
        super().__init__(page)
        self._page, self._controller, self._model, self._grid = page, controller, model, grid
        self.findings_count: int | None = None
        self.groups: list[FindingGroup] = []
        self._stop = threading.Event()
        self._stop_count = threading.Event()
        self._counting = False
        self._looked.connect(self._progress)
        self._check = self._timer(_CHECK_MS, self._look_for_findings)
        self._count = self._timer(_COUNT_MS, self._count_lengths)
        self._follow = self._timer(_FOLLOW_MS, self._follow_others)
        self._follow.setSingleShot(False)
        controller.tokens.use_mapping(model.facts.mapping)
        model.length_of = controller.tokens.known
        grid.seen_changed.connect(self._count.start)

    def _timer(self, interval_ms: int, act: object) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(interval_ms)
        timer.timeout.connect(act)
        return timer

    def start(self) -> None:
        """Begin."""
        self._controller.tokens.recipe_changed()
        self._follow.start()
        self._look_for_findings()

    def stop(self) -> None:
        """End all of it; what runs in a thread ends at its next row."""
        for timer in (self._check, self._count, self._follow):
            timer.stop()
        self._stop.set()
        self._stop_count.set()

    def is_active(self) -> bool:
        """Whether something is under way or about to be."""
        return self._counting or self._check.isActive() or self._count.isActive()

    def edited(self) -> None:
        """The rows are others: look for findings in a moment, count what is in sight."""
        self._controller.tokens.use_mapping(self._model.facts.mapping)
        self._check.start(_CHECK_LATE_MS if self._model.rowCount() > _MANY else _CHECK_MS)
        self._count.start()

    def look_at_recipe(self) -> None:
        """The page is in front again: the training page may have another model now."""
        if self._controller.tokens.recipe_changed():
            self._model.repaint()
            self._count.start()
            self._page.row_soon()

    # --- findings -------------------------------------------------------------------------------------------------

    def _look_for_findings(self) -> None:
        self._stop.set()
        stop = self._stop = threading.Event()
        path = self._controller.store.path

        def tell(number: int) -> None:
            if not stop.is_set():
                self._looked.emit(stop, number)

        def done(groups: list[FindingGroup]) -> None:
            if stop is self._stop and not stop.is_set():
                self.groups = groups
                self.findings_count = sum(group.count for group in groups)
                self._page.panel.findings.show_groups(
                    groups, self._model.rowCount(), may_fix=not self._model.store.read_only
                )
                self._page.main.look_again()

        def failed(error: Exception) -> None:
            if not isinstance(error, StoppedError) and stop is self._stop and not stop.is_set():
                self._page.show_error(error)

        self._page.run(lambda: find(path, stop, tell), done, failed)

    def _progress(self, stop: threading.Event, number: int) -> None:
        if stop is self._stop and not stop.is_set() and self._model.rowCount() > _MANY // 10:
            self._page.panel.findings.show_progress(number, self._model.rowCount())

    # --- lengths --------------------------------------------------------------------------------------------------

    def _count_lengths(self) -> None:
        if self._counting or self._model.busy or self._stop_count.is_set():
            return
        tokens, mapping = self._controller.tokens, self._model.facts.mapping
        wanted: list[Row] = []
        for position in self._grid.seen():
            row = self._model.row_at(position)
            if row is not None and tokens.known(row) is None:
                wanted.append(row)
        wanted = [row for row in wanted[:_COUNTED] if not tokens.hopeless(row)]
        if not wanted:
            return
        self._counting = True

        def done(counted: list[tuple[Row, RowLength | None]]) -> None:
            self._counting = False
            if self._stop_count.is_set():
                return
            if mapping == self._model.facts.mapping:
                tokens.keep(counted)
                self._repaint_seen()
            self._count.start()  # the rows in sight may be others by now

        def failed(error: Exception) -> None:
            self._counting = False
            self._page.show_error(error)

        self._page.run(lambda: tokens.count(wanted, mapping, self._stop_count), done, failed)

    def _repaint_seen(self) -> None:
        seen, last = self._grid.seen(), self._model.columnCount() - 1
        if len(seen):
            self._model.dataChanged.emit(self._model.index(seen.start, last), self._model.index(seen.stop - 1, last))

    # --- others ---------------------------------------------------------------------------------------------------

    def _follow_others(self) -> None:
        if self._model.busy or not self._page.isVisible():
            return
        try:
            if self._controller.store.changed_by_others():
                self._model.renew()
                self._model.edited.emit()
        except TunesmithError as error:
            self._follow.stop()
            self._page.show_error(error)
