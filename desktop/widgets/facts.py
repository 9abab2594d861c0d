"""Facts as hairline rows: name, value, and a note at the right."""

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme import color, size
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Text


class FactRow(QWidget):
    """One fact, 36 px tall with a hairline below. right: the value stands at the right edge, in strong."""

    def __init__(
        self,
        name: Text,
        value: Text,
        *,
        icon: str = "",
        icon_role: str = "text2",
        note: Text = "",
        name_width: int = 160,
        right: bool = False,
        line: bool = True,
        value_role: str = "text",
    ) -> None:
        super().__init__()
        self._line = line
        self.setFixedHeight(size("fact_row"))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 1)
        layout.setSpacing(10)
        self.icon = IconLabel(icon or "info", icon_role)
        self.name = Label(name, "body", "text2")
        self.value = ElidedLabel(value, "strong" if right else "body", value_role)
        self.note = Label(note, "small", "text3")
        self.icon.setVisible(bool(icon))
        if right:
            layout.addWidget(self.icon)
            layout.addWidget(self.name)
            layout.addStretch(1)
            layout.addWidget(self.note)
            self.value = Label(value, "strong", value_role)  # type: ignore[assignment]
            layout.addWidget(self.value)
        else:
            self.name.setFixedWidth(name_width)
            layout.addWidget(self.name)
            layout.addWidget(self.icon)
            layout.addWidget(self.value, 1)
            layout.addWidget(self.note)

    def set(self, value: Text, note: Text | None = None) -> None:
        """Show another value, and another note if given."""
        self.value.set_text(value)
        if note is not None:
            self.note.set_text(note)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._line:
            painter = QPainter(self)
            painter.fillRect(0, self.height() - 1, self.width(), 1, color("hair"))
            painter.end()


class Facts(QWidget):
    """A column of facts under a hairline."""

    def __init__(self, rows: list[FactRow] | None = None) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 1, 0, 0)
        self._layout.setSpacing(0)
        for row in rows or []:
            self._layout.addWidget(row)

    def add(self, row: FactRow) -> FactRow:
        """Put one more fact at the end and return it."""
        self._layout.addWidget(row)
        return row

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(0, 0, self.width(), 1, color("hair"))
        painter.end()
