"""The inspector of a data set: what was found in it, and the current row as text and as tokens."""

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea

from desktop.controllers.dataset import FindingGroup, RowView
from desktop.widgets.boxes import Box, HairLine, column, row
from desktop.widgets.buttons import Button
from desktop.widgets.progress import Bar
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import ElidedLabel, IconLabel, Label, Paragraph
from desktop.widgets.token_view import TokenView
from services.datasets.conversation import Turn
from services.i18n import tr, trn

_SHOWN = 6000  # characters of a turn that are shown

_ROLE_WORDS = {
    "user": lambda: tr("User"),
    "assistant": lambda: tr("Answer"),
    "function": lambda: tr("Tool call"),
    "observation": lambda: tr("Tool result"),
}


class FindingsPanel(Box):
    """Findings by kind, each with its rows and its fix."""

    show_asked = Signal(object)
    fix_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__("v")
        self._checked = Label("", "small", "text2")
        head = row(Label(lambda: tr("Findings"), "small_strong", "text2"), "s", self._checked, margins=(16, 0, 16, 0))
        head.setFixedHeight(36)
        self._lines = Box("v")
        self.add(head)
        self.add(self._lines)

    def show_groups(self, groups: list[FindingGroup], rows: int) -> None:
        """List these kinds."""
        self._checked.set_text(lambda: trn("{n} row checked", "{n} rows checked", rows))
        _empty(self._lines)
        if not groups:
            self._lines.add(
                row(
                    IconLabel("check-circle", "ok"),
                    10,
                    Label(lambda: tr("Nothing to mend"), "body"),
                    "s",
                    margins=(16, 0, 16, 8),
                )
            )
        for group in groups[:8]:
            self._lines.add(self._line(group))

    def _line(self, group: FindingGroup) -> Box:
        icon = "warning" if group.blocks else "info"
        name = ElidedLabel(group.title, "body")
        count = Label(lambda: trn("{n} row", "{n} rows", group.count), "small", "text2")
        show = Button(lambda: tr("Show"), "link", height=28)
        show.clicked.connect(lambda: self.show_asked.emit(group))
        line = Box("h", margins=(16, 0, 16, 0))
        line.setFixedHeight(36)
        line.add(IconLabel(icon, "warn" if group.blocks else "text2")).add(10)
        line.add(name, 1)
        line.add(8).add(count).add(8).add(show)
        if group.fixes:
            fix = Button(lambda: tr("Fix"), "link", height=28)
            fix.clicked.connect(lambda: self.fix_asked.emit(group))
            line.add(12).add(fix)
        return line


