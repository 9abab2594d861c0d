"""The hits of the words in the find field: looked for in a thread, stepped through on the window's."""

import threading
from bisect import bisect_left, bisect_right
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal

from desktop.controllers.find_text import MOST, Hit, find_text
from desktop.threads import run_in_thread
from services.datasets.order import Ids


class Finder(QObject):
    """Keeps the hits of one search at a time."""

    changed = Signal()
    """More hits, or the search has ended."""
    first = Signal(object)
    """The first Hit at or after the place where the search began."""
    _batch = Signal(object, object)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.words = ""
        self.hits: list[Hit] = []
        self.done = True
        self.at = 0
        """Number of the hit that is shown, from 1; 0 for none."""
        self._stop = threading.Event()
        self._start = Hit(0, 0)
        self._batch.connect(self._take, Qt.ConnectionType.QueuedConnection)

    def look(self, words: str, start: Hit, ids: Ids | None = None) -> None:
        """Begin a search, from a cell on; '' ends the one under way. ids: the rows that are shown, None for all."""
        self.stop()
        self.words, self.hits, self.at, self._start = words, [], 0, start
        self.done = not words
        self.changed.emit()
        if not words:
            return
        stop = self._stop = threading.Event()

        def done(_total: int) -> None:
            if stop is self._stop:
                self.done = True
                if not self.at and self.hits:  # none after the start: go on from the top
                    self._show(0)
                self.changed.emit()

        run_in_thread(
            self,
            lambda: find_text(self._path, words, stop, lambda hits: self._tell(stop, hits), ids),
            done,
            lambda _: None,
        )

    def again(self, start: Hit, ids: Ids | None = None) -> None:
        """The rows have changed: look for the same words, without going anywhere."""
        if self.words:
            self.look(self.words, start, ids)
            self.at = -1

    def stop(self) -> None:
        """End the search under way."""
        self._stop.set()

    @property
    def most(self) -> bool:
        """Whether there are more hits than are kept."""
        return len(self.hits) >= MOST

    def step(self, by: int, place: Hit) -> None:
        """Go to the next hit (1) or the one before (-1) from a cell."""
        if not self.hits:
            return
        if by > 0:
            self._show(bisect_right(self.hits, place) % len(self.hits))
        else:
            self._show((bisect_left(self.hits, place) - 1) % len(self.hits))
        self.changed.emit()

    def _tell(self, stop: threading.Event, hits: list[Hit]) -> None:
        if not stop.is_set():
            self._batch.emit(stop, hits)

    def _take(self, stop: threading.Event, hits: list[Hit]) -> None:
        if stop is not self._stop or stop.is_set():
            return
        known = len(self.hits)
        self.hits += hits
        if not self.at:
            found = bisect_left(self.hits, self._start, known)
            if found < len(self.hits):
                self._show(found)
        self.changed.emit()

    def _show(self, number: int) -> None:
        self.at = number + 1
        self.first.emit(self.hits[number])
