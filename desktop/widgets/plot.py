"""Plots in our look: no axis lines, horizontal hairlines, wheel zooms along the steps, double-click shows all.

Imported by pages that draw curves and by nothing at start: pyqtgraph costs a quarter of a second.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame

from desktop.models.curves import spacing, thin, tick_text
from desktop.theme import color, font

pg.setConfigOptions(antialias=True, foreground="k", background="w")

_STEPS_PX = 24  # height of the lower axis
_DRAWN = 4000  # points of a curve that are drawn at once


class _Axis(pg.AxisItem):
    """Tick texts alone, few of them."""

    def __init__(self, side: str, px_a_tick: int) -> None:
        super().__init__(side)
        self._px_a_tick = px_a_tick
        self.setStyle(tickLength=0, hideOverlappingLabels=False, tickTextOffset=8 if side == "left" else 6)
        self.enableAutoSIPrefix(False)

    def tickSpacing(self, minVal: float, maxVal: float, size: float) -> list[tuple[float, float]]:
        count = max(2, int(size // self._px_a_tick))
        step = spacing(minVal, maxVal, count)
        return [(max(1.0, step) if self.orientation == "bottom" else step, 0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        return [tick_text(v, spacing) for v in values]

    def generateDrawSpecs(self, p: QPainter) -> Any:
        specs = super().generateDrawSpecs(p)
        return None if specs is None else (specs[0], [], specs[2])  # ticks of no length would still leave dots

    def ticks(self) -> list[float]:
        """Where the ticks are now."""
        low, high = self.range
        length = self.height() if self.orientation == "left" else self.width()
        levels = self.tickValues(low, high, length)
        return [float(v) for v in levels[0][1]] if levels else []

    def restyle(self) -> None:
        self.setPen(pg.mkPen(None))
        self.setTickPen(pg.mkPen(None))
        self.setTextPen(color("text3"))
        self.setStyle(tickFont=font("small"))


class _Grid(pg.GraphicsObject):
    """Horizontal hairlines at the ticks of the left axis."""

    def __init__(self, axis: _Axis) -> None:
        super().__init__()
        self._axis = axis
        self.setZValue(-100)

    def boundingRect(self) -> QRectF:
        box = self.getViewBox()
        return box.viewRect() if box is not None else QRectF()

    def viewRangeChanged(self) -> None:
        self.prepareGeometryChange()

    def paint(self, painter: QPainter, *_: Any) -> None:
        area = self.boundingRect()
        pen = QPen(color("hair"), 0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(pen)
        for value in self._axis.ticks():
            painter.drawLine(QPointF(area.left(), value), QPointF(area.right(), value))


class Plot(pg.PlotWidget):
    """A plot over steps. Curves are set by name; the same hover step and the same view can be shown in several plots.

    Keys: + and - zoom, 0 shows all, Left and Right move the hover line (Shift: far), Esc takes it away.
    """

    hovered = Signal(object)
    """The step under the mouse (float), or None when it left."""
    viewed = Signal(object)
    """The person looks at other steps now: (first, last), or None for all."""

    def __init__(self, *, left_px: int = 44, px_a_tick: int = 70, px_a_step_tick: int = 90) -> None:
        self._left, self._bottom = _Axis("left", px_a_tick), _Axis("bottom", px_a_step_tick)
        super().__init__(axisItems={"left": self._left, "bottom": self._bottom}, enableMenu=False)
        self._px_a_tick = px_a_tick
        self.setFrameShape(QFrame.Shape.NoFrame)
        item = self.getPlotItem()
        item.hideButtons()
        self._box: pg.ViewBox = item.getViewBox()
        self._box.setDefaultPadding(0)
        self._box.setMouseEnabled(x=True, y=False)
        self._left.setWidth(left_px)
        self._bottom.setHeight(_STEPS_PX)
        self._curves: dict[str, tuple[pg.PlotDataItem, dict[str, Any]]] = {}
        self._full: tuple[float, float] = (0.0, 1.0)
        self._y: tuple[float, float] | None = None
        self._view: tuple[float, float] | None = None
        self._step: float | None = None
        item.addItem(_Grid(self._left), ignoreBounds=True)
        self._line = pg.InfiniteLine(0, 90)
        self._line.setVisible(False)
        item.addItem(self._line, ignoreBounds=True)
        self._box.sigRangeChangedManually.connect(self._on_zoom)
        self.scene().sigMouseMoved.connect(self._on_mouse)
        self.restyle()

    def set_curve(
        self,
        name: str,
        steps: np.ndarray,
        values: np.ndarray,
        *,
        colour: str = "p1",
        width: float = 1.75,
        style: Qt.PenStyle = Qt.PenStyle.SolidLine,
        symbol: str = "",
    ) -> None:
        """Draw or renew a curve. symbol: 'd' for diamonds at the points ('' for none)."""
        look: dict[str, Any] = {"colour": colour, "width": width, "style": style, "symbol": symbol}
        if name not in self._curves:
            item = pg.PlotDataItem()
            self.addItem(item)
            self._curves[name] = (item, look)
            self._dress(item, look)
        item, known = self._curves[name]
        if known != look:
            self._curves[name] = (item, look)
            self._dress(item, look)
        x, y = thin(steps, values, _DRAWN)
        item.setData(x, y, connect="finite")

    def remove_curve(self, name: str) -> None:
        """Take a curve away; unknown names are ignored."""
        item, _ = self._curves.pop(name, (None, None))
        if item is not None:
            self.removeItem(item)

    def curve_names(self) -> list[str]:
        """Names of the curves drawn."""
        return list(self._curves)

    def curve(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        """What a curve shows: (steps, values). KeyError if there is none of that name."""
        steps, values = self._curves[name][0].getOriginalDataset()
        return steps, values

    @property
    def full(self) -> tuple[float, float]:
        """The steps that are 'all'."""
        return self._full

    def set_range(self, last_step: float, y: tuple[float, float] | None) -> None:
        """What 'all' is: steps from 0 to last_step; and what to show of the values, y[0] to y[1]. Views stay."""
        self._full, self._y = (0.0, max(1.0, last_step)), y
        self._box.setLimits(xMin=0, xMax=max(1.0, last_step) * 1.02, minXRange=2)
        if self._view is None:
            self._box.setXRange(*self._full, padding=0)
        self._fit()

    def show_all(self) -> None:
        """Back from any view."""
        self.look_at(None)
        self.viewed.emit(None)

    def look_at(self, view: tuple[float, float] | None) -> None:
        """Look at steps view[0] to view[1], or at all of them, as another plot does."""
        self._view = view
        self._box.setXRange(*(view or self._full), padding=0)

    @property
    def view(self) -> tuple[float, float] | None:
        """The steps that the person looks at, None for all."""
        return self._view

    @property
    def step(self) -> float | None:
        """Where the hover line stands, None if there is none."""
        return self._step

    def show_step(self, step: float | None) -> None:
        """Draw the hover line at a step, or none."""
        self._step = step
        self._line.setVisible(step is not None)
        if step is not None:
            self._line.setPos(step)

    def x_of(self, step: float) -> float:
        """Widget x of a step, in px."""
        return float(self.mapFromScene(self._box.mapViewToScene(QPointF(step, 0))).x())

    def restyle(self) -> None:
        """Take the colours and fonts in use."""
        self.setBackground(color("page"))
        self._left.restyle()
        self._bottom.restyle()
        self._line.setPen(pg.mkPen(color("edge"), width=1))
        for item, look in self._curves.values():
            self._dress(item, look)

    def _dress(self, item: pg.PlotDataItem, look: dict[str, Any]) -> None:
        item.setPen(pg.mkPen(color(look["colour"]), width=look["width"], style=look["style"]))
        item.setSymbol(look["symbol"] or None)
        if look["symbol"]:
            item.setSymbolSize(11)
            item.setSymbolBrush(color(look["colour"]))
            item.setSymbolPen(pg.mkPen(color("page"), width=1.5))

    def _fit(self) -> None:
        """Begin the values at a tick, so that the plot stands on a line."""
        if self._y is None:
            return
        low, high = self._y
        step = spacing(low, high, max(2, int((self.height() - _STEPS_PX) // self._px_a_tick)))
        self._box.setYRange((math.floor(low / step + 1e-6) - 1e-6) * step, high, padding=0)

    def _on_zoom(self, *_: Any) -> None:
        low, high = self._box.viewRange()[0]
        whole = high - low >= 0.999 * (self._full[1] - self._full[0])
        self._view = None if whole else (float(low), float(high))
        self.viewed.emit(self._view)

    def _on_mouse(self, place: QPointF) -> None:
        if self._box.sceneBoundingRect().contains(place):
            self.hovered.emit(float(self._box.mapSceneToView(place).x()))
        else:
            self.hovered.emit(None)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.hovered.emit(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if hasattr(self, "_y"):  # the base class resizes before we are whole
            self._fit()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.show_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        low, high = self._view or self._full
        key, far = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self._zoom(0.5 if key != Qt.Key.Key_Minus else 2.0)
        elif key == Qt.Key.Key_0:
            self.show_all()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            by = max(1.0, (high - low) / 10) if far else max(1.0, round((high - low) / 200))
            here = self._step if self._step is not None else (low if key == Qt.Key.Key_Right else high)
            to = here + (by if key == Qt.Key.Key_Right else -by)
            self.hovered.emit(min(high, max(low, to)))
        elif key == Qt.Key.Key_Escape and self._step is not None:
            self.hovered.emit(None)
        else:
            super().keyPressEvent(event)

    def _zoom(self, factor: float) -> None:
        low, high = self._view or self._full
        middle = self._step if self._step is not None else (low + high) / 2
        wide = min(self._full[1], max(2.0, factor * (high - low)))
        start = min(max(0.0, middle - wide / 2), self._full[1] - wide)
        view = None if wide >= 0.999 * self._full[1] else (start, start + wide)
        self.look_at(view)
        self.viewed.emit(view)
