"""Reads the card (or, without one, memory) every two seconds, off the window's thread."""

import logging
from dataclasses import dataclass

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.threads import Task, run_in_thread

log = logging.getLogger("tunesmith.window")

_EVERY_MS = 2000


@dataclass(frozen=True)
class CardNow:
    """The card at one moment, sizes as cards are sold. celsius: None if unknown. gpu: a card, not main memory."""

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
        self._sampler: object = None
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
            self._task = run_in_thread(self, self._sample, self._done, self._failed)

    def _sample(self) -> CardNow:
        from services.hardware import Sampler

        if not isinstance(self._sampler, Sampler):
            self._sampler = Sampler()
        reading = self._sampler.read()
        if not reading.cards:
            return CardNow("CPU", reading.memory_used_gib, reading.memory_total_gib, None, gpu=False)
        card = max(reading.cards, key=lambda c: c.total_gib)
        return CardNow(card.short_name, card.used_gib, card.total_gib, card.temperature_c, gpu=True)

    def _done(self, now: CardNow) -> None:
        self._task = None
        self.now.emit(now)

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._timer.stop()
        log.warning("the card cannot be read", exc_info=error)
