"""Inputs. Spin and combo boxes ignore the wheel until they have the focus, so that scrolling changes nothing."""

from PySide6.QtCore import QLocale, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLineEdit, QPlainTextEdit, QSpinBox, QWidget

from desktop.theme import color, font, pixmap
from desktop.theme.qss import popup_sheet
from desktop.widgets.text import Text, say


def mark_error(widget: QWidget, wrong: bool) -> None:
    """Draw an input's edge as wrong, or as right again. The sentence under it is the form's."""
    if bool(widget.property("error")) != wrong:
        widget.setProperty("error", wrong)
        widget.update()


class _Quiet:
    """Mixin: the wheel scrolls the page, not the value, until the box has the focus."""

    def _quieten(self) -> None:
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # type: ignore[attr-defined]

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():  # type: ignore[attr-defined]
            super().wheelEvent(event)  # type: ignore[misc]
        else:
            event.ignore()


class SpinBox(_Quiet, QSpinBox):
    """Whole numbers, with thousands separators while not typing."""

    def __init__(self, low: int = 0, high: int = 2_147_483_647, value: int = 0, *, name: Text = "") -> None:
        super().__init__()
        self._quieten()
        self.setLocale(QLocale.c())
        self.setRange(low, high)
        self.setValue(value)
        self.setAccelerated(True)
        self.setAccessibleName(say(name))


class DoubleSpinBox(_Quiet, QDoubleSpinBox):
    """Decimal numbers, always with a point."""

    def __init__(
        self,
        low: float = 0.0,
        high: float = 1e9,
        value: float = 0.0,
        *,
        step: float = 0.1,
        decimals: int = 3,
        name: Text = "",
    ) -> None:
        super().__init__()
        self._quieten()
        self.setLocale(QLocale.c())
        self.setDecimals(decimals)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setValue(value)
        self.setAccessibleName(say(name))

    def textFromValue(self, value: float) -> str:
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class ComboBox(_Quiet, QComboBox):
    """A choice from a list. fill() keeps (id, text) pairs; current_id() is what is chosen."""

    def __init__(self, choices: list[tuple[str, Text]] | None = None, current: str = "", *, name: Text = "") -> None:
        super().__init__()
        self._quieten()
        self._pairs: list[tuple[str, Text]] = []
        self._name = name
        self.setAccessibleName(say(name))
        if choices:
            self.fill(choices, current)

    def fill(self, choices: list[tuple[str, Text]], current: str = "") -> None:
        """Replace the choices, without a signal."""
        self._pairs = list(choices)
        self.blockSignals(True)
        self.clear()
        for choice, text in self._pairs:
            self.addItem(say(text), choice)
        self.set_current_id(current)
        self.blockSignals(False)

    def showPopup(self) -> None:
        self.view().setStyleSheet(popup_sheet())
        super().showPopup()

    def current_id(self) -> str:
        """The id of the choice, '' if there is none."""
        return str(self.currentData() or "")

    def set_current_id(self, choice: str) -> None:
        """Choose by id; unknown ids leave the first."""
        self.setCurrentIndex(max(0, self.findData(choice)) if self.count() else -1)

    def retranslate(self) -> None:
        self.setAccessibleName(say(self._name))
        for index, (_, text) in enumerate(self._pairs):
            if index < self.count():
                self.setItemText(index, say(text))


class LineEdit(QLineEdit):
    """One line of text."""

    def __init__(self, text: str = "", *, placeholder: Text = "", name: Text = "") -> None:
        super().__init__(text)
        self._placeholder, self._name = placeholder, name
        self.retranslate()

    def retranslate(self) -> None:
        self.setPlaceholderText(say(self._placeholder))
        self.setAccessibleName(say(self._name) or say(self._placeholder))


class SearchField(LineEdit):
    """A line with a magnifying glass; Esc clears it, and says `escaped` when it was empty. hint stands at the right."""

    escaped = Signal()

    def __init__(self, placeholder: Text = "", *, icon: str = "magnifying-glass", hint: str = "Esc") -> None:
        self._icon, self._hint = icon, hint
        super().__init__(placeholder=placeholder)
        self.setTextMargins(24, 0, 28 if hint else 0, 0)

    def sizeHint(self) -> QSize:
        return QSize(240, super().sizeHint().height())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            if self.text():
                self.clear()
            else:
                self.escaped.emit()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.drawPixmap(10, (self.height() - 16) // 2, pixmap(self._icon, "text3", 16))
        if self._hint and self.text():
            painter.setPen(color("text3"))
            painter.setFont(font("small"))
            area = self.rect().adjusted(0, 0, -10, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, self._hint)
        painter.end()


class TextArea(QPlainTextEdit):
    """Lines of text. Tab moves on, Ctrl+Tab writes one."""

    def __init__(self, text: str = "", *, placeholder: Text = "", name: Text = "", mono: bool = False) -> None:
        super().__init__(text)
        self._placeholder, self._name, self._mono = placeholder, name, mono
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(6)
        self.retranslate()
        self.restyle()

    def retranslate(self) -> None:
        self.setPlaceholderText(say(self._placeholder))
        self.setAccessibleName(say(self._name) or say(self._placeholder))

    def restyle(self) -> None:
        self.setFont(font("mono" if self._mono else "body"))
