"""Where a message is written, and the button that sends it."""

import math
from collections.abc import Callable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QResizeEvent

from desktop.theme import color, pixmap
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import TextArea
from services.i18n import tr

_LOWEST, _HIGHEST = 40, 168  # px


class QuestionField(TextArea):
    """Enter sends, Shift+Enter breaks a line. As high as what is written, within reason."""

    def __init__(self, send: Callable[[], None]) -> None:
        super().__init__(placeholder=lambda: tr("Write a message"), name=lambda: tr("Your message"))
        self._send = send
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().documentLayout().documentSizeChanged.connect(lambda _: self._fit())
        self._fit()

    def text(self) -> str:
        """What is written, no-break spaces and all."""
        return self.document().toRawText().replace("\u2029", "\n")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
        elif event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.insertPlainText("\n")  # Qt would put a line separator there, which is another character
            self.ensureCursorVisible()
        else:
            self._send()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        lines = max(1, int(self.document().size().height()))  # QPlainTextEdit counts lines, wrapped ones too
        wanted = lines * self.fontMetrics().lineSpacing() + 22
        self.setFixedHeight(min(_HIGHEST, max(_LOWEST, wanted)))
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if wanted > _HIGHEST else policy.ScrollBarAlwaysOff)


class SendButton(Button):
    """Send, or Stop while an answer comes; as wide as the wider of both, so that it stays where it is."""

    def __init__(self) -> None:
        super().__init__("", "primary", height=40)
        self.show_busy(False)

    def show_busy(self, busy: bool) -> None:
        """Become Stop, or Send again."""
        self.set_text((lambda: tr("Stop")) if busy else (lambda: tr("Send")))
        self.set_icon("stop" if busy else "paper-plane-right")

    def sizeHint(self) -> QSize:
        metrics, hint = QFontMetricsF(self.font()), super().sizeHint()
        widths = [math.ceil(metrics.horizontalAdvance(word)) for word in (self.text(), tr("Send"), tr("Stop"))]
        return QSize(hint.width() + max(widths) - widths[0], hint.height())


class MenuButton(Button):
    """A button that opens a list: a caret stands at its right."""

    def sizeHint(self) -> QSize:
        hint = super().sizeHint()
        return QSize(hint.width() + 22, hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter)
        middle, left = self.height() // 2, 14
        if self._icon_name:
            painter.drawPixmap(left, middle - 8, pixmap(self._icon_name, "text2", 16))
            left += 24
        painter.setFont(self.font())
        painter.setPen(color("text" if self.isEnabled() else "disabled"))
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine
        painter.drawText(QRectF(left, 0, self.width() - left - 26, self.height()), flags, self.text())
        painter.drawPixmap(self.width() - 26, middle - 6, pixmap("caret-down", "text2", 12))
        painter.end()
