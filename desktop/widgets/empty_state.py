"""What an empty page says: what would be here, and the button that puts it there."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from desktop.theme import radius
from desktop.widgets.boxes import Box
from desktop.widgets.buttons import Button
from desktop.widgets.text import IconLabel, Label, Paragraph, Text

_CENTRE = Qt.AlignmentFlag.AlignHCenter


class EmptyState(Box):
    """A card in the middle of a page: icon, title, sentence, buttons, a small line. Give it the whole page's room."""

    def __init__(
        self,
        icon: str,
        title: Text,
        sentence: Text,
        buttons: list[Button] | None = None,
        note: Text = "",
        *,
        framed: bool = True,
    ) -> None:
        super().__init__("v")
        inner = Box(
            "v",
            margins=(40, 40, 40, 32),
            fill="page" if framed else "",
            line="hair" if framed else "",
            corner=radius("dialog") if framed else 0,
        )
        inner.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        inner.setMaximumWidth(704)
        inner.box.addWidget(IconLabel(icon, "accent", 32), 0, _CENTRE)
        inner.add(16)
        self.title = Label(title, "title", align=_CENTRE)
        inner.add(self.title)
        inner.add(8)
        self.sentence = Paragraph(sentence, align=_CENTRE, width=520)
        inner.box.addWidget(self.sentence, 0, _CENTRE)
        if buttons:
            inner.add(24)
            line = QHBoxLayout()
            line.setSpacing(8)
            line.addStretch(1)
            for button in buttons:
                line.addWidget(button)
            line.addStretch(1)
            inner.add(line)
        if note:
            inner.add(24)
            inner.add(Label(note, "small", "text2", align=_CENTRE))
        self.box.addStretch(2)
        middle = QHBoxLayout()
        middle.addStretch(1)
        middle.addWidget(inner, 10)
        middle.addStretch(1)
        self.box.addLayout(middle)
        self.box.addStretch(3)


def scroll_page(content: QWidget, *, cap_px: int = 0) -> QWidget:
    """A page that scrolls when it must. cap_px: no wider than this, centred at the left edge of reading."""
    from PySide6.QtWidgets import QFrame, QScrollArea

    area = QScrollArea()
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setWidgetResizable(True)
    area.viewport().setAutoFillBackground(False)
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(0, 0, 0, 0)
    if cap_px:
        content.setMaximumWidth(cap_px)
    layout.addWidget(content, 1)
    if cap_px:
        layout.addStretch(0)
    area.setWidget(holder)
    holder.setAutoFillBackground(False)
    return area
