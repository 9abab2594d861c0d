"""A row as tokens: trained ones tinted, control tokens as pills, what is cut struck through, long stretches folded."""

import html
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.models.token_items import TokenItem
from desktop.theme import color, font, pixmap
from services.i18n import tr, trn

_LINE_PX = 22
_PILLS = ("pill", "pill-trained", "fold")


class TokenView(QWidget):
    """Draws tokens in running lines; as tall as they need. cutoff_len: said on the rule where tokens are cut."""

    def __init__(self, items: Sequence[TokenItem], cutoff_len: int, words: str = "") -> None:
        super().__init__()
        self.items, self._cutoff_len = items, cutoff_len
        self._heights: dict[int, int] = {}
        self._drawn: list[tuple[QRectF, TokenItem]] = []  # where what is in sight stands
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(words)

    def retranslate(self) -> None:
        self.restyle()

    def restyle(self) -> None:
        self._heights.clear()
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        if width not in self._heights:
            self._heights[width] = self._flow(None, float(width))
        return self._heights[width]

    def sizeHint(self) -> QSize:
        width = max(self.width(), 200)
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self._drawn.clear()
            self.updateGeometry()

    def item_at(self, x: float, y: float) -> TokenItem | None:
        """The thing drawn at a place."""
        return next((item for area, item in self._drawn if area.contains(x, y)), None)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            found = self.item_at(event.pos().x(), event.pos().y())
            tip = html.escape(found.tip()).replace("\n", "<br>") if found is not None and found.ids else ""
            QToolTip.showText(event.globalPos(), f"<code>{tip}</code>" if tip else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        top, bottom = float(event.rect().top()), float(event.rect().bottom())
        self._drawn = [(area, item) for area, item in self._drawn if area.bottom() < top or area.top() > bottom]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._flow(painter, float(self.width()), float(event.rect().top()), float(event.rect().bottom()))
        painter.end()

    def _flow(self, painter: QPainter | None, width: float, top: float = 0.0, bottom: float = 0.0) -> int:
        """Lay the items out, and draw those between top and bottom; the height in px."""
        faces = {"body": font("body"), "pill": font("mono_small"), "fold": font("small_medium")}
        metrics = {name: QFontMetricsF(face) for name, face in faces.items()}
        x = y = 0.0
        for item in self.items:
            if item.look in ("break", "rule"):
                if item.look == "rule":
                    y += _LINE_PX if x else 0.0
                    if painter is not None:
                        _paint_rule(painter, QRectF(0, y, width, _LINE_PX), self._cutoff_len)
                x, y = 0.0, y + _LINE_PX
                continue
            pill = item.look in _PILLS
            kind = "fold" if item.look == "fold" else "pill" if pill else "body"
            text = "… " + trn("{n} more", "{n} more", item.hidden) if item.look == "fold" else item.text
            wide = metrics[kind].horizontalAdvance(text) + (14 if pill else 0)
            gap = 4.0 if pill and x else 0.0
            if x + gap + wide > width and x:
                x, y, gap = 0.0, y + _LINE_PX, 0.0
            if not x and text.startswith(" ") and not pill:  # the blank went with the line before
                text = text.lstrip(" ")
                wide = metrics[kind].horizontalAdvance(text)
            if painter is not None and y + _LINE_PX >= top and y <= bottom:
                painter.setFont(faces[kind])
                area = QRectF(x + gap, y, min(wide, width), _LINE_PX)
                (_paint_pill if pill else _paint_token)(painter, area, item.look, text)
                self._drawn.append((area, item))
            x += gap + wide + (4.0 if pill else 0.0)
        return int(y + _LINE_PX + 2) if self.items else 0


def _paint_rule(painter: QPainter, area: QRectF, cutoff_len: int) -> None:
    words = tr("Cut here at cutoff_len {n}", n=f"{cutoff_len:,}")
    face = font("small_medium")
    painter.drawPixmap(QPointF(area.x(), area.y() + 4), pixmap("scissors", "warn", 14))
    painter.setFont(face)
    painter.setPen(color("warn"))
    painter.drawText(area.adjusted(20, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, words)
    left = area.x() + 20 + QFontMetricsF(face).horizontalAdvance(words) + 8
    middle = area.center().y() + 0.5
    if left < area.right():
        painter.drawLine(QPointF(left, middle), QPointF(area.right(), middle))


def _paint_pill(painter: QPainter, area: QRectF, look: str, text: str) -> None:
    shape = area.adjusted(0.5, 2.5, -0.5, -2.5)
    trained = look == "pill-trained"
    if look == "fold":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("hover"))
        ink = "text2"
    else:
        painter.setPen(QPen(color("accent" if trained else "soft"), 1))
        painter.setBrush(color("tint") if trained else Qt.BrushStyle.NoBrush)
        ink = "on_tint" if trained else "text3"
    painter.drawRoundedRect(shape, 4, 4)
    painter.setPen(color(ink))
    painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, text)


def _paint_token(painter: QPainter, area: QRectF, look: str, text: str) -> None:
    if look == "trained":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("tint"))
        painter.drawRoundedRect(area.adjusted(0.5, 2, -0.5, -1), 2, 2)
    painter.setPen(color({"trained": "on_tint", "read": "text2", "cut": "text3"}[look]))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(area.adjusted(0, 0, 4, 0), flags, text)
    if look == "cut":
        painter.setPen(QPen(color("err"), 1))
        middle = area.center().y() + 0.5
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
