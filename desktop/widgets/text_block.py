"""A text of a row that is read, and changed where it stands."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QEnterEvent, QTextCursor

from desktop.widgets.boxes import Box, clear_box
from desktop.widgets.buttons import IconButton
from desktop.widgets.plain_paragraph import PlainParagraph
from desktop.widgets.text import IconLabel, Label, Text
from desktop.widgets.turn_field import TurnField
from services.datasets.wording import Span
from services.i18n import tr


class Block(Box):
    """A text under its name. Double click or the pencil make it a field; leaving that writes it.

    limit: characters that are shown; the field has all. spans: stretches that are marked, in the colour role ground.
    """

    written = Signal(str)

    def __init__(
        self, name: Text, note: Text, text: str, *, trained: bool = False, editable: bool = False, mono: bool = False,
        limit: int = 2000, fill: str = "tint", line: str = "", spans: Sequence[Span] = (), ground: str = "mark",
        icon: str = "",
    ) -> None:  # fmt: skip
        margins = (10, 6, 10, 8) if trained else (0, 0, 0, 0)
        super().__init__("v", margins=margins, fill=fill if trained else "", line=line, corner=6)
        whole, text = text, text[:limit] + (" …" if len(text) > limit else "")
        self._whole, self._mono, self._name = whole, mono, name
        self.field: TurnField | None = None
        head = Box("h")
        if icon:
            head.add(IconLabel(icon, "on_tint")).add(6)
        head.add(Label(name, "small_strong", "on_tint" if trained else "text3")).add("s")
        if note:
            head.add(Label(note, "small", "on_tint" if trained else "text3"))
        self._pencil = IconButton("pencil-simple", lambda: tr("Change the text"), height=20)
        self._pencil.clicked.connect(self.edit, Qt.ConnectionType.QueuedConnection)
        self._editable = editable
        if editable:
            policy = self._pencil.sizePolicy()
            policy.setRetainSizeWhenHidden(True)
            self._pencil.setSizePolicy(policy)
            self._pencil.installEventFilter(self)
            head.add(4).add(self._pencil)
        else:
            self._pencil.setParent(self)
            self._pencil.hide()
        self._body = Box("v")
        shown = [(start, min(end, limit)) for start, end in spans if start < limit]
        face, ink = ("mono" if mono else "body"), ("text" if text else "text3")
        self.words = PlainParagraph(text or "—", face, ink, spans=shown, ground=ground)
        self._body.add(self.words)
        self.add(head).add(2).add(self._body).add("s")
        self._faint(True)

    def edit(self) -> None:
        """Make the text a field."""
        if not self._editable or self.field is not None:
            return
        clear_box(self._body)
        self.field = TurnField(self._whole, name=self._name, mono=self._mono, highest=320)
        self.field.written.connect(self.written)
        self.field.escaped.connect(self._cancel)
        self._body.add(self.field)
        self.field.show()
        self.field.moveCursor(QTextCursor.MoveOperation.End)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def editing(self) -> bool:
        """Whether it is a field now, with the cursor in it."""
        return self.field is not None and self.field.hasFocus()

    def _cancel(self) -> None:
        if self.field is not None:
            self.field.forget()
            self.field.clearFocus()
        self._pencil.setFocus(Qt.FocusReason.OtherFocusReason)

    def _faint(self, faint: bool) -> None:
        self._pencil.set_icon("pencil-simple", "disabled" if faint else "text2")

    def enterEvent(self, event: QEnterEvent) -> None:
        self._faint(False)

    def leaveEvent(self, event: QEvent) -> None:
        self._faint(not self._pencil.hasFocus())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._pencil and event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut):
            self._faint(event.type() == QEvent.Type.FocusOut)
        return False

    def mouseDoubleClickEvent(self, event: object) -> None:
        self.edit()
