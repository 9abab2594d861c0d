"""Memory and temperature now, for the status bar and a run's plots. One call takes about a tenth of a second: never
on the window's thread."""

from dataclasses import dataclass

from services.hardware.card import Card
from services.hardware.nvidia import NoCards, Runner, nvidia_cards, run_program
from services.hardware.processor import memory_gib


@dataclass(frozen=True)
class Reading:
    """One look at the machine. cards: as they are now; empty without an NVIDIA card. Sizes in GiB."""

    cards: tuple[Card, ...]
    memory_total_gib: float
    memory_used_gib: float


class Sampler:
    """Reads again and again; where no NVIDIA driver answers it stops asking for it."""

    def __init__(self, run: Runner = run_program) -> None:
        self._run = run
        self._ask = True

    def read(self) -> Reading:
        """The machine as it is now."""
        cards: tuple[Card, ...] = ()
        if self._ask:
            try:
                cards = tuple(nvidia_cards(self._run))
            except NoCards:
                self._ask = False
        total, free = memory_gib()
        return Reading(cards, total, total - free)
