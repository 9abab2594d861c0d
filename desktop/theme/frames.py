"""Frames, headers, tool tips and scroll bars, as the style paints them."""

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QPlainTextEdit, QStyle, QStyleOption, QStyleOptionSlider, QTextEdit, QWidget

from desktop.theme.state import color
from desktop.theme.tokens import radius

SCROLL_EXTENT = 12  # px
_LEAST = 40  # px, the shortest handle
_STATE = QStyle.StateFlag


def is_field(widget: QWidget | None) -> bool:
    """Whether a frame is an input's: that of a text edit that was not made bare by the property `bare`."""
    return isinstance(widget, (QPlainTextEdit, QTextEdit)) and not widget.property("bare")


def draw_input_frame(painter: QPainter, area: QRect, *, focused: bool, wrong: bool, able: bool) -> None:
    """The ground and edge of every input: 1 px edge, 2 px accent with the focus, the error colour when it has one."""
    if wrong:
        role = "err"
    elif focused:
        role = "accent"
    else:
        role = "edge" if able else "soft"
    width = 2.0 if focused else 1.0
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color(role), width))
    painter.setBrush(color("page"))
    inset = width / 2
    corner = radius("control")
    painter.drawRoundedRect(QRectF(area).adjusted(inset, inset, -inset, -inset), corner, corner)
    painter.restore()


def draw_header(painter: QPainter, area: QRect) -> None:
    """Ground of a header's section: sunken, with a line below and a hairline at its right."""
    painter.fillRect(area, color("sunken"))
    painter.fillRect(QRect(area.left(), area.bottom(), area.width(), 1), color("soft"))
    painter.fillRect(QRect(area.right(), area.top(), 1, area.height()), color("hair"))


def draw_tip(painter: QPainter, area: QRect) -> None:
    """Ground of a tool tip."""
    painter.fillRect(area, color("raised"))
    painter.setPen(color("soft"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(area.adjusted(0, 0, -1, -1))


def draw_scroll_bar(painter: QPainter, option: QStyleOptionSlider) -> None:
    """A handle and nothing else; darker under the mouse."""
    if option.maximum <= option.minimum:
        return
    handle = QRectF(scroll_handle(option)).adjusted(2, 2, -2, -2)
    lit = bool(option.state & (_STATE.State_MouseOver | _STATE.State_Sunken))
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color("edge" if lit else "soft"))
    painter.drawRoundedRect(handle, 4, 4)
    painter.restore()


def scroll_handle(option: QStyleOptionSlider) -> QRect:
    """Where the handle of a scroll bar is."""
    area = option.rect
    flat = option.orientation == Qt.Orientation.Horizontal
    room = area.width() if flat else area.height()
    span = option.maximum - option.minimum
    length = room if span <= 0 else room * option.pageStep // (span + option.pageStep)
    length = min(room, max(_LEAST, length))
    at = QStyle.sliderPositionFromValue(
        option.minimum, option.maximum, option.sliderPosition, room - length, option.upsideDown
    )
    if flat:
        return QRect(area.left() + at, area.top(), length, area.height())
    return QRect(area.left(), area.top() + at, area.width(), length)


def field_state(option: QStyleOption, widget: QWidget | None) -> dict[str, bool]:
    """What draw_input_frame wants to know of an input."""
    able = bool(option.state & _STATE.State_Enabled)
    return {
        "able": able,
        "focused": bool(option.state & _STATE.State_HasFocus) and able,
        "wrong": widget is not None and bool(widget.property("error")),
    }
