"""A small plot under the big one: a title, the newest value, its curve."""

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal

from desktop.models.curves import value_at
from desktop.widgets.boxes import Box, row
from desktop.widgets.plot import Plot
from desktop.widgets.text import Label, Text


class SmallPlot(Box):
    """title and unit: shown above the curve. write: value -> text."""

    hovered = Signal(object)

    def __init__(self, title: Text, unit: Text, write: Callable[[float], str], *, from_zero: bool = True) -> None:
        super().__init__("v", gap=4)
        self._write, self._from_zero = write, from_zero
        self._curve: tuple[np.ndarray, np.ndarray] = (np.empty(0), np.empty(0))
        self._value = Label("", "strong")
        head = row(Label(title, "small", "text2"), "s", self._value, 4, Label(unit, "small", "text3"))
        head.setFixedHeight(24)
        self.plot = Plot(left_px=40, px_a_tick=34, px_a_step_tick=70)
        self.plot.setFixedHeight(92)
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.hovered.connect(self.hovered)
        self.add(head)
        self.add(self.plot)

    def show_curve(self, steps: np.ndarray, values: np.ndarray, last_step: float) -> None:
        """Draw the curve; last_step: planned steps, so that all small plots share one axis."""
        self._curve = (steps, values)
        self.plot.set_curve("", steps, values)
        known = values[np.isfinite(values)]
        if len(known):
            high, low = float(known.max()), float(known.min())
            base = 0.0 if self._from_zero and low >= 0 else low
            span = (high - base) or abs(high) or 1.0
            self.plot.set_range(last_step, (base, base + 1.15 * span))
        self.show_step(None)

    def show_step(self, step: float | None) -> None:
        """The value at a hovered step, or the newest one."""
        self.plot.show_step(step)
        steps, values = self._curve
        point = value_at(steps, values, step if step is not None else math.inf)
        self._value.set_text("" if point is None or not math.isfinite(point[1]) else self._write(point[1]))

    def restyle(self) -> None:
        self.plot.restyle()
