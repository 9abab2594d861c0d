"""The dock beside a chat: system prompt and how the model chooses its words."""

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent

from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import LineEdit, TextArea, mark_error
from desktop.widgets.text import Label, Paragraph, Text
from services.i18n import tr


@dataclass(frozen=True)
class Number:
    """A setting that is a number: low to high, by step; first: where the arrow keys begin."""

    name: str
    low: float
    high: float
    step: float
    first: float
    title: Text = ""

    @property
    def whole(self) -> bool:
        """Whether it has no decimals."""
        return self.step >= 1

    def read(self, text: str) -> int | float | None:
        """The value that a text means, None for none. ValueError if it is no such number or out of range."""
        if not text.strip():
            return None
        value = int(text) if self.whole else float(text.replace(",", "."))
        if not self.low <= value <= self.high:
            raise ValueError(text)
        return value


NUMBERS = (
    Number("temperature", 0, 2, 0.1, 0.7, lambda: tr("Temperature")),
    Number("top_p", 0, 1, 0.05, 0.9),
    Number("top_k", 0, 1000, 10, 40),
    Number("max_tokens", 1, 1_000_000, 128, 512, lambda: tr("Max tokens")),
    Number("seed", 0, 2**31 - 1, 1, 42, lambda: tr("Seed")),
)


class NumberField(LineEdit):
    """Empty means the server's own value. Up and Down change the number."""

    def __init__(self, number: Number) -> None:
        super().__init__(placeholder=lambda: tr("auto"), name=number.title or number.name)
        self.number = number
        self.setFixedWidth(112)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
            return
        number = self.number
        try:
            old = number.read(self.text())
        except ValueError:
            return
        new = number.first if old is None else min(number.high, max(number.low, old + way * number.step))
        self.setText(str(int(new)) if number.whole else f"{new:.2f}".rstrip("0").rstrip("."))
        self.editingFinished.emit()


class ChatSettings(Box):
    """An empty field means the server's own value."""

    system_changed = Signal(str)
    option_changed = Signal(str, object)
    command_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v", margins=(20, 16, 20, 16))
        self.system = TextArea(
            placeholder=lambda: tr("What the model should know about itself; empty: as it was trained."),
            name=lambda: tr("System prompt"),
        )
        self.system.setFixedHeight(96)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(400)
        self._soon.timeout.connect(lambda: self.system_changed.emit(self.system.toPlainText()))
        self.system.textChanged.connect(self._soon.start)
        self.fields: dict[str, LineEdit] = {}
        self.problem = Paragraph("", "small", "err")
        self.problem.hide()
        self.add(Label(lambda: tr("Settings"), "small_strong", "text2")).add(12)
        self.add(Label(lambda: tr("System prompt"), "body", "text2")).add(4).add(self.system).add(16)
        self.add(HairLine()).add(12)
        for number in NUMBERS:
            field = NumberField(number)
            field.editingFinished.connect(lambda number=number: self._said(number))
            self._add_field(number.name, number.title or number.name, field)
        stop = LineEdit(placeholder=lambda: tr("auto"), name=lambda: tr("Stop at"))
        stop.setFixedWidth(148)
        stop.setToolTip(tr("An answer ends before this text. Several: with blanks between them."))
        stop.editingFinished.connect(self._said_stop)
        self._add_field("stop", lambda: tr("Stop at"), stop)
        self.add(self.problem)
        self.add("s")
        command = Button(lambda: tr("Show as command"), "link", "terminal-window")
        command.clicked.connect(self.command_asked)
        defaults = Button(lambda: tr("Back to defaults"), "link")
        defaults.clicked.connect(self._reset)
        self.add(row(defaults, "s", command))

    def show_options(self, system: str, options: dict[str, Any]) -> None:
        """Show a chat's settings, without signals."""
        self.system.blockSignals(True)
        self.system.setPlainText(system)
        self.system.blockSignals(False)
        for name, line in self.fields.items():
            value = options.get(name, "")
            line.setText(" ".join(value) if isinstance(value, list | tuple) else str(value))
            mark_error(line, False)
        self.problem.hide()

    def flush(self) -> None:
        """Say what was typed just now and not said yet."""
        if self._soon.isActive():
            self._soon.stop()
            self.system_changed.emit(self.system.toPlainText())
        for number in NUMBERS:
            if self.fields[number.name].hasFocus():
                self._said(number)
        if self.fields["stop"].hasFocus():
            self._said_stop()

    def retranslate(self) -> None:
        self.fields["stop"].setToolTip(tr("An answer ends before this text. Several: with blanks between them."))

    def _add_field(self, name: str, title: Text, line: LineEdit) -> None:
        self.fields[name] = line
        self.add(row(Label(title, "body"), "s", line)).add(8)

    def _said(self, number: Number) -> None:
        line = self.fields[number.name]
        try:
            value = number.read(line.text())
        except ValueError:
            mark_error(line, True)
            low, high = f"{number.low:g}", f"{number.high:g}" if number.high < 1e6 else f"{number.high:,.0f}"
            self.problem.set_text(
                lambda: tr("{name}: a number from {low} to {high}.", name=number.name, low=low, high=high)
            )
            self.problem.show()
            return
        mark_error(line, False)
        self.problem.hide()
        self.option_changed.emit(number.name, value)

    def _said_stop(self) -> None:
        self.option_changed.emit("stop", tuple(self.fields["stop"].text().split()) or None)

    def _reset(self) -> None:
        self.show_options(self.system.toPlainText(), {})
        for name in self.fields:
            self.option_changed.emit(name, None)
