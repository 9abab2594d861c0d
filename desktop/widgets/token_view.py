"""A row as tokens: trained ones tinted, control tokens as pills, what is cut struck through, long stretches folded."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.theme import color, font
from services.i18n import trn
from services.templates.view import TokenPiece

_LINE_PX = 22
_FOLD_OVER = 160  # tokens of one stretch; longer ones show their beginning and end
_FOLD_KEEP = 60


@dataclass(frozen=True)
class _Item:
    """One thing that is laid out. look: 'trained', 'read', 'cut', 'pill', 'pill-trained', 'fold' or 'break'."""

    text: str
    look: str


def lay_out(pieces: Sequence[TokenPiece], *, folded: bool = True) -> list[_Item]:
    """What the view draws of tokens, in order."""
    items: list[_Item] = []
    stretch: list[_Item] = []
    look_before = ""

    def flush() -> None:
        if folded and len(stretch) > _FOLD_OVER:
            hidden = len(stretch) - 2 * _FOLD_KEEP
            words = "⋯ " + trn("{n} more", "{n} more", hidden)
            items.extend([*stretch[:_FOLD_KEEP], _Item(words, "fold"), *stretch[-_FOLD_KEEP:]])
        else:
            items.extend(stretch)
        stretch.clear()

    for piece in pieces:
        look = "cut" if piece.cut else "trained" if piece.trained else "read"
        if look != look_before:
            flush()
            look_before = look
        if piece.kind == "control" and not piece.cut:
            flush()
            items.append(_Item(piece.text, "pill-trained" if piece.trained else "pill"))
            continue
        parts = piece.text.split("\n")
        for number, part in enumerate(parts):
            if number:
                stretch.append(_Item("", "break"))
            if part:
                stretch.append(_Item(part, look))
    flush()
    return items


class TokenView(QWidget):
    """Draws tokens in running lines; as tall as they need."""

    def __init__(self) -> None:
        super().__init__()
        self._items: list[_Item] = []
        self._pieces: Sequence[TokenPiece] = ()
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_tokens(self, pieces: Sequence[TokenPiece]) -> None:
        """Show these tokens."""
        self._pieces = pieces
        self.retranslate()

    def retranslate(self) -> None:
        self._items = lay_out(self._pieces)
        self.setAccessibleName("".join(p.text for p in self._pieces)[:2000])
        self.updateGeometry()
        self.update()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._flow(None, float(width))

    def sizeHint(self) -> QSize:
        width = max(self.width(), 200)
        return QSize(width, self.heightForWidth(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.updateGeometry()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._flow(painter, float(self.width()))
        painter.end()

    def _flow(self, painter: QPainter | None, width: float) -> int:
        body, pill, fold = font("body"), font("mono_small"), font("small_medium")
        metrics = {"body": QFontMetricsF(body), "pill": QFontMetricsF(pill), "fold": QFontMetricsF(fold)}
        x = y = 0.0
        for item in self._items:
            if item.look == "break":
                x, y = 0.0, y + _LINE_PX
                continue
            is_pill = item.look in ("pill", "pill-trained", "fold")
            kind = "fold" if item.look == "fold" else "pill" if is_pill else "body"
            wide = metrics[kind].horizontalAdvance(item.text) + (14 if is_pill else 0)
            gap = 4.0 if is_pill and x else 0.0
            if x + gap + wide > width and x:
                x, y, gap = 0.0, y + _LINE_PX, 0.0
            if painter is not None:
                area = QRectF(x + gap, y, min(wide, width), _LINE_PX)
                if is_pill:
                    painter.setFont(fold if kind == "fold" else pill)
                    _paint_pill(painter, area, item)
                else:
                    painter.setFont(body)
                    _paint_token(painter, area, item)
            x += gap + wide + (4.0 if is_pill else 0.0)
        return int(y + _LINE_PX + 2) if self._items else 0


def _paint_pill(painter: QPainter, area: QRectF, item: _Item) -> None:
    shape = area.adjusted(0.5, 2.5, -0.5, -2.5)
    trained = item.look == "pill-trained"
    if item.look == "fold":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("hover"))
        ink = "text2"
    else:
        painter.setPen(QPen(color("accent" if trained else "soft"), 1))
        painter.setBrush(color("tint") if trained else Qt.BrushStyle.NoBrush)
        ink = "on_tint" if trained else "text3"
    painter.drawRoundedRect(shape, 4, 4)
    painter.setPen(color(ink))
    painter.drawText(shape, Qt.AlignmentFlag.AlignCenter, item.text)


def _paint_token(painter: QPainter, area: QRectF, item: _Item) -> None:
    if item.look == "trained":
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color("tint"))
        painter.drawRoundedRect(area.adjusted(0.5, 2, -0.5, -1), 2, 2)
    painter.setPen(color({"trained": "on_tint", "read": "text2", "cut": "text3"}[item.look]))
    flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
    painter.drawText(area.adjusted(0, 0, 4, 0), flags, item.text)
    if item.look == "cut":
        painter.setPen(QPen(color("err"), 1))
        middle = area.center().y() + 0.5
        painter.drawLine(QPointF(area.left(), middle), QPointF(area.right(), middle))
