"""Buttons of five kinds, painted so that hover, pressed, disabled and the width in both languages are right."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QPushButton, QSizePolicy

from desktop.theme import color, font, pixmap, radius, size
from desktop.widgets.text import Text, say

KINDS = ("primary", "secondary", "ghost", "link", "tinted")
"""One primary a window; secondary beside it; ghost in bars; link in text; tinted for what is on."""

_INK = {"primary": "on_accent", "secondary": "text", "ghost": "text2", "link": "accent", "tinted": "on_tint"}
_ICON = {"primary": "on_accent", "secondary": "text2", "ghost": "text2", "link": "accent", "tinted": "on_tint"}
_PADDING = {"link": 0, "ghost": 8}
_GAP = 8  # px between icon and text


class Button(QPushButton):
    """A push button. text: see desktop.widgets.text.Text. height in px: 32, 28 (small), 36, 40."""

    def __init__(
        self,
        text: Text = "",
        kind: str = "secondary",
        icon: str = "",
        *,
        height: int = 0,
        icon_role: str = "",
        tip: Text = "",
    ) -> None:
        super().__init__()
        self._text, self._kind, self._icon_name, self._icon_role, self._tip = text, kind, icon, icon_role, tip
        self._why: Text = ""
        self.icon_px = 16
        self.setFixedHeight(height or (20 if kind == "link" else size("button")))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor if kind == "link" else Qt.CursorShape.ArrowCursor)
        self.retranslate()
        self.restyle()

    def set_text(self, text: Text) -> None:
        """Show other words."""
        self._text = text
        self.retranslate()

    def set_tip(self, tip: Text) -> None:
        """Say something else in the tool tip."""
        self._tip = tip
        self._show_tip()

    def set_icon(self, name: str, role: str = "") -> None:
        """Show another icon ('' for none)."""
        self._icon_name, self._icon_role = name, role
        self.updateGeometry()
        self.update()

    def set_kind(self, kind: str) -> None:
        """Become another kind of button."""
        self._kind = kind
        self.restyle()

    def allow(self, able: bool, why: Text = "") -> None:
        """Enable or disable; why: the tool tip that says what is missing."""
        self._why = "" if able else why
        self.setEnabled(able)
        self._show_tip()

    def retranslate(self) -> None:
        self.setText(say(self._text))
        self._show_tip()
        self.updateGeometry()

    def restyle(self) -> None:
        small = self.height() <= size("button_small") and self._kind != "link"
        plain = self._kind in ("ghost", "link")
        self.setFont(font(("small" if plain else "small_medium") if small else ("body" if plain else "medium")))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        words = self.text()
        if not words:
            return QSize(self.height(), self.height())
        width = QFontMetricsF(self.font()).horizontalAdvance(words) + 2 * _PADDING.get(self._kind, 14) + 2
        if self._icon_name:
            width += 16 + _GAP
        return QSize(int(width + 0.99), self.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        ink = _INK[self._kind] if self.isEnabled() else "disabled"
        words = self.text()
        text_width = QFontMetricsF(self.font()).horizontalAdvance(words) if words else 0.0
        full = text_width + ((self.icon_px + (_GAP if words else 0)) if self._icon_name else 0)
        left = 0.0 if self._kind == "link" else (self.width() - full) / 2
        if self._icon_name:
            role = (self._icon_role or _ICON[self._kind]) if self.isEnabled() else "disabled"
            top = (self.height() - self.icon_px) // 2
            painter.drawPixmap(int(left + 0.5), top, pixmap(self._icon_name, role, self.icon_px))
            left += self.icon_px + _GAP
        if words:
            painter.setFont(self.font())
            if self._kind == "link" and self.underMouse() and self.isEnabled():
                underlined = self.font()
                underlined.setUnderline(True)
                painter.setFont(underlined)
            painter.setPen(color(ink))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextSingleLine
            painter.drawText(QRectF(left, 0, text_width + 4, self.height()), flags, words)
        painter.end()

    def _paint_ground(self, painter: QPainter) -> None:
        able, down, over = self.isEnabled(), self.isDown() or self.isChecked(), self.underMouse()
        fill, edge = "", ""
        if self._kind == "primary":
            fill = "accent_press" if down else "accent_hover" if over else "accent"
            if not able:
                fill, edge = "hover", ""
        elif self._kind == "tinted":
            fill = "tint"
        elif self._kind == "secondary":
            fill, edge = ("soft" if down else "hover" if over and able else "raised"), "soft"
        elif self._kind == "ghost" and able:
            fill = "soft" if self.isDown() else "tint" if self.isChecked() else "hover" if over else ""
        if not fill and not edge:
            return
        painter.setBrush(color(fill) if fill else Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color(edge), 1) if edge else Qt.PenStyle.NoPen)
        inset = 0.5 if edge else 0.0
        area = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(area, radius("control"), radius("control"))

    def _show_tip(self) -> None:
        tip = say(self._why) or say(self._tip)
        self.setToolTip(tip)
        self.setAccessibleName(self.text() or say(self._tip))


class IconButton(Button):
    """A square ghost button with an icon alone. tip says what it does (and is its accessible name)."""

    def __init__(self, icon: str, tip: Text, *, height: int = 0, icon_role: str = "", kind: str = "ghost") -> None:
        super().__init__("", kind, icon, height=height, icon_role=icon_role, tip=tip)
