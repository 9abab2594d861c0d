"""The metrics of a run as columns: what a run page plots, kept small (a million points are 16 MB)."""

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from services.jobs import events as ev
from services.jobs.journal import JournalTail

_CHUNK = 2 << 20  # bytes decoded at a time, so that no more than some thousand event objects live at once


class Column:
    """One curve: steps (int64) and values (float64) of equal length, steps never falling."""

    __slots__ = ("_steps", "_values", "cuts")

    def __init__(self) -> None:
        self._steps = array("q")
        self._values = array("d")
        self.cuts = 0
        """How often points have been dropped: what was read before such a time may be gone."""

    def append(self, step: int, value: float) -> None:
        """Add a point; one at a step that is already the last replaces it."""
        if self._steps and self._steps[-1] == step:
            self._values[-1] = value
        else:
            self._steps.append(step)
            self._values.append(value)

    def drop_after(self, step: int) -> None:
        """Forget points of later steps."""
        keep = bisect_right(self._steps, step)
        self.cuts += keep < len(self._steps)
        del self._steps[keep:]
        del self._values[keep:]

    def __len__(self) -> int:
        return len(self._steps)

    @property
    def steps(self) -> np.ndarray:
        """(n,) int64 copy."""
        return np.array(self._steps, dtype=np.int64)

    @property
    def values(self) -> np.ndarray:
        """(n,) float64 copy."""
        return np.array(self._values, dtype=np.float64)

    def read(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """(steps, values) of the points start to stop (half-open, by place), copied; costs that part alone."""
        return np.array(self._steps[start:stop], dtype=np.int64), np.array(self._values[start:stop], dtype=np.float64)

    def place(self, step: float) -> int:
        """How many points lie at or before a step."""
        return bisect_right(self._steps, step)

    def at(self, step: float) -> tuple[int, float] | None:
        """The point at or just before a step, or the first one; None if there is none."""
        if not self._steps:
            return None
        index = max(0, self.place(step) - 1)
        return self._steps[index], self._values[index]

    def last_step(self) -> int:
        """The newest step, 0 without points."""
        return self._steps[-1] if self._steps else 0

    def last(self) -> float | None:
        """The newest value, or None."""
        return self._values[-1] if self._values else None


class RunMetrics:
    """All curves, checkpoints and sample answers of a run, over all its attempts as one line."""

    def __init__(self) -> None:
        self.columns: dict[str, Column] = {}
        self.checkpoints: list[ev.Checkpoint] = []
        self.samples: list[ev.Sample] = []

    def apply(self, events: Iterable[ev.AnyEvent]) -> None:
        """Fold further events in, in the order of the journal."""
        columns = self.columns
        for event in events:
            if type(event) is ev.Metric:
                column = columns.get(event.name)
                if column is None:
                    column = columns[event.name] = Column()
                column.append(event.step, event.value)
            elif type(event) is ev.Checkpoint:
                self.checkpoints.append(event)
            elif type(event) is ev.Sample:
                self.samples.append(event)
            elif type(event) is ev.Started:
                self._resume_from(event.from_step)

    def _resume_from(self, step: int) -> None:
        for column in self.columns.values():
            column.drop_after(step)
        self.checkpoints = [c for c in self.checkpoints if c.step <= step]
        self.samples = [s for s in self.samples if s.step <= step]

    def best(self) -> ev.Checkpoint | None:
        """The checkpoint of the lowest eval loss, if any was marked."""
        return next((c for c in reversed(self.checkpoints) if c.best), None)


def read_metrics(journal: Path) -> RunMetrics:
    """The metrics of a whole journal, decoded piece by piece."""
    metrics = RunMetrics()
    tail = JournalTail(journal)
    while events := tail.read(_CHUNK):
        metrics.apply(events)
    return metrics
