"""Fusion with our inputs, marks, headers and scroll bars. An input shows its error by the dynamic property `error`; a
text edit without a frame has the property `bare`, set before it is shown.
"""

from typing import Any

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QProxyStyle,
    QScrollBar,
    QStyle,
    QStyleOption,
    QStyleOptionComplex,
    QStyleOptionSlider,
    QWidget,
)

from desktop.theme.frames import (
    SCROLL_EXTENT,
    draw_header,
    draw_input_frame,
    draw_scroll_bar,
    draw_tip,
    field_state,
    is_field,
    scroll_handle,
)
from desktop.theme.icons import pixmap
from desktop.theme.state import color
from desktop.theme.tokens import size

_CC = QStyle.ComplexControl
_CE = QStyle.ControlElement
_PE = QStyle.PrimitiveElement
_SC = QStyle.SubControl
_STATE = QStyle.StateFlag

_METRICS = {
    QStyle.PixelMetric.PM_SmallIconSize: 16,
    QStyle.PixelMetric.PM_ButtonIconSize: 16,
    QStyle.PixelMetric.PM_TabBarIconSize: 16,
    QStyle.PixelMetric.PM_IndicatorWidth: 16,
    QStyle.PixelMetric.PM_IndicatorHeight: 16,
    QStyle.PixelMetric.PM_ExclusiveIndicatorWidth: 16,
    QStyle.PixelMetric.PM_ExclusiveIndicatorHeight: 16,
    QStyle.PixelMetric.PM_CheckBoxLabelSpacing: 8,
    QStyle.PixelMetric.PM_FocusFrameHMargin: 4,
    QStyle.PixelMetric.PM_FocusFrameVMargin: 4,
    QStyle.PixelMetric.PM_RadioButtonLabelSpacing: 8,
    QStyle.PixelMetric.PM_ScrollBarExtent: SCROLL_EXTENT,
    QStyle.PixelMetric.PM_DockWidgetSeparatorExtent: 1,
}

_STEPS_WIDTH = 26  # px at the right of a spin box, for its two carets


class TunesmithStyle(QProxyStyle):
    """The application's style."""

    def __init__(self) -> None:
        super().__init__("Fusion")

    def pixelMetric(
        self, metric: QStyle.PixelMetric, option: QStyleOption | None = None, widget: QWidget | None = None
    ) -> int:
        known = _METRICS.get(metric)
        return known if known is not None else super().pixelMetric(metric, option, widget)

    def drawPrimitive(
        self, element: QStyle.PrimitiveElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        if element == _PE.PE_PanelLineEdit:
            if getattr(option, "lineWidth", 0) > 0:
                draw_field(painter, option, widget)
        elif element == _PE.PE_FrameFocusRect:
            pass  # the focus ring stands outside of its widget: desktop.widgets.focus_ring
        elif element == _PE.PE_Frame and is_field(widget):
            draw_field(painter, option, widget)
        elif element == _PE.PE_PanelTipLabel:
            draw_tip(painter, option.rect)
        elif element == _PE.PE_IndicatorDockWidgetResizeHandle:
            painter.fillRect(option.rect, color("hair"))
        elif element == _PE.PE_IndicatorCheckBox:
            _draw_check(painter, option)
        elif element == _PE.PE_IndicatorRadioButton:
            _draw_radio(painter, option)
        else:
            super().drawPrimitive(element, option, painter, widget)

    def drawControl(
        self, element: QStyle.ControlElement, option: QStyleOption, painter: QPainter, widget: QWidget | None = None
    ) -> None:
        if element in (_CE.CE_HeaderSection, _CE.CE_HeaderEmptyArea):
            draw_header(painter, option.rect)
        else:
            super().drawControl(element, option, painter, widget)

    def polish(self, what: Any) -> Any:
        result = super().polish(what)
        if isinstance(what, QAbstractItemView):
            what.setFrameShape(QFrame.Shape.NoFrame)  # hairlines in place of boxes
        elif isinstance(what, QScrollBar):
            what.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent, False)
        elif is_field(what):
            what.viewport().setAutoFillBackground(False)  # the corners of the frame stay round
        return result

    def drawComplexControl(
        self, control: QStyle.ComplexControl, option: QStyleOptionComplex, painter: QPainter, widget: Any = None
    ) -> None:
        if control == _CC.CC_ComboBox:
            draw_field(painter, option, widget)
            caret = pixmap("caret-down", _mark_role(option), 12)
            painter.drawPixmap(QPointF(option.rect.right() - 23, option.rect.center().y() - 5), caret)
        elif control == _CC.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            draw_scroll_bar(painter, option)
        elif control == _CC.CC_SpinBox:
            draw_field(painter, option, widget)
            self._draw_steps(painter, option, widget)
        else:
            super().drawComplexControl(control, option, painter, widget)

    def subControlRect(
        self, control: QStyle.ComplexControl, option: QStyleOptionComplex, part: QStyle.SubControl, widget: Any = None
    ) -> QRect:
        area = option.rect
        if control == _CC.CC_ScrollBar and isinstance(option, QStyleOptionSlider):
            return _scroll_part(option, part)
        if control == _CC.CC_SpinBox:
            steps = area.right() - _STEPS_WIDTH
            half = area.height() // 2
            if part == _SC.SC_SpinBoxUp:
                return QRect(steps, area.top() + 2, _STEPS_WIDTH - 2, half - 2)
            if part == _SC.SC_SpinBoxDown:
                return QRect(steps, area.top() + half, _STEPS_WIDTH - 2, half - 2)
            if part == _SC.SC_SpinBoxEditField:
                return QRect(area.left() + 7, area.top() + 2, steps - area.left() - 7, area.height() - 4)
        if control == _CC.CC_ComboBox and part == _SC.SC_ComboBoxEditField:
            return QRect(area.left() + 8, area.top() + 2, area.width() - 36, area.height() - 4)
        return super().subControlRect(control, option, part, widget)

    def sizeFromContents(
        self, kind: QStyle.ContentsType, option: QStyleOption, contents: QSize, widget: Any = None
    ) -> QSize:
        made = super().sizeFromContents(kind, option, contents, widget)
        kinds = QStyle.ContentsType
        if kind == kinds.CT_LineEdit and getattr(option, "lineWidth", 0) > 0:
            return QSize(made.width() + 10, size("input"))
        if kind == kinds.CT_ComboBox:
            return QSize(contents.width() + 44, size("input"))
        if kind == kinds.CT_SpinBox:
            return QSize(contents.width() + 16 + _STEPS_WIDTH, size("input"))
        return made

    def subElementRect(self, element: QStyle.SubElement, option: QStyleOption, widget: Any = None) -> QRect:
        made = super().subElementRect(element, option, widget)
        if element == QStyle.SubElement.SE_LineEditContents and getattr(option, "lineWidth", 0) > 0:
            return option.rect.adjusted(8, 1, -8, -1)
        return made

    def _draw_steps(self, painter: QPainter, option: QStyleOptionComplex, widget: Any) -> None:
        for part, name in ((_SC.SC_SpinBoxUp, "caret-up"), (_SC.SC_SpinBoxDown, "caret-down")):
            area = self.subControlRect(_CC.CC_SpinBox, option, part, widget)
            lit = option.activeSubControls == part and bool(option.state & _STATE.State_MouseOver)
            mark = pixmap(name, "accent" if lit else _mark_role(option), 12)
            shift = 1 if part == _SC.SC_SpinBoxUp else -1
            painter.drawPixmap(QPointF(area.center().x() - 6, area.center().y() - 5 + shift), mark)


