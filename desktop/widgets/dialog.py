"""Dialogs: a card in the middle of the window, the window dimmed behind it. Choice at the top, consequence below, the
buttons in a footer with the primary one at the right."""

from PySide6.QtCore import QEvent, QEventLoop, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme import color, is_dark, radius, size, spacing
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.text import Label, Paragraph, Text
from services.i18n import tr


class Dialog(QWidget):
    """A dialog over its window. Fill `body` (a layout) and `footer` (a layout); open() shows it, Esc closes it.

    width in px (at most the window's). closable: with a cross, and Esc closes; a subclass may refuse in `may_close`.
    """

    finished = Signal(bool)
    """Closed; whether it was accepted."""

    def __init__(
        self, window: QWidget, title: Text, subtitle: Text = "", *, width: int = 0, footer: bool = True
    ) -> None:
        super().__init__(window.window())
        self._wanted_width = width or size("dialog_width")
        self._focus_before: QWidget | None = None
        pad = spacing("dialog")
        self.card = Box("v", fill="raised" if is_dark() else "page", corner=radius("dialog"))
        self.card.setParent(self)
        self.card.box.setContentsMargins(0, 0, 0, 0)
        head = QHBoxLayout()
        head.setContentsMargins(pad, 20, 24, 0)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.title = Label(title, "title")
        self.subtitle = Label(subtitle, "body", "text2")
        self.subtitle.setVisible(bool(subtitle))
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        head.addLayout(words, 1)
        self.cross = IconButton("x", lambda: tr("Close"))
        self.cross.clicked.connect(self.reject)
        head.addWidget(self.cross, 0, Qt.AlignmentFlag.AlignTop)
        self.card.add(head)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(pad, 16, pad, 24)
        self.body.setSpacing(0)
        self.card.box.addLayout(self.body, 1)
        self._foot = Box("h", gap=8, margins=(pad, 0, pad, 0), line="hair", sides="t")
        self._foot.setFixedHeight(64)
        self.footer = self._foot.box
        self.card.add(self._foot)
        self._foot.setVisible(footer)
        self.card.installEventFilter(self)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.title.text())
        self.hide()

    def may_close(self) -> bool:
        """Whether the person may close it now."""
        return True

    def open(self) -> None:
        """Show it over the window."""
        self._focus_before = QApplication.focusWidget()
        self.window().installEventFilter(self)
        self._place()
        self.raise_()
        self.show()
        self._first().setFocus(Qt.FocusReason.OtherFocusReason)

    def accept(self) -> None:
        """Close as accepted."""
        self._close(True)

    def reject(self) -> None:
        """Close as not accepted, if it may close."""
        if self.may_close():
            self._close(False)

    def run(self) -> bool:
        """Open it and wait until it is closed; whether it was accepted. For plain questions only."""
        loop = QEventLoop()
        answer: list[bool] = []
        self.finished.connect(answer.append)
        self.finished.connect(lambda _: loop.quit())
        self.open()
        loop.exec()
        return answer[0]

    def restyle(self) -> None:
        self.card.set_fill("raised" if is_dark() else "page")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == (QEvent.Type.LayoutRequest if watched is self.card else QEvent.Type.Resize):
            self._place()
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.reject()
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:
        here = QApplication.focusWidget() or self
        step: QWidget | None = here
        while step is not None:  # the focus stays inside
            step = step.nextInFocusChain() if forward else step.previousInFocusChain()
            if step is here or step is None:
                break
            if (
                self.card.isAncestorOf(step)
                and step.isVisible()
                and step.isEnabled()
                and step.focusPolicy() & Qt.FocusPolicy.TabFocus
            ):
                step.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
                break
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("scrim", 0.55 if is_dark() else 0.42))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color("hair"))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(QRectF(self.card.geometry()).adjusted(-0.5, -0.5, 0.5, 0.5), 12, 12)
        painter.end()

    def mousePressEvent(self, event: object) -> None:
        """The window behind gets no clicks."""

    def _place(self) -> None:
        window = self.window()
        self.setGeometry(window.rect())
        width = min(self._wanted_width, window.width() - 48)
        hint = self.card.sizeHint().height()
        if self.card.hasHeightForWidth():
            hint = max(hint, self.card.heightForWidth(width))
        height = min(hint, window.height() - 48)
        self.card.setGeometry((window.width() - width) // 2, max(24, (window.height() - height) // 2), width, height)

    def _first(self) -> QWidget:
        """What gets the focus at first: the first thing to fill in or press, the cross last."""
        step = self.card.nextInFocusChain()
        while step is not None and self.card.isAncestorOf(step):
            if step is not self.cross and step.focusPolicy() & Qt.FocusPolicy.TabFocus and step.isEnabled():
                return step
            step = step.nextInFocusChain()
        return self

    def _close(self, accepted: bool) -> None:
        self.window().removeEventFilter(self)
        self.hide()
        if self._focus_before is not None and self._focus_before.isVisible():
            self._focus_before.setFocus()
        self._focus_before = None
        self.finished.emit(accepted)
        self.deleteLater()


def confirm(window: QWidget, title: Text, what_goes: Text, action: Text) -> bool:
    """Ask before a thing that can't be undone: says exactly what goes. Whether to do it."""
    dialog = Dialog(window, title, width=520)
    dialog.body.addWidget(Paragraph(what_goes, "body", "text", width=456))
    dialog.footer.addStretch(1)
    keep = Button(lambda: tr("Cancel"))
    keep.clicked.connect(dialog.reject)
    go = Button(action, "primary")
    go.clicked.connect(dialog.accept)
    dialog.footer.addWidget(keep)
    dialog.footer.addWidget(go)
    return dialog.run()
