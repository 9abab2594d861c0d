"""A small plot under the big one: a title, the newest value, its curve."""

import math
from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Signal

from desktop.models.live_curve import LiveCurve
from desktop.widgets.boxes import Box, row
from desktop.widgets.plot import Plot
from desktop.widgets.text import Label, Text, say
from services.jobs.metrics import Column

_HEIGHT_PX = 92


class SmallPlot(Box):
    """title and unit: shown above the curve. write: value -> text. Hidden, and without a plot, until it has points."""

    hovered = Signal(object)
    viewed = Signal(object)

    def __init__(self, title: Text, unit: Text, write: Callable[[float], str], *, from_zero: bool = True) -> None:
        super().__init__("v", gap=4)
        self._title, self._write, self._from_zero = title, write, from_zero
        self.curve = LiveCurve()
        self.plot: Plot | None = None
        self._value = Label("", "strong")
        head = row(Label(title, "small", "text2"), "s", self._value, 4, Label(unit, "small", "text3"))
        head.setFixedHeight(24)
        self.add(head)
        self.hide()

    def wants_plot(self, column: Column | None) -> bool:
        """Whether there is something to draw and nothing to draw it on. A plot is costly: one is made at a time."""
        return self.plot is None and column is not None and len(column) > 0

    def make_plot(self, view: tuple[float, float] | None) -> None:
        """Make the plot, looking at view."""
        self.plot = Plot(left_px=40, px_a_tick=22, px_a_step_tick=52)
        self.plot.setFixedHeight(_HEIGHT_PX)
        self.plot.hovered.connect(self.hovered)
        self.plot.viewed.connect(self.viewed)
        self.plot.look_at(view)
        self.add(self.plot)
        self.retranslate()
        self.show()

    def show_column(self, column: Column | None, last_step: float) -> bool:
        """Draw what is new; last_step: planned steps, so that all small plots share one axis. Whether there is more."""
        if self.plot is None:
            return False
        more = self.curve.follow(column)
        self.setVisible(len(self.curve) > 0)
        if not len(self.curve):
            return more
        steps, values = self.curve.band(self.plot.view)
        self.plot.set_curve("", steps, values)
        known = values[np.isfinite(values)]
        if len(known):
            high, low = float(known.max()), float(known.min())
            base = 0.0 if self._from_zero and low >= 0 else low
            span = (high - base) or abs(high) or 1.0
            self.plot.set_range(last_step, (base, base + 1.15 * span))
        self.show_step(self.plot.step)
        return more

    def look_at(self, view: tuple[float, float] | None) -> None:
        """Look at the same steps as the others."""
        if self.plot is not None and self.plot.view != view:
            self.plot.look_at(view)

    def show_step(self, step: float | None) -> None:
        """The value at a hovered step, or the newest one."""
        if self.plot is not None:
            self.plot.show_step(step)
        point = self.curve.at(step if step is not None else math.inf)
        self._value.set_text("" if point is None or not math.isfinite(point[1]) else self._write(point[1]))

    def value(self) -> str:
        """The value that is shown."""
        return self._value.text()

    def retranslate(self) -> None:
        if self.plot is not None:
            self.plot.setAccessibleName(say(self._title))

    def restyle(self) -> None:
        if self.plot is not None:
            self.plot.restyle()
