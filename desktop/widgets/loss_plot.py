"""The big plot of a run: raw and smoothed loss, eval points, the best checkpoint, other runs laid over it."""

from collections.abc import Callable

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent

from desktop.models.buckets import Curve
from desktop.models.curves import bounds, value_at
from desktop.models.live_curve import LiveCurve
from desktop.theme import color, font
from desktop.widgets.boxes import Box, clear_box
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.hover_card import CurveKey, HoverCard, Reading
from desktop.widgets.plot import Plot
from desktop.widgets.text import Label, Text
from services.i18n import tr
from services.jobs.metrics import RunMetrics

OVERLAYS = (("p2", Qt.PenStyle.DashLine), ("p4", Qt.PenStyle.DashDotLine))
"""Looks of the second and third run; more are not told apart."""


class LossPlot(Box):
    """Shows one run's RunMetrics, and up to two more."""

    hovered = Signal(object)
    viewed = Signal(object)
    overlay_wanted = Signal()
    overlay_removed = Signal(str)

    def __init__(self, name: Callable[[], str]) -> None:
        super().__init__("v")
        self._name = name
        self._metrics = RunMetrics()
        self._total = 0
        self._loss, self._eval = LiveCurve(), LiveCurve()
        self._others: dict[str, tuple[Callable[[], str], RunMetrics, LiveCurve]] = {}
        self._smoothed: dict[str, Curve] = {}
        self._legend = Box("h", margins=(24, 0, 24, 0))
        self._legend.setFixedHeight(36)
        self.add_run = Button(lambda: tr("Add a run"), "ghost", "plus", height=28)
        self.add_run.clicked.connect(self.overlay_wanted)
        self.plot = Plot(left_px=44)
        self.plot.setMinimumHeight(180)
        self.plot.hovered.connect(self.hovered)
        self.plot.viewed.connect(self.viewed)
        self._best = pg.ScatterPlotItem(size=22, symbol="o", brush=None)
        self._best_text = pg.TextItem(anchor=(0, 0.5))
        for item in (self._best, self._best_text):
            item.setVisible(False)
            item.setZValue(10)  # over the curves
            self.plot.addItem(item, ignoreBounds=True)
        self.card = HoverCard(self.plot)
        self._note = Label("", "body", "text2", align=Qt.AlignmentFlag.AlignHCenter, parent=self.plot)
        self.add(self._legend)
        self.add(Box("h", (self.plot,), margins=(16, 0, 24, 0)), 1)
        self._fill_legend()
        self.restyle()
        self.retranslate()

    def show_run(self, metrics: RunMetrics, total: int) -> bool:
        """Draw what the run says now. total: planned steps (0 if unknown). Whether there is more to draw."""
        had_eval = len(self._eval) > 0
        self._metrics, self._total = metrics, total
        more = self.redraw()
        if had_eval != (len(self._eval) > 0):
            self._fill_legend()
        return more

    def set_others(self, others: dict[str, tuple[Callable[[], str], RunMetrics]]) -> None:
        """Lay other runs over it: id -> (name, metrics), at most two."""
        known = self._others
        self._others = {
            key: (name, metrics, known[key][2] if key in known else LiveCurve())
            for key, (name, metrics) in list(others.items())[: len(OVERLAYS)]
        }
        for name in [n for n in self.plot.curve_names() if n.startswith("other:")]:
            self.plot.remove_curve(name)
        self.redraw()
        self._fill_legend()

    def say(self, note: Text) -> None:
        """What stands in the middle while there is no curve yet."""
        self._note.set_text(note)
        self._place_note()

    def note(self) -> str:
        """What stands in the place of the curve, '' if there is one."""
        return "" if self._smoothed else self._note.text()

    def show_step(self, step: float | None) -> None:
        """Hover line and card at a step, or none."""
        self.plot.show_step(step)
        readings = self.readings(step) if step is not None else []
        if not readings or step is None:
            self.card.hide()
            return
        shown = max(0, round(step))
        self.card.show_at(self.plot.x_of(step), tr("step {step}", step=f"{shown:,}"), readings)

    def readings(self, step: float) -> list[Reading]:
        """What each curve says at a step."""
        found: list[Reading] = []

        def read(point: tuple[int, float] | None, colour: str, name: str, mark: str) -> None:
            if point is not None and np.isfinite(point[1]):
                found.append(Reading(colour, name, f"{point[1]:.3f}", mark))

        def smooth(key: str) -> tuple[int, float] | None:
            curve = self._smoothed.get(key)
            return value_at(*curve, step) if curve is not None else None

        read(smooth(""), "p1", tr("{run}, smoothed", run=self._name()), "line")
        read(self._loss.at(step), "p_raw", tr("{run}, raw", run=self._name()), "thin")
        for (key, (name, _, _)), (colour, _style) in zip(self._others.items(), OVERLAYS, strict=False):
            read(smooth(key), colour, tr("{run}, smoothed", run=name()), "dash")
        point = self._eval.at(step)
        if point is not None and point[0] <= step:
            read(point, "p3", tr("eval, step {step}", step=f"{point[0]:,}"), "dot")
        return found

    def redraw(self) -> bool:
        """Draw what is known now, in the view that is chosen. Whether there is more to draw."""
        view, drawn, last = self.plot.view, list[np.ndarray](), float(self._total)
        more = self._loss.follow(self._metrics.columns.get("loss"))
        more |= self._eval.follow(self._metrics.columns.get("eval_loss"))
        self._smoothed.clear()
        for (key, (_, metrics, curve)), (colour, style) in zip(self._others.items(), OVERLAYS, strict=False):
            more |= curve.follow(metrics.columns.get("loss"))
            if len(curve):
                self._smoothed[key] = curve.smoothed(view)
                self.plot.set_curve(f"other:{key}", *self._smoothed[key], colour=colour, width=2.25, style=style)
                drawn.append(self._smoothed[key][1])
                last = max(last, curve.last_step)
        if len(self._loss):
            raw = self._loss.band(view)
            self._smoothed[""] = self._loss.smoothed(view)
            self.plot.set_curve("raw", *raw, colour="p_raw", width=1)
            self.plot.set_curve("smooth", *self._smoothed[""], colour="p1", width=3)
            drawn.append(raw[1])
            last = max(last, self._loss.last_step)
        if len(self._eval):
            evals = self._eval.band()
            self.plot.set_curve("eval", *evals, colour="p3", width=1, style=Qt.PenStyle.DotLine, symbol="d")
            drawn.append(evals[1])
        self.plot.set_range(last, bounds(drawn))
        self._draw_best()
        self._place_note()
        return more

    def retranslate(self) -> None:
        self.plot.setAccessibleName(tr("Loss curve"))
        self._fill_legend()
        self._draw_best()

    def restyle(self) -> None:
        self.plot.restyle()
        self._best.setPen(pg.mkPen(color("text"), width=1.75))
        self._best_text.setColor(color("text"))
        self._best_text.setFont(font("small_strong"))
        self._best_text.fill = pg.mkBrush(color("page", 0.8))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.card.hide()
        self._place_note()

    def _draw_best(self) -> None:
        best = self._metrics.best()
        point = self._eval.at(best.step) if best is not None else None
        for item in (self._best, self._best_text):
            item.setVisible(point is not None)
        if point is not None:
            self._best.setData([point[0]], [point[1]])
            self._best_text.setText(tr("best") + f" · {point[1]:.3f}")
            span = max(1.0, float(self._total), float(point[0]))
            self._best_text.setAnchor((0, 0.5) if point[0] < 0.85 * span else (1, 1.4))
            self._best_text.setPos(point[0] + (0.018 * span if point[0] < 0.85 * span else 0), point[1])

    def _place_note(self) -> None:
        self._note.setVisible(bool(self._note.text()) and not self._smoothed)
        self._note.setGeometry(0, self.plot.height() // 2 - 28, self.plot.width(), 24)

    def _fill_legend(self) -> None:
        clear_box(self._legend, keep=self.add_run)
        self._legend.add(Label(lambda: tr("Loss"), "heading")).add(20)
        self._key("p1", "line", self._name)
        self._key("p_raw", "thin", lambda: tr("raw"))
        if len(self._eval):
            self._key("p3", "dot", lambda: tr("eval loss"))
        for (key, (name, _, _)), (colour, _style) in zip(self._others.items(), OVERLAYS, strict=False):
            self._key(colour, "dash", name)
            away = IconButton("x", lambda: tr("Take this run away"), height=24)
            away.clicked.connect(lambda _=False, key=key: self.overlay_removed.emit(key))
            self._legend.add(away).add(8)
        self._legend.add("s").add(self.add_run)

    def _key(self, colour: str, mark: str, name: Callable[[], str]) -> None:
        self._legend.add(CurveKey(colour, mark)).add(8).add(Label(name, "small", "text2")).add(16)
