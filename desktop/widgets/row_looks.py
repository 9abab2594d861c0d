"""The other looks of a row: its tokens, its JSON, and what is said where no row is chosen."""

from typing import Any

from PySide6.QtGui import QGuiApplication

from desktop.controllers.row_tokens import RowView, SequenceView
from desktop.widgets.boxes import Box, HairLine, column, row
from desktop.widgets.buttons import Button
from desktop.widgets.messages import Selectable
from desktop.widgets.progress import Bar
from desktop.widgets.text import IconLabel, Label, Paragraph, Text
from desktop.widgets.token_view import TokenView
from services.datasets.pretty import pretty
from services.datasets.values import dump
from services.i18n import tr, trn

_JSON = 40_000  # characters that are shown


def add_problem(holder: Box, view: RowView) -> None:
    """Why the row is not trained, or what to look at."""
    problem = view.problem
    if problem is None:
        return
    holder.add(
        row(IconLabel("warning", "warn"), 8, Paragraph(lambda: tr(problem.sentence, **problem.values), "body", "text"))
    )
    if problem.way_out:
        holder.add(4).add(Paragraph(lambda: tr(problem.way_out, **problem.values), "small", "text2"))
    holder.add(12)


def add_tokens(holder: Box, view: RowView) -> None:
    """Its tokens, exactly as `data encode` gives them to training."""
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


def add_json(holder: Box, values: dict[str, Any]) -> None:
    """The row as it is kept: to read, and to copy."""
    text = pretty(values)
    copy = Button(lambda: tr("Copy"), "ghost", "copy", height=28, tip=lambda: tr("Copy the row as JSON in one line"))
    copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(dump(values)))
    more = len(text) - _JSON
    words = Selectable(text[:_JSON] + (" …" if more > 0 else ""), role="mono")
    words.setAccessibleName(text[:2000])
    holder.add(row(Label(lambda: tr("The row as it is kept"), "small", "text3"), "s", copy)).add(4)
    holder.add(Box("v", (words,), margins=(10, 8, 10, 8), fill="code", corner=6))
    if more > 0:
        note: Text = lambda: trn("{n} more character; Copy takes all", "{n} more characters; Copy takes all", more)  # noqa: E731
        holder.add(4).add(Label(note, "small", "text2"))


def good_row() -> Box:
    """Advice where no row is chosen."""
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