class RowPanel(Box):
    """Row N, as text or as tokens."""

    look_changed = Signal(str)

    def __init__(self) -> None:
        super().__init__("v")
        self.findings = FindingsPanel()
        self._title = Label("", "heading")
        self.look = Segmented([("text", lambda: tr("Text")), ("tokens", lambda: tr("Tokens"))])
        self.look.changed.connect(self._relook)
        self.tokens = TokenView()
        self._bar = Bar(height=8)
        self._counts = Label("", "strong")
        self._trained = Label("", "small", "accent")
        self._cut = Label("", "small", "err")
        self._whose = Paragraph("", "small", "text2")
        self._view: RowView | None = None
        self._body = QScrollArea()
        self._body.setFrameShape(QFrame.Shape.NoFrame)
        self._body.setWidgetResizable(True)
        self._body.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body.viewport().setAutoFillBackground(False)
        self.add(8).add(self.findings).add(8).add(HairLine())
        head = row(self._title, "s", self.look, margins=(16, 12, 16, 8))
        self.add(head)
        self.add(self._body, 1)

    def show_row(self, number: int, view: RowView | None) -> None:
        """Show row `number` (from 1); view None: no row."""
        self._view = view
        self._title.set_text((lambda: tr("Row {number}", number=f"{number:,}")) if view is not None else "")
        self.look.setVisible(view is not None)
        self._relook()

    def retranslate(self) -> None:
        self._relook()

    def _relook(self, *_: Any) -> None:
        holder = Box("v", margins=(16, 0, 16, 16))
        view = self._view
        if view is not None:
            if view.problem is not None:
                problem = view.problem
                words = tr(problem.sentence, **problem.values)
                way_out = tr(problem.way_out, **problem.values) if problem.way_out else ""
                holder.add(row(IconLabel("warning", "warn"), 8, Paragraph(words, "body", "text")))
                if way_out:
                    holder.add(4).add(Paragraph(way_out, "small", "text2"))
                holder.add(12)
            if self.look.current() == "tokens" and view.sequences:
                self._add_tokens(holder, view)
            elif view.conversation is not None:
                _add_text(holder, view)
        holder.add("s")
        old = self._body.takeWidget()
        self._body.setWidget(holder)
        if old is not None:
            old.deleteLater()

    def _add_tokens(self, holder: Box, view: RowView) -> None:
        full = sum(s.full_len for s in view.sequences)
        kept = sum(s.kept_len for s in view.sequences)
        trained = sum(s.trained_len for s in view.sequences)
        bar = Bar(height=8)
        bar.set([(kept - trained, "m5"), (trained, "m2"), (max(0, full - kept), "err")], max(full, 1))
        cut = max(0, full - kept)
        counts = row(
            Label(lambda: trn("{n} token", "{n} tokens", full), "strong"),
            "s",
            Label(lambda: tr("{n} trained", n=f"{trained:,}"), "small", "accent"),
        )
        if cut:
            counts.add(12).add(Label(lambda: tr("{n} cut", n=f"{cut:,}"), "small", "err"))
        holder.add(bar).add(6).add(counts).add(12)
        for sequence in view.sequences:
            tokens = TokenView()
            tokens.show_tokens(sequence.pieces)
            holder.add(tokens).add(12)
        holder.add(HairLine()).add(8)
        holder.add(
            Paragraph(
                lambda: tr("tinted: trained · plain: read only · struck: cut at {n}", n=f"{view.cutoff_len:,}"),
                "small",
                "text2",
            )
        )
        holder.add(Paragraph(lambda: tr("tokens of {model}", model=view.tokenizer_of), "small", "text3"))


def _add_text(holder: Box, view: RowView) -> None:
    conversation = view.conversation
    assert conversation is not None
    if conversation.system is not None:
        holder.add(_turn(lambda: tr("System"), conversation.system, trained=False)).add(12)
    for turn in conversation.turns:
        trained = turn.role in ("assistant", "function") and turn.trained
        holder.add(_turn(_ROLE_WORDS[turn.role], _words(turn), trained=trained)).add(12)
    for answer, name in ((conversation.chosen, lambda: tr("Chosen")), (conversation.rejected, lambda: tr("Rejected"))):
        if answer is not None:
            holder.add(_turn(name, _words(answer), trained=True)).add(12)
    if conversation.label is not None:
        good = conversation.label
        holder.add(_turn(lambda: tr("Label"), tr("good") if good else tr("bad"), trained=False)).add(12)
    if conversation.text is not None:
        holder.add(_turn(lambda: tr("Text"), conversation.text, trained=True))


def _words(turn: Turn) -> str:
    calls = [f"{c.get('function', {}).get('name', '')}({c.get('function', {}).get('arguments', '')})"
             for c in turn.tool_calls]  # fmt: skip
    return "\n".join(part for part in (turn.content, *calls) if part)


def _turn(name: Any, text: str, *, trained: bool) -> Box:
    shown = text if len(text) <= _SHOWN else text[:_SHOWN] + " …"
    head = row(Label(name, "small_strong", "on_tint" if trained else "text3"), "s")
    if trained:
        head.add(Label(lambda: tr("trained"), "small", "on_tint"))
    words = Paragraph(shown or "—", "body", "text")
    if not trained:
        return column(head, 2, words)
    return Box("v", (head, 2, words), margins=(10, 6, 10, 8), fill="tint", corner=6)


def _empty(box: Box) -> None:
    layout = box.box
    while layout.count():
        entry = layout.takeAt(0)
        widget = entry.widget() if entry is not None else None
        if widget is not None:
            widget.hide()
            widget.deleteLater()
