"""The inspector of a data set: what was found in it, and the current row as text and as tokens."""

from typing import Any

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.controllers.row_tokens import RowView, SequenceView
from desktop.theme import size
from desktop.widgets.boxes import Box, HairLine, column, row
from desktop.widgets.buttons import Button
from desktop.widgets.findings_panel import FindingsPanel
from desktop.widgets.progress import Bar
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import IconLabel, Label, Paragraph, Text
from desktop.widgets.token_view import TokenView
from services.datasets.conversation import Conversation, Turn
from services.i18n import tr, trn

_SHOWN = 2000  # characters of a turn that are shown before "Show all"
_SHOWN_ALL = 40_000
_TURNS = 24  # turns that are shown; the middle of a longer talk is folded

_ROLE_WORDS = {
    "user": lambda: tr("User"),
    "assistant": lambda: tr("Answer"),
    "function": lambda: tr("Tool call"),
    "observation": lambda: tr("Tool result"),
}


class RowPanel(Box):
    """Row N, as text or as tokens."""

    look_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__("v", margins=(0, 4, 0, 0))
        self.findings = FindingsPanel()
        self._title = Label("", "heading")
        self.look = Segmented([("text", lambda: tr("Text")), ("tokens", lambda: tr("Tokens"))])
        self.look.changed.connect(self._relook)
        self.look.changed.connect(self.look_changed)
        self._view: RowView | None = None
        self._unfolded: set[str] = set()
        self._number = 0
        self._body = QScrollArea()
        self._body.setFrameShape(QFrame.Shape.NoFrame)
        self._body.setWidgetResizable(True)
        self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body.viewport().setAutoFillBackground(False)
        self._parts = Box("v")
        self.add(self.findings)
        self.add(self._parts)
        self.add(row(self._title, "s", self.look, margins=(16, 12, 16, 8)))
        self.add(self._body, 1)
        self._relook()

    def add_part(self, widget: QWidget) -> None:
        """Put a tool's widget between findings and the row; the tool shows and hides it."""
        self._parts.add(widget)

    def show_row(self, number: int, view: RowView | None) -> None:
        """Show row `number` (from 1); view None: no row."""
        if number != self._number:
            self._unfolded.clear()
        keep = self._body.verticalScrollBar().value() if number == self._number else 0
        before, same = self._view, number == self._number
        self._number, self._view = number, view
        if same and before is not None and view is not None:
            alike = (before.conversation, before.problem) == (view.conversation, view.problem)
            if alike and (self.look.current() == "text" or not view.counted):
                return  # all that is shown is there; tokens come in a moment
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
        holder = Box("v", margins=(16, 0, 16, 16))
        if view is None:
            holder.add(
                Paragraph(
                    lambda: tr("Choose a row to read it in full here, and to see which of its tokens are trained.")
                )
            )
            holder.add(20).add(_good_row())
        else:
            _add_problem(holder, view)
            if self.look.current() == "tokens" and not view.counted:
                holder.add(Label(lambda: tr("counting…"), "small", "text2"))
            elif self.look.current() == "tokens" and view.sequences:
                _add_tokens(holder, view)
            elif view.conversation is not None:
                self._add_text(holder, view.conversation)
        holder.add("s")
        old = self._body.takeWidget()
        self._body.setWidget(holder)
        if old is not None:
            old.deleteLater()

    def _add_text(self, holder: Box, talk: Conversation) -> None:
        if talk.system is not None:
            holder.add(self._turn("system", lambda: tr("System"), talk.system, trained=False)).add(12)
        turns = list(enumerate(talk.turns))
        hidden = range(0)
        if len(turns) > _TURNS and "turns" not in self._unfolded:
            hidden = range(_TURNS // 2, len(turns) - _TURNS // 2)
            count = len(hidden)
            words: Text = lambda: trn("Show {n} more turn", "Show {n} more turns", count)  # noqa: E731
        for number, turn in turns:
            if number in hidden:
                if number == hidden.start:
                    holder.add(row(self._more("turns", words), "s")).add(12)
                continue
            trained = turn.role in ("assistant", "function") and turn.trained
            holder.add(self._turn(str(number), _ROLE_WORDS[turn.role], _words(turn), trained=trained)).add(12)
        for answer, name in ((talk.chosen, lambda: tr("Chosen")), (talk.rejected, lambda: tr("Rejected"))):
            if answer is not None:
                holder.add(self._turn(name(), name, _words(answer), trained=True)).add(12)
        if talk.label is not None:
            good = talk.label
            holder.add(self._turn("label", lambda: tr("Label"), tr("good") if good else tr("bad"), trained=False))
            holder.add(12)
        if talk.text is not None:
            holder.add(self._turn("text", lambda: tr("Text"), talk.text, trained=True))

    def _turn(self, key: str, name: Text, text: str, *, trained: bool) -> Box:
        limit = _SHOWN_ALL if key in self._unfolded else _SHOWN
        head = row(Label(name, "small_strong", "on_tint" if trained else "text3"), "s")
        if trained:
            head.add(Label(lambda: tr("trained"), "small", "on_tint"))
        words = Paragraph(text[:limit] + (" …" if len(text) > limit else "") or "—", "body", "text")
        box = column(head, 2, words) if not trained else Box(
            "v", (head, 2, words), margins=(10, 6, 10, 8), fill="tint", corner=6
        )  # fmt: skip
        if len(text) > limit:
            more = len(text) - limit
            if limit == _SHOWN:
                box.add(4).add(
                    row(self._more(key, lambda: trn("{n} more character", "{n} more characters", more)), "s")
                )
            else:
                box.add(4).add(Label(lambda: trn("{n} more character", "{n} more characters", more), "small", "text2"))
        return box

    def _more(self, key: str, words: Text) -> Button:
        button = Button(words, "link", "caret-down")

        def unfold() -> None:
            self._unfolded.add(key)
            keep = self._body.verticalScrollBar().value()
            self._relook()
            self._body.verticalScrollBar().setValue(keep)

        button.clicked.connect(unfold, Qt.ConnectionType.QueuedConnection)
        return button


def _add_problem(holder: Box, view: RowView) -> None:
    problem = view.problem
    if problem is None:
        return
    holder.add(
        row(IconLabel("warning", "warn"), 8, Paragraph(lambda: tr(problem.sentence, **problem.values), "body", "text"))
    )
    if problem.way_out:
        holder.add(4).add(Paragraph(lambda: tr(problem.way_out, **problem.values), "small", "text2"))
    holder.add(12)


def _add_tokens(holder: Box, view: RowView) -> None:
    names: list[Text] = [lambda: tr("Chosen"), lambda: tr("Rejected")]
    pair = view.conversation is not None and view.conversation.chosen is not None and len(view.sequences) == 2
    for number, sequence in enumerate(view.sequences):
        if pair:
            holder.add(Label(names[number], "small_strong", "text2")).add(4)
        _add_sequence(holder, sequence, view.cutoff_len)
    holder.add(HairLine()).add(8)
    legend = Box("h", fill="tint", corner=2)
    legend.setFixedSize(12, 12)
    words = row(legend, 6, Label(lambda: tr("trained"), "small", "text2"), 14)
    words.add(Label(lambda: tr("plain: read only"), "small", "text2")).add(14)
    if any(s.kept_len < s.full_len for s in view.sequences):
        words.add(Label(lambda: tr("struck: cut"), "small", "text2"))
    holder.add(words.add("s")).add(4)
    holder.add(Paragraph(lambda: tr("tokens of {model}", model=view.tokenizer_of), "small", "text3"))


def _add_sequence(holder: Box, sequence: SequenceView, cutoff_len: int) -> None:
    full, kept, trained = sequence.full_len, sequence.kept_len, sequence.trained_len
    cut = max(0, full - kept)
    bar = Bar(height=8)
    bar.set([(kept - trained, "m5"), (trained, "m2"), (cut, "err")], max(full, 1))
    counts = row(
        Label(lambda: trn("{n} token", "{n} tokens", full), "strong"),
        "s",
        Label(lambda: tr("{n} trained", n=f"{trained:,}"), "small", "accent"),
    )
    if cut:
        counts.add(12).add(Label(lambda: tr("{n} cut", n=f"{cut:,}"), "small", "err"))
    holder.add(bar).add(6).add(counts).add(12)
    holder.add(TokenView(sequence.items, cutoff_len, sequence.words)).add(12)


def _good_row() -> Box:
    rules = [
        lambda: tr("The question sounds like a real person, typos and all."),
        lambda: tr("The answer is exactly what you would want to send."),
        lambda: tr("One subject a row; the same rules in every answer."),
        lambda: tr("Nothing private that the model should not repeat."),
    ]
    box = column(HairLine(), 16, Label(lambda: tr("What makes a good row"), "heading"), 12)
    for rule in rules:
        box.add(row(column(IconLabel("check", "accent"), "s"), 10, Paragraph(rule))).add(10)
    return box


def _words(turn: Turn) -> str:
    calls = [f"{c.get('function', {}).get('name', '')}({c.get('function', {}).get('arguments', '')})"
             for c in turn.tool_calls]  # fmt: skip
    return "\n".join(part for part in (turn.content, *calls) if part)
