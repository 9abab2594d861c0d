"""The inspector of a data set: what was found in it, and the current row as text, as tokens and as JSON."""

from functools import partial
from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.controllers.row_tokens import RowView
from desktop.theme import size
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import IconButton
from desktop.widgets.findings_panel import FindingsPanel
from desktop.widgets.row_looks import add_json, add_problem, add_tokens, good_row
from desktop.widgets.row_text import RowText, text_look
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Label, Paragraph
from services.i18n import tr


class RowPanel(Box):
    """Row N. Its texts can be changed in place."""

    look_changed = Signal(str)
    edit_asked = Signal(str, object)
    """(what, (row id, value)): what is wanted of a row, see RowText.asked; and 'open' for its conversation."""

    def __init__(self) -> None:
        super().__init__("v", margins=(0, 4, 0, 0))
        self.findings = FindingsPanel()
        self.editable = False
        self._title = Label("", "heading")
        self.look = Segmented(
            [("text", lambda: tr("Text")), ("tokens", lambda: tr("Tokens")), ("json", lambda: "JSON")]
        )
        self.look.changed.connect(self._relook)
        self.look.changed.connect(self.look_changed)
        self.open = IconButton("chats", lambda: tr("Open the conversation (Ctrl+Return)"), height=28)
        self.open.clicked.connect(lambda: self._ask(self._row_id, "open", None))
        self._view: RowView | None = None
        self._text: RowText | None = None
        self._stale = False
        self._unfolded: set[str] = set()
        self._number: int = 0
        self._row_id: int = 0
        self._body = QScrollArea()
        self._body.setFrameShape(QFrame.Shape.NoFrame)
        self._body.setWidgetResizable(True)
        self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body.viewport().setAutoFillBackground(False)
        self._parts = Box("v")
        self.add(self.findings)
        self.add(self._parts)
        self.add(row(self._title, 4, self.open, "s", self.look, margins=(16, 12, 16, 8)))
        self.add(self._body, 1)
        self._relook()

    def add_part(self, widget: QWidget) -> None:
        """Put a tool's widget between findings and the row; the tool shows and hides it."""
        self._parts.add(widget)

    def show_row(self, number: int, view: RowView | None, row_id: int = 0) -> None:
        """Show row `number` (from 1); view None: no row. row_id: whose texts are changed here."""
        if number != self._number:
            self._unfolded.clear()
        keep = self._body.verticalScrollBar().value() if number == self._number else 0
        before, same = self._view, (number, row_id) == (self._number, self._row_id)
        self._number, self._view, self._row_id = number, view, row_id
        if same and before is not None and view is not None:
            alike = (before.content, before.problem) == (view.content, view.problem)
            if alike and (self.look.current() != "tokens" or not view.counted):
                return  # all that is shown is there; tokens come in a moment
            if self._text is not None and self._text.editing():
                return  # what is being typed is not torn away; leaving the field shows the row anew
        self._relook()
        self._body.verticalScrollBar().setValue(keep)

    def sizeHint(self) -> QSize:
        return QSize(size("inspector"), super().sizeHint().height())  # long rows ask for no more room

    def retranslate(self) -> None:
        self._relook()

    def _relook(self, *_: Any) -> None:
        view = self._view
        number = self._number
        self._title.set_text((lambda: tr("Row {number}", number=f"{number:,}")) if view else (lambda: tr("Row")))
        self.look.setVisible(view is not None)
        self.open.setVisible(view is not None)
        holder = Box("v", margins=(16, 0, 16, 16))
        self._text = None
        look = self.look.current()
        if view is None:
            holder.add(
                Paragraph(
                    lambda: tr("Choose a row to read it in full here, and to see which of its tokens are trained.")
                )
            )
            holder.add(20).add(good_row())
        else:
            add_problem(holder, view)
            if look == "json":
                add_json(holder, view.values)
            elif look == "tokens" and not view.counted:
                holder.add(Label(lambda: tr("counting…"), "small", "text2"))
            elif look == "tokens" and view.sequences:
                add_tokens(holder, view)
            else:
                self._text = text_look(
                    view, self._unfolded, self.editable, partial(self._ask, self._row_id), self._unfold
                )
                holder.add(self._text)
        holder.add("s")
        old = self._body.takeWidget()
        self._body.setWidget(holder)
        if old is not None:
            old.deleteLater()

    def _ask(self, row_id: int, what: str, value: Any) -> None:
        self.edit_asked.emit(what, (row_id, value))

    def _unfold(self, key: str) -> None:
        self._unfolded.add(key)
        keep = self._body.verticalScrollBar().value()
        self._relook()
        self._body.verticalScrollBar().setValue(keep)
