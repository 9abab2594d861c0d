"""Which rows are to be shown: looked for and sorted in a thread, shown while the search still runs."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal

from desktop.threads import run_in_thread
from services.datasets.order import Ids
from services.datasets.store import DatasetStore

if TYPE_CHECKING:
    from services.datasets.query import Filter, FilterContext, SortKey

_TELL_S = 0.1  # hits are handed over no more often than that, the first at once


@dataclass(frozen=True)
class Choice:
    """What is asked for. wanted: None for all rows. key: None for their own order."""

    wanted: "Filter | None" = None
    key: "SortKey | None" = None


def choose_rows(
    path: Path, choice: Choice, context: "FilterContext", stop: threading.Event, tell: Callable[[Ids], None]
) -> Ids:
    """Ids of the rows, in order. tell: more of them, while they are looked for (not if they are sorted after)."""
    from services.datasets.query import select, sorted_ids

    with DatasetStore.open(path, read_only=True) as store:
        ids: Ids | None = None
        if choice.wanted is not None:
            parts: list[Ids] = []
            fresh: list[Ids] = []
            told = 0.0
            for part in select(store, choice.wanted, context, stop):
                if len(part):
                    parts.append(part)
                    fresh.append(part)
                if choice.key is None and fresh and time.monotonic() - told > _TELL_S:
                    tell(np.concatenate(fresh))
                    fresh, told = [], time.monotonic()
            if choice.key is None and fresh:
                tell(np.concatenate(fresh))
            ids = np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)
        if choice.key is not None and not stop.is_set():
            ids = sorted_ids(store, choice.key, ids, context, stop)
        return ids if ids is not None else store.all_ids()


class RowChoice(QObject):
    """One search at a time; a new one ends the one before."""

    begun = Signal()
    """The first answer is here: what was shown before goes."""
    found = Signal(object)
    """More rows (Ids), below those before."""
    ended = Signal()
    """All rows were looked at."""
    failed = Signal(object)
    _batch = Signal(object, object)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self._stop = threading.Event()
        self._shown = False
        self.running = False
        self._batch.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def look(self, choice: Choice, context: "FilterContext") -> None:
        """Begin."""
        self.stop()
        stop = self._stop = threading.Event()
        self.running, self._shown = True, False
        told = [0]

        def tell(ids: Ids) -> None:
            told[0] += len(ids)
            if not stop.is_set():
                self._batch.emit(stop, ids)

        def done(ids: Ids) -> None:
            if stop is not self._stop or stop.is_set():
                return
            self.running = False
            self._take(stop, ids[told[0] :])
            self.ended.emit()

        def failed(error: Exception) -> None:
            if stop is self._stop and not stop.is_set():
                self.running = False
                self.failed.emit(error)

        run_in_thread(self, lambda: choose_rows(self._path, choice, context, stop, tell), done, failed)

    def stop(self) -> None:
        """End the search under way; nothing of it arrives any more."""
        self._stop.set()
        self.running = False

    def _take(self, stop: threading.Event, ids: Ids) -> None:
        if stop is not self._stop or stop.is_set():
            return
        if not self._shown:
            self._shown = True
            self.begun.emit()
        self.found.emit(ids)
