"""Python's garbage collector, held to the window's thread.

The collector runs on whatever thread happens to allocate. A cycle that holds a Qt object would then be destroyed on a
worker's thread, which Qt does not allow: timers cannot be stopped there, and the process may abort. So the automatic
collector is off while the window lives, and a timer of the window's thread collects when it would have.
"""

import gc
import time

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 250
_SHARE = 0.01  # of the time: looking through everything is put off until it costs no more


class GcGuard(QObject):
    """Collects on the thread that made it, until release(). One an application."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._next_full_s = 0.0
        self._was_on = gc.isenabled()
        gc.disable()
        gc.freeze()  # what was imported stays: collecting does not look through it time and again
        self._timer.start()

    def collect(self) -> int:
        """Collect the oldest generation that is due, by Python's own thresholds. Returns it, -1 if none was."""
        counts, most = gc.get_count(), gc.get_threshold()
        if not most[0] or counts[0] <= most[0]:
            return -1
        begin = time.monotonic()
        due = max(g for g in range(3) if counts[g] > most[g] and (g < 2 or begin >= self._next_full_s))
        gc.collect(due)
        if due == 2:
            now = time.monotonic()
            self._next_full_s = now + (now - begin) / _SHARE
        return due

    def release(self) -> None:
        """Give the collector back to Python."""
        self._timer.stop()
        gc.unfreeze()
        if self._was_on:
            gc.enable()
