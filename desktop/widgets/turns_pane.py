"""The turn editor: a row's conversation as cards, in the place of the table while it is open."""

from dataclasses import dataclass, replace
from typing import Any

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.controllers.row_editor import RowEditor
from desktop.models.turn_acts import act_on, next_speaker
from desktop.models.turn_words import part_word
from desktop.theme import color, font
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.pair_view import PairView
from desktop.widgets.text import Label, Paragraph
from desktop.widgets.turn_card import Shown, TurnCard
from desktop.widgets.virtual_list import VirtualList
from services.datasets.wording import word_marks
from services.i18n import N_, tr, trn

_LINE_PX, _CARD_PX = 20, 74
_COMPARED = 20_000  # characters of two answers that are compared while typing


@dataclass(frozen=True)
class Entry:
    """One thing in the list. kind: 'head' (of a cell), 'turn', 'add' (its buttons), 'pair' (both answers)."""

    kind: str
    part: int = 0
    turn: int = 0


class DropLine(QWidget):
    """Where a dragged card would go."""

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), color("accent"))
        painter.end()


class TurnsPane(Box):
    """Shows what `editor` has. It follows: undo, other programs, another row."""

    left = Signal()
    """The person goes back to the table."""
    stepped = Signal(int)
    """Another row is wanted: 1 the next, -1 the one before."""
    meaning_asked = Signal()
    """The person wants to say what the columns mean."""
    changed = Signal()
    """What its commands may do is other now."""

    def __init__(self, editor: RowEditor) -> None:
        super().__init__("v", fill="page")
        self.editor = editor
        self.entries: list[Entry] = []
        self._row_id: int | None = None
        self._here: Entry | None = None  # the turn that was worked on last
        self._rows = 0
        self._target = -1
        self._build()
        self.list.make = self._make
        self.list.estimate = self._estimate
        self._line = DropLine(self.list.viewport())
        self._line.hide()
        editor.changed.connect(self.follow)
        self.hide()

    def _build(self) -> None:
        self.back = Button(lambda: tr("Rows"), "ghost", "caret-left", tip=lambda: tr("Back to the table (Esc)"))
        self.back.clicked.connect(self.leave)
        self._title = Label("", "heading")
        self._of = Label("", "body", "text3")
        self.before = IconButton("caret-up", lambda: tr("Row before (Ctrl+PgUp)"))
        self.before.clicked.connect(lambda: self.step(-1))
        self.after = IconButton("caret-down", lambda: tr("Next row (Ctrl+PgDn)"))
        self.after.clicked.connect(lambda: self.step(1))
        self.trouble = Button("", "ghost", "warning", icon_role="warn", tip=lambda: tr("Go to the next one"))
        self.trouble.clicked.connect(self.next_mark)
        self._count = Label("", "small", "text2")
        head = row(self.back, 12, self._title, 8, self._of, 8, self.before, self.after, margins=(16, 11, 24, 12))
        head.add("s").add(self._count).add(8).add(self.trouble)
        self.list = VirtualList()
        self._empty = Box("v", margins=(24, 24, 24, 24))
        self._empty_words = Paragraph("", "body", "text2")
        self.meaning = Button(lambda: tr("Choose what the columns mean"))
        self.meaning.clicked.connect(self.meaning_asked)
        self._empty.add(self._empty_words).add(16).add(row(self.meaning, "s")).add("s")
        self.add(head).add(HairLine()).add(self.list, 1).add(self._empty, 1)

    # ---- what the page asks

    def open_row(self, count: int) -> None:
        """Show the editor's row; count: rows of the table."""
        self._rows = count
        self.show()
        self.follow()
        self.focus_turn(self.first_entry())
        self.changed.emit()

    def set_rows(self, count: int) -> None:
        """The table has so many rows now."""
        self._rows = count
        self._say()

    def leave(self) -> None:
        """Back to the table."""
        self.commit()
        self.hide()
        self.left.emit()
        self.changed.emit()

    def step(self, by: int) -> None:
        """Another row."""
        self.commit()
        self.stepped.emit(by)

    def commit(self) -> None:
        """Write what was typed and not yet left."""
        for widget in list(self.list.built.values()):
            if isinstance(widget, TurnCard):
                widget.commit()

    def follow(self) -> None:
        """Show the row as it is now."""
        if not self.isVisible() and self.isHidden():
            return
        same = self._row_id is not None and self._row_id == self.editor.row_id
        old, self.entries = self.entries, self._list()
        self._row_id = self.editor.row_id
        for i, widget in list(self.list.built.items()):
            alike = same and i < len(self.entries) and i < len(old) and self.entries[i].kind == old[i].kind
            if not alike or not self._renew(i, widget):
                self.list._drop(i)
        self.list.show_entries(len(self.entries), keep=same)
        if not same:
            self._here = None
        elif self._here is not None and self._here not in self.entries:
            self._here = next(
                (e for e in reversed(self.entries) if e.kind == "turn" and e.part == self._here.part), None
            )
        self._say()
        self.changed.emit()

    # ---- what its commands ask

    def can_edit(self) -> bool:
        """Whether there is a turn to work on."""
        return not self.isHidden() and self.editor.editable and self._current() is not None

    def can_arrange(self) -> bool:
        """Whether the turn is one of a list: it can be moved, copied, removed."""
        entry = self._current()
        return self.can_edit() and entry is not None and self.editor.parts[entry.part].cell.is_list

    def can_add(self) -> bool:
        """Whether there is a list that takes turns."""
        return not self.isHidden() and self.editor.editable and self._list_part() >= 0

    def do(self, what: str, value: Any = None) -> None:
        """Do something with the current turn; see `_asked` for what."""
        entry = self._current()
        if entry is None and what in ("above", "below") and self._list_part() >= 0:
            self._add_to(self._list_part())
        elif entry is not None:
            self._asked(entry, what, value)

    def popup_speakers(self) -> None:
        """The menu of who may speak, at the current turn."""
        entry = self._current()
        if entry is not None:
            card = self.list.bring(self.entries.index(entry))
            if isinstance(card, TurnCard):
                card.popup_speakers()

    def next_mark(self) -> None:
        """Go to the next turn with which something is wrong."""
        wrong = [e for e in self.entries if e.kind == "turn" and self._marks_of(e)]
        if wrong:
            here = self.entries.index(self._here) if self._here in self.entries else -1
            self.focus_turn(next((e for e in wrong if self.entries.index(e) > here), wrong[0]))

    def focus_turn(self, entry: Entry | None) -> None:
        """Bring a turn into sight and put the cursor into it."""
        if entry is None or entry not in self.entries:
            return
        card = self.list.bring(self.entries.index(entry))
        if isinstance(card, TurnCard):
            card.take_focus()
            self._here = entry

    # ---- the list

    def _list(self) -> list[Entry]:
        entries = []
        parts = self.editor.parts
        many = sum(part.cell.is_list for part in parts) > 1 or len(parts) > 1
        for p, part in enumerate(parts):
            if part.cell.is_list and many:
                entries.append(Entry("head", p))
            entries += [Entry("turn", p, t) for t in range(len(part.cell.turns))]
            if part.cell.is_list and self.editor.editable:
                entries.append(Entry("add", p))
        if self.editor.has_pair():
            entries.append(Entry("pair"))
        return entries

    def _make(self, i: int) -> QWidget:
        entry = self.entries[i]
        if entry.kind == "turn":
            return self._card(entry)
        if entry.kind == "head":
            part = self.editor.parts[entry.part]
            words = Label(lambda: part_word(part.role), "small_strong", "text2")
            return row(words, 8, Label(part.column, "small", "text3"), "s", margins=(0, 8, 0, 0))
        if entry.kind == "add":
            add = Button(
                lambda: tr("Add a turn"), "ghost", "plus", tip=lambda: tr("Ctrl+Return below the current turn")
            )
            add.clicked.connect(lambda: self._add_to(entry.part), Qt.ConnectionType.QueuedConnection)
            return row(add, "s")
        return self._pair()

    def _renew(self, i: int, widget: QWidget) -> bool:
        """Have a widget that is there show what its entry is now; whether it can."""
        entry = self.entries[i]
        if isinstance(widget, TurnCard) and entry.kind == "turn":
            widget.show_turn(self._shown(entry))
            return True
        return entry.kind in ("head", "add") and self.list.built[i] is widget

    def _card(self, entry: Entry) -> TurnCard:
        card = TurnCard(self._shown(entry))
        card.asked.connect(lambda what, value: self._asked(self._entry_of(card), what, value))
        card.current.connect(lambda: self._is_current(card))
        card.dragged.connect(lambda y: self._drag(card, y))
        card.dropped.connect(lambda: self._drop_card(card))
        return card

    def _shown(self, entry: Entry) -> Shown:
        part, cell = self.editor.parts[entry.part], self.editor.parts[entry.part].cell
        turn = cell.turns[entry.turn]
        answers = turn.speaker in ("assistant", "function") and part.role not in ("system", "tools", "prompt", "query")
        return Shown(
            turn=turn, number=entry.turn + 1, role=part.role, column=part.column, trained=answers and turn.trained,
            marks=self._marks_of(entry), fixed=not cell.has_roles and cell.shape != "pairs", pair=cell.shape == "pairs",
            may_train=cell.shape == "turns" and answers and part.role == "messages",
            read_only=not self.editor.editable, last=entry.turn == len(cell.turns) - 1,
        )  # fmt: skip

    def _marks_of(self, entry: Entry) -> tuple[Any, ...]:
        return tuple(mark for mark in self.editor.marks[entry.part] if mark.turn == entry.turn)

    def _estimate(self, i: int, width: int) -> int:
        entry = self.entries[i]
        if entry.kind != "turn":
            return 28 if entry.kind == "head" else 32 if entry.kind == "add" else 160
        height = 0
        for field in self.editor.parts[entry.part].cell.turns[entry.turn].fields:
            lines = 1 + field.text.count("\n", 0, 4000) + min(len(field.text), 4000) // max(1, width // 7)
            height += min(420, lines * 18 + 16) + 6 + (22 if field.kind not in ("text",) else 0)
        return 46 + height + 46 * len(self._marks_of(entry))

    def _pair(self) -> QWidget:
        texts = {part.role: part.cell.turns[-1].shown if part.cell.turns else "" for part in self.editor.parts}
        chosen, rejected = texts["chosen"], texts["rejected"]
        found = word_marks(chosen[:_COMPARED], rejected[:_COMPARED])
        view = PairView(chosen, rejected, found, may_swap=self.editor.editable)
        view.swap.clicked.connect(self.swap, Qt.ConnectionType.QueuedConnection)
        return view

    def swap(self) -> None:
        """Let the chosen and the rejected answer change places."""
        self.commit()
        self.editor.swap()

    # ---- doing

    def _asked(self, entry: Entry | None, what: str, value: Any) -> None:
        if what == "leave":
            self.leave()
            return
        if entry is None or not self.editor.editable or entry.part >= len(self.editor.parts):
            return
        part = self.editor.parts[entry.part]
        t = entry.turn
        if what == "text":
            field, text = value
            self.editor.edit(part.column, lambda cell: cell.with_text(t, field, text))
            return
        cut = self._cut(entry) if what == "split" else None
        self.commit()
        made = act_on(part.cell, t, what, value, cut)
        if made is None:
            return
        act, goal, label = made
        if self.editor.edit(part.column, act, label):
            cell = self.editor.parts[entry.part].cell if entry.part < len(self.editor.parts) else None
            last = len(cell.turns) - 1 if cell is not None else -1
            self._here = replace(entry, turn=max(0, min(goal, last)))
            QTimer.singleShot(0, self, lambda: self.focus_turn(self._here))

    def _cut(self, entry: Entry) -> tuple[int, int] | None:
        """Number of the field that the cursor is in, and how many characters stand before it."""
        card = self.list.built.get(self.entries.index(entry))
        found = card.text_cut() if isinstance(card, TurnCard) else None
        if found is None or not isinstance(card, TurnCard):
            return None
        return card.shown.turn.fields.index(found[0]), found[1]

    def _add_to(self, p: int) -> None:
        self.commit()
        part = self.editor.parts[p]
        at = len(part.cell.turns)
        speaker = next_speaker(part.cell, at)
        if self.editor.edit(part.column, lambda cell: cell.inserted(at, speaker), N_("Add a turn")):
            self._here = Entry("turn", p, at)
            QTimer.singleShot(0, self, lambda: self.focus_turn(self._here))

    # ---- dragging

    def _drag(self, card: TurnCard, screen_y: int) -> None:
        entry = self._entry_of(card)
        if entry is None or not self.editor.parts[entry.part].cell.is_list:
            return
        view = self.list.viewport()
        y = view.mapFromGlobal(QPoint(0, screen_y)).y()
        bar = self.list.verticalScrollBar()
        if y < 40 or y > view.height() - 40:
            bar.setValue(bar.value() + (-24 if y < 40 else 24))
        first = self.entries.index(Entry("turn", entry.part, 0))
        count = len(self.editor.parts[entry.part].cell.turns)
        over = min(max(self.list.entry_at(y), first), first + count - 1)
        below = y > self.list.top_of(over) + (self.list.top_of(over + 1) - self.list.top_of(over)) // 2
        self._target = over - first + (1 if below else 0)
        line_y = self.list.top_of(first + self._target) - 7
        self._line.setGeometry(self.list._left(), line_y, self.list._width, 3)
        self._line.show()
        self._line.raise_()

    def _drop_card(self, card: TurnCard) -> None:
        self._line.hide()
        entry, target = self._entry_of(card), self._target
        self._target = -1
        if entry is None or target < 0:
            return
        goal = target - 1 if target > entry.turn else target
        if goal != entry.turn:
            self._asked(entry, "to", goal)

    # ---- inside

    def _entry_of(self, card: TurnCard) -> Entry | None:
        i = self.list.entry_of(card)
        return self.entries[i] if 0 <= i < len(self.entries) else None

    def _is_current(self, card: TurnCard) -> None:
        entry = self._entry_of(card)
        if entry is not None and entry != self._here:
            self._here = entry
            self.changed.emit()

    def _current(self) -> Entry | None:
        i = self.list.entry_of(QApplication.focusWidget())
        if 0 <= i < len(self.entries) and self.entries[i].kind == "turn":
            return self.entries[i]
        return self._here if self._here in self.entries else None

    def first_entry(self) -> Entry | None:
        """Where the work on a row begins: its first turn."""
        turns = [e for e in self.entries if e.kind == "turn"]
        lists = [e for e in turns if self.editor.parts[e.part].cell.is_list]
        return next(iter(lists or turns), None)

    def _list_part(self) -> int:
        return next((p for p, part in enumerate(self.editor.parts) if part.cell.is_list), -1)

    def _say(self) -> None:
        position, rows = self.editor.position, self._rows
        self._title.set_text(lambda: tr("Row {number}", number=f"{position + 1:,}"))
        self._of.set_text(lambda: tr("of {n}", n=f"{rows:,}"))
        self.before.setEnabled(position > 0)
        self.after.setEnabled(position + 1 < rows)
        turns = sum(len(part.cell.turns) for part in self.editor.parts if part.cell.is_list)
        self._count.set_text((lambda: trn("{n} turn", "{n} turns", turns)) if turns else "")
        wrong = sum(map(len, self.editor.marks))
        self.trouble.setVisible(wrong > 0)
        self.trouble.set_text(lambda: trn("{n} to look at", "{n} to look at", wrong))
        self._empty_words.set_text(
            (lambda: tr("There is no row to show."))
            if self.editor.row_id is None
            else (lambda: tr("Nothing says yet which columns make the conversation. When it is said, it stands here."))
        )
        self.meaning.setVisible(self.editor.row_id is not None)
        self.list.setVisible(bool(self.entries))
        self._empty.setVisible(not self.entries)

    def retranslate(self) -> None:
        if self.isVisible():
            self.list.show_entries(len(self.entries), keep=False)
            self._say()

    def restyle(self) -> None:
        self._title.setFont(font("heading"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
