"""A curve that grows for hours, drawn at a cost that does not grow: each of its points is looked at once."""

import numpy as np

from desktop.models.buckets import NO_BUCKETS, Buckets, Curve
from desktop.models.curves import SIGMA_STEPS
from services.jobs.metrics import Column

DRAWN = 2000
"""Buckets drawn at once; fewer points than that are drawn as they are."""
_KEPT = 32_768  # buckets kept, for a closer look
_READ = 100_000  # points of a view that are read anew
_AT_ONCE = 40_000  # points taken in one go, so that a long run opens without a halt
_SHARE = 0.01  # of the points in view: how far smoothing reaches


class LiveCurve:
    """One column, drawn whole or in part. follow() takes what is new; the rest says what follow() took."""

    def __init__(self) -> None:
        self._column: Column | None = None
        self._settled = NO_BUCKETS
        self._taken = 0  # points in _settled: all but the last, whose value may still be replaced
        self._last = NO_BUCKETS
        self._cuts = 0

    def follow(self, column: Column | None) -> bool:
        """Take what is new in a column (another one than before begins anew). Whether there is still more to take."""
        if column is not self._column or (column is not None and column.cuts != self._cuts):
            self.__init__()  # type: ignore[misc]
            self._column, self._cuts = column, column.cuts if column is not None else 0
        if column is None or not len(column):
            return False
        until = min(len(column) - 1, self._taken + _AT_ONCE)
        if until > self._taken:
            self._settle(Buckets.of(*column.read(self._taken, until)), until - self._taken)
        self._last = Buckets.of(*column.read(until, until + 1))
        return until < len(column) - 1

    def _settle(self, new: Buckets, points: int) -> None:
        size = self._settled.size
        open_ = self._taken % size  # points in a last bucket that is not full
        if open_:
            new = self._settled.part(len(self._settled) - 1, len(self._settled)) + new
            self._settled = self._settled.part(0, len(self._settled) - 1)
            new = new.merged(np.concatenate([[0], np.arange(1 + size - open_, len(new), size)]))
        elif size > 1:
            new = new.merged(np.arange(0, len(new), size))
        self._settled = self._settled + new
        self._settled.size = size
        self._taken += points
        while len(self._settled) > _KEPT:
            size = 2 * self._settled.size
            self._settled = self._settled.merged(np.arange(0, len(self._settled), 2))
            self._settled.size = size

    def __len__(self) -> int:
        return self._taken + len(self._last)

    @property
    def last_step(self) -> float:
        """The last point's step, 0.0 without points."""
        return float(self._last.last[-1]) if len(self._last) else 0.0

    def band(self, view: tuple[float, float] | None = None) -> Curve:
        """The raw curve, whole or between two steps in more detail."""
        return self._in(view)[0].coarser(DRAWN).band()

    def smoothed(self, view: tuple[float, float] | None = None) -> Curve:
        """The smoothed curve, whole or between two steps in more detail."""
        buckets, points = self._in(view)
        return buckets.coarser(DRAWN).smoothed(reach(points))

    def at(self, step: float) -> tuple[int, float] | None:
        """The point at or just before a step, exactly."""
        return self._column.at(step) if self._column is not None else None

    def _in(self, view: tuple[float, float] | None) -> tuple[Buckets, int]:
        """What to draw of a view with a little beside it, and how many points are in view."""
        if view is None or self._column is None:
            return self._settled + self._last, len(self)
        low, high = max(0, self._column.place(view[0]) - 1), min(len(self), self._column.place(view[1]) + 1)
        beside = round(3 * reach(high - low))
        start, stop = max(0, low - beside), min(len(self), high + beside)
        size = self._settled.size
        if size == 1 or stop - start > _READ:
            return (self._settled + self._last).part(start // size, -(-stop // size) + 1), high - low
        return Buckets.of(*self._column.read(start, stop)), high - low


def reach(points: int) -> float:
    """How far smoothing reaches, in points, where so many are seen."""
    return max(SIGMA_STEPS, _SHARE * points)
