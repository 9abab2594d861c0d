"""The row as text: who says what, what is trained, both answers of a pair, the label, and the cells beside."""

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal

from desktop.controllers.row_tokens import RowView
from desktop.models.row_content import RowContent, Said, other_text
from desktop.models.turn_words import field_word, part_word, speaker_word
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button
from desktop.widgets.pair_view import PairView
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import Label, Text, say
from desktop.widgets.text_block import Block
from services.datasets.row_parts import MEDIA, Other
from services.datasets.turn_items import Field
from services.i18n import tr, trn

_SHOWN = 2000  # characters of a text that are shown before "more"
_SHOWN_ALL = 40_000
_TURNS = 24  # turns that are shown; the middle of a longer talk is folded
_OTHER = 400


class RowText(Box):
    """One row. asked: ('turn', (column, turn, field, text)), ('cell', (column, value)), ('swap', None)."""

    asked = Signal(str, object)
    unfold = Signal(str)
    """More of this is wanted."""

    def __init__(self, view: RowView, unfolded: set[str], *, editable: bool) -> None:
        super().__init__("v")
        self._unfolded, self._editable = unfolded, editable
        self.blocks: list[Block] = []
        content = view.content
        if content is None:
            return
        self._add_said(content)
        if content.pair is not None:
            self._add_pair(content)
        if content.labelled:
            self._add_label(content)
        self._add_others(content)

    def editing(self) -> bool:
        """Whether a text is being changed."""
        return any(block.editing() for block in self.blocks)

    def _add_said(self, content: RowContent) -> None:
        said = [s for s in content.said if s.part.cell.pieces.raw or s.part.role not in ("system", "tools", "query")]
        hidden = range(0)
        if len(said) > _TURNS and "turns" not in self._unfolded:
            hidden = range(_TURNS // 2, len(said) - _TURNS // 2)
            count = len(hidden)
            words: Text = lambda: trn("Show {n} more turn", "Show {n} more turns", count)  # noqa: E731
        for number, one in enumerate(said):
            if number in hidden:
                if number == hidden.start:
                    self.add(row(self._more("turns", words), "s")).add(12)
                continue
            self._add_turn(one, _name(one))

    def _add_turn(self, one: Said, name: Text) -> None:
        fields = [f for f in one.what.fields if f.text or f.kind in ("text", "part")]
        if len(fields) > 1:
            fields = [f for f in fields if f.text] or fields[:1]
        for at, field in enumerate(fields):
            word = field_word(field)
            title: Text = partial(_titled, name, word) if word else name
            note: Text = ""
            if at == 0 and one.what.speaker in ("assistant", "function"):
                note = (lambda: tr("trained")) if one.trained else (lambda: tr("not trained"))
            self._put(
                f"{one.key}/{field.path}", title, note, field, trained=one.trained,
                write=partial(self._ask_turn, one, field),
            )  # fmt: skip

    def _put(
        self, key: str, name: Text, note: Text, field: Field, *, trained: bool, write: Callable[[str], None]
    ) -> None:
        limit = _SHOWN_ALL if key in self._unfolded else _SHOWN
        text = field.text
        editable = self._editable and field.kind != "other"
        block = Block(name, note, text, trained=trained, editable=editable, mono=field.code, limit=limit)
        block.written.connect(write)
        self.blocks.append(block)
        self.add(block)
        more = len(text) - limit
        if more > 0:
            words: Text = lambda: trn("{n} more character", "{n} more characters", more)  # noqa: E731
            end = self._more(key, words) if limit == _SHOWN else Label(words, "small", "text2")
            self.add(4).add(row(end, "s"))
        self.add(12)

    def _add_pair(self, content: RowContent) -> None:
        assert content.pair is not None
        chosen, rejected = content.pair
        plain = [one.what.text_field is not None for one in content.pair]
        view = PairView(chosen.what.shown, rejected.what.shown, content.differences, may_swap=self._editable,
                        editable=(self._editable and plain[0], self._editable and plain[1]))  # fmt: skip
        for one, side in zip(content.pair, (view.chosen, view.rejected), strict=True):
            if one.what.text_field is not None:
                side.written.connect(partial(self._ask_turn, one, one.what.text_field))
            self.blocks.append(side)
        view.swap.clicked.connect(lambda: self.asked.emit("swap", None), Qt.ConnectionType.QueuedConnection)
        self.add(view).add(12)

    def _add_label(self, content: RowContent) -> None:
        choices: list[tuple[str, Text]] = [("true", lambda: tr("good")), ("false", lambda: tr("bad"))]
        if content.label is None:
            choices.append(("none", lambda: tr("not known")))
        toggle = Segmented(
            choices, {True: "true", False: "false", None: "none"}[content.label], name=lambda: tr("Label")
        )
        toggle.setEnabled(self._editable)
        toggle.changed.connect(lambda choice: self._ask_label(content.labelled, choice))
        self.label = toggle
        self.add(row(Label(lambda: tr("Label"), "small_strong", "text3"), "s", toggle)).add(12)

    def _add_others(self, content: RowContent) -> None:
        if not content.others:
            return
        self.add(HairLine()).add(12).add(Label(lambda: tr("Other columns"), "small_strong", "text2")).add(8)
        for other in content.others:
            text = other_text(other.value)
            field = Field("text" if isinstance(other.value, str) else "raw", (), text)
            limit = _SHOWN if f"other/{other.column}" in self._unfolded else _OTHER
            note: Text = (lambda: tr("kept, not trained")) if other.role in MEDIA else ""
            editable = self._editable and other.role not in MEDIA
            block = Block(other.column, note, text, editable=editable, mono=field.code, limit=limit)
            block.written.connect(partial(self._ask_cell, other))
            self.blocks.append(block)
            self.add(block)
            if len(text) > limit:
                more = len(text) - limit
                words: Text = lambda n=more: trn("{n} more character", "{n} more characters", n)  # noqa: E731
                self.add(4).add(row(self._more(f"other/{other.column}", words), "s"))
            self.add(12)

    def _more(self, key: str, words: Text) -> Button:
        button = Button(words, "link", "caret-down")
        button.clicked.connect(lambda: self.unfold.emit(key), Qt.ConnectionType.QueuedConnection)
        return button

    def _ask_turn(self, one: Said, field: Field, text: str) -> None:
        self.asked.emit("turn", (one.part.column, one.turn, field, text))

    def _ask_cell(self, other: Other, text: str) -> None:
        from services.datasets.values import from_text

        self.asked.emit("cell", (other.column, from_text(text, other.value)))

    def _ask_label(self, column: str, choice: str) -> None:
        if choice != "none":
            self.asked.emit("cell", (column, choice == "true"))


def _titled(name: Text, word: str) -> str:
    return f"{say(name)} · {word}"


def _name(one: Said) -> Text:
    part = one.part
    if part.cell.shape in ("text", "broken"):
        return lambda: part_word(part.role)
    who = one.what.speaker
    if part.role in ("chosen", "rejected"):
        return lambda: f"{part_word(part.role)} · {speaker_word(who)}"
    return lambda: speaker_word(who)


def text_look(
    view: RowView, unfolded: set[str], editable: bool, asked: Callable[[str, Any], None], unfold: Callable[[str], None]
) -> RowText:
    """The text of a row, connected."""
    made = RowText(view, unfolded, editable=editable)
    made.asked.connect(asked)
    made.unfold.connect(unfold)
    return made
