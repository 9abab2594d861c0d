"""The dock beside a chat: system prompt and how the model chooses its words."""

from typing import Any

from PySide6.QtCore import QTimer, Signal

from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.inputs import LineEdit, TextArea
from desktop.widgets.text import Label
from services.i18n import tr

_FIELDS: tuple[tuple[str, type], ...] = (
    ("temperature", float),
    ("top_p", float),
    ("top_k", int),
    ("max_tokens", int),
    ("seed", int),
)


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
        self.add(Label(lambda: tr("Settings"), "small_strong", "text2")).add(12)
        self.add(Label(lambda: tr("System prompt"), "body", "text2")).add(4).add(self.system).add(16)
        self.add(HairLine()).add(12)
        for name, kind in _FIELDS:
            self._add_field(name, kind)
        self._add_field("stop", str)
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

    def flush(self) -> None:
        """Say a system prompt that was typed just now."""
        if self._soon.isActive():
            self._soon.stop()
            self.system_changed.emit(self.system.toPlainText())

    def _add_field(self, name: str, kind: type) -> None:
        line = LineEdit(placeholder=lambda: tr("auto"), name=name)
        line.setFixedWidth(112)
        line.editingFinished.connect(lambda: self._said(name, kind))
        self.fields[name] = line
        self.add(row(Label(_word(name), "body"), "s", line)).add(8)

    def _said(self, name: str, kind: type) -> None:
        text = self.fields[name].text().strip()
        value: Any = None
        if text:
            try:
                value = tuple(text.split()) if kind is str else kind(text)
            except ValueError:
                self.fields[name].setText("")
        self.option_changed.emit(name, value)

    def _reset(self) -> None:
        for name, line in self.fields.items():
            line.setText("")
            self.option_changed.emit(name, None)


def _word(name: str) -> Any:
    words = {
        "temperature": lambda: tr("Temperature"),
        "max_tokens": lambda: tr("Max tokens"),
        "seed": lambda: tr("Seed"),
        "stop": lambda: tr("Stop at"),
    }
    return words.get(name, name)