def draw_field(painter: QPainter, option: QStyleOption, widget: QWidget | None) -> None:
    """The frame of an input, in its state."""
    draw_input_frame(painter, option.rect, **field_state(option, widget))


def _mark_role(option: QStyleOption) -> str:
    return "text2" if option.state & _STATE.State_Enabled else "disabled"


def _scroll_part(option: QStyleOptionSlider, part: QStyle.SubControl) -> QRect:
    area, handle = option.rect, scroll_handle(option)
    flat = option.orientation == Qt.Orientation.Horizontal
    if part == _SC.SC_ScrollBarSlider:
        return handle
    if part == _SC.SC_ScrollBarGroove:
        return area
    if part == _SC.SC_ScrollBarSubPage:
        end = QPoint(handle.left() - 1, area.bottom()) if flat else QPoint(area.right(), handle.top() - 1)
        return QRect(area.topLeft(), end)
    if part == _SC.SC_ScrollBarAddPage:
        start = QPoint(handle.right() + 1, area.top()) if flat else QPoint(area.left(), handle.bottom() + 1)
        return QRect(start, area.bottomRight())
    return QRect()


def _draw_check(painter: QPainter, option: QStyleOption) -> None:
    on = bool(option.state & _STATE.State_On)
    some = bool(option.state & _STATE.State_NoChange)
    able = bool(option.state & _STATE.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    full = on or some
    painter.setPen(Qt.PenStyle.NoPen if full else QPen(color("edge" if able else "soft"), 1))
    painter.setBrush(color("accent" if able else "disabled") if full else color("page"))
    area = QRectF(option.rect).adjusted(0.5, 0.5, -0.5, -0.5)
    painter.drawRoundedRect(area, 4, 4)
    if full:
        mark = pixmap("check-bold" if on else "minus-bold", "on_accent", 12)
        painter.drawPixmap(QPointF(area.center().x() - 6, area.center().y() - 6), mark)
    painter.restore()


def _draw_radio(painter: QPainter, option: QStyleOption) -> None:
    on = bool(option.state & _STATE.State_On)
    able = bool(option.state & _STATE.State_Enabled)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    role = ("accent" if on else "edge") if able else "soft"
    painter.setPen(QPen(color(role), 2 if on else 1))
    painter.setBrush(color("page"))
    inset = 1.0 if on else 0.5
    area = QRectF(option.rect).adjusted(inset, inset, -inset, -inset)
    painter.drawEllipse(area)
    if on:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color(role))
        painter.drawEllipse(area.center(), 4, 4)
    painter.restore()
