"""A card (or the processor) that can train, as plain facts."""

from dataclasses import dataclass
from typing import Literal

GIB = 1024**3
_BF16_SINCE = 8.0
_OLDEST = 7.5  # the oldest generation (Turing) that present CUDA 13 builds of PyTorch are compiled for


@dataclass(frozen=True)
class Card:
    """Where training can run. Sizes in GiB; unknown measurements are None.

    kind: 'cuda' for an NVIDIA card, 'cpu' for the processor with its main memory. compute_capability: 8.9 and so on,
    0.0 if unknown or a processor. bf16: whether 16-bit brain floats are computed natively.
    """

    kind: Literal["cuda", "cpu"]
    name: str
    total_gib: float
    used_gib: float = 0.0
    index: int = 0
    uuid: str = ""
    driver: str = ""
    compute_capability: float = 0.0
    bf16: bool = False
    temperature_c: float | None = None
    utilization_pct: float | None = None
    power_w: float | None = None

    @property
    def free_gib(self) -> float:
        """What nothing uses now."""
        return max(0.0, self.total_gib - self.used_gib)

    @property
    def short_name(self) -> str:
        """'RTX 4070' of 'NVIDIA GeForce RTX 4070'."""
        return self.name.removeprefix("NVIDIA ").removeprefix("GeForce ").strip() or self.name

    @property
    def nominal_gb(self) -> int:
        """The size as it is sold: 12 for the 11.99 GiB that a card of 12 GB reports."""
        return round(self.total_gib)

    @property
    def too_old(self) -> bool:
        """Whether present PyTorch builds no longer run on it."""
        return self.kind == "cuda" and 0 < self.compute_capability < _OLDEST


def has_bf16(compute_capability: float) -> bool:
    """Whether an NVIDIA card of that compute capability computes bf16 natively (Ampere and later)."""
    return compute_capability >= _BF16_SINCE
