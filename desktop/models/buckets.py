"""Points of a curve gathered into buckets, so that a million of them can be drawn.

A bucket knows its lowest and highest value (so no peak is lost) and its mean (which is what is smoothed).
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from desktop.models.curves import smooth

Curve = tuple[np.ndarray, np.ndarray]
"""(steps, values), each (n,)."""


@dataclass
class Buckets:
    """n buckets, each field (n,) float64. known: how many finite values went into total. size: points a bucket."""

    first: np.ndarray
    last: np.ndarray
    low: np.ndarray
    high: np.ndarray
    total: np.ndarray
    known: np.ndarray
    size: int = 1

    @classmethod
    def of(cls, steps: np.ndarray, values: np.ndarray) -> Self:
        """One bucket a point. steps, values: (n,); values that are not finite count as missing."""
        known = np.isfinite(values)
        at = steps.astype(np.float64)
        low, high = np.where(known, values, np.inf), np.where(known, values, -np.inf)
        return cls(at, at, low, high, np.where(known, values, 0.0), known.astype(np.float64))

    def __len__(self) -> int:
        return len(self.total)

    def merged(self, groups: np.ndarray) -> "Buckets":
        """Neighbours made one. groups: the first bucket of each new one, rising from 0."""
        if not len(groups):
            return self
        ends = np.append(groups[1:], len(self)) - 1
        return Buckets(
            self.first[groups],
            self.last[ends],
            np.minimum.reduceat(self.low, groups),
            np.maximum.reduceat(self.high, groups),
            np.add.reduceat(self.total, groups),
            np.add.reduceat(self.known, groups),
            self.size,
        )

    def coarser(self, most: int) -> "Buckets":
        """The same points in at most so many buckets."""
        if len(self) <= most:
            return self
        factor = -(-len(self) // most)
        made = self.merged(np.arange(0, len(self), factor))
        made.size = self.size * factor
        return made

    def __add__(self, other: "Buckets") -> "Buckets":
        """These and then those, each bucket as it was."""
        pairs = zip(self._fields(), other._fields(), strict=True)
        first, last, low, high, total, known = (np.concatenate(pair) for pair in pairs)
        return Buckets(first, last, low, high, total, known, self.size)

    def _fields(self) -> tuple[np.ndarray, ...]:
        return self.first, self.last, self.low, self.high, self.total, self.known

    def part(self, start: int, stop: int) -> "Buckets":
        """Buckets start to stop (half-open)."""
        first, last, low, high, total, known = (values[start:stop] for values in self._fields())
        return Buckets(first, last, low, high, total, known, self.size)

    def band(self) -> Curve:
        """The raw curve: every point, or lowest and highest of each bucket."""
        low, high = (np.where(np.isfinite(a), a, np.nan) for a in (self.low, self.high))
        if self.size == 1:
            return self.first, low
        steps = np.stack([self.first, (self.first + self.last) / 2], axis=1).ravel()
        return steps, np.stack([low, high], axis=1).ravel()

    def smoothed(self, sigma: float) -> Curve:
        """The smoothed curve; sigma in points."""
        with np.errstate(invalid="ignore", divide="ignore"):
            means = np.where(self.known > 0, self.total / self.known, np.nan)
        return (self.first + self.last) / 2, smooth(means, max(0.5, sigma / self.size))


NO_BUCKETS = Buckets.of(np.empty(0), np.empty(0))
