"""One turn as a card: who speaks, its fields, what is wrong with it, and what can be done with it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QMenu, QWidget

from desktop.actions import round_menu
from desktop.models.turn_words import SPEAKER_ICONS, field_word, part_word, speaker_word
from desktop.theme import color, pixmap, radius
from desktop.widgets.boxes import Box, clear_box, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.question_field import MenuButton
from desktop.widgets.text import IconLabel, Label, Paragraph, Text
from desktop.widgets.turn_field import TurnField
from services.datasets.turn_items import SPEAKERS, Field, Turn
from services.datasets.turn_marks import Mark, TurnFix
from services.i18n import tr

_HEAD_PX = 28


@dataclass(frozen=True)
class Shown:
    """What a card shows. number: of the turn, from 1. role: of its column. column: its name, where cells of text stand
    side by side. trained: it is trained; may_train: whether that can be changed; fixed: there is one text only, which
    can neither move nor change its speaker; pair: half of a pair, whose speaker is fixed."""

    turn: Turn
    number: int
    role: str
    column: str
    trained: bool
    marks: tuple[Mark, ...] = ()
    fixed: bool = False
    pair: bool = False
    may_train: bool = False
    read_only: bool = False
    last: bool = False


class Grip(QWidget):
    """Where a card is held to be dragged."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(16, _HEAD_PX)
        self.setCursor(Qt.CursorShape.SizeVerCursor)
        self.setToolTip(tr("Drag to another place"))

    def retranslate(self) -> None:
        self.setToolTip(tr("Drag to another place"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.drawPixmap(0, 6, pixmap("dots-six-vertical", "text3", 16))
        painter.end()


class TurnCard(Box):
    """Asks for everything by `asked`: (what, with what). Its own fields say what was typed the same way."""

    asked = Signal(str, object)
    dragged = Signal(int)
    """The pointer is at this height of the screen, in px, while the card is dragged."""
    dropped = Signal()
    current = Signal()
    """The focus is in this card now."""

    def __init__(self, shown: Shown) -> None:
        super().__init__("v", margins=(12, 8, 12, 10), corner=radius("card"))
        self.shown = shown
        self.fields: list[TurnField] = []
        self._over = self._inside = self._dragging = False
        self._build()

    def show_turn(self, shown: Shown) -> None:
        """Show another turn, or the same one as it is now."""
        old, self.shown = self.shown, shown
        if _form(old) != _form(shown):
            clear_box(self)
            self._build()
            return
        for widget, field in zip(self.fields, shown.turn.fields, strict=True):
            widget.show_text(field.text)
        if (old.number, old.last) != (shown.number, shown.last):
            self._number.set_text(str(shown.number))
        self._allow()
        if old.marks != shown.marks:
            self._show_marks()
        self.update()

    def commit(self) -> None:
        """Write what was typed."""
        for field in self.fields:
            field.commit()

    def take_focus(self, *, end: bool = False) -> None:
        """Put the cursor into the first field."""
        if self.fields:
            self.fields[0].setFocus(Qt.FocusReason.OtherFocusReason)
            if end:
                self.fields[0].moveCursor(self.fields[0].textCursor().MoveOperation.End)

    def text_cut(self) -> tuple[Field, int] | None:
        """The field with the cursor, and how many characters stand before it; None if none has it."""
        for widget, field in zip(self.fields, self.shown.turn.fields, strict=True):
            if widget.hasFocus() or (len(self.fields) == 1 and not self._over):
                return field, widget.cursor_at()
        return None

    def popup_speakers(self) -> QMenu | None:
        """Let the person choose who speaks."""
        shown = self.shown
        if shown.fixed or shown.pair or shown.read_only:
            return None
        menu = round_menu(QMenu(self))
        menu.aboutToHide.connect(menu.deleteLater)
        for number, speaker in enumerate(SPEAKERS, 1):
            action = menu.addAction(f"{speaker_word(speaker)}\tAlt+{number}")
            action.setCheckable(True)
            action.setChecked(speaker == shown.turn.speaker)
            action.triggered.connect(partial(self._ask_speaker, speaker))
        menu.popup(self._who.mapToGlobal(QPoint(0, self._who.height())))
        return menu

    # ---- building

    def _build(self) -> None:
        shown = self.shown
        self.fields = []
        self._who = self._speaker()
        self._grip = Grip()
        self._number = Label(str(shown.number), "small", "text3")
        self._state = Box("h", gap=6)
        self._actions: dict[str, IconButton] = {}
        self._tools = Box("h", gap=0)
        self._tools.setFixedHeight(_HEAD_PX)
        head = Box("h", gap=8)
        head.setFixedHeight(_HEAD_PX)
        if not shown.fixed:
            head.add(self._grip).add(self._number)
        else:
            self._grip.hide()
            self._grip.setParent(self)
        head.add(self._who).add(self._state).add("s").add(self._tools)
        self.add(head)
        self._show_state()
        for field in shown.turn.fields:
            self._add_field(field)
        if shown.turn.more:
            names = ", ".join(shown.turn.more)
            self.add(6).add(
                Label(lambda: tr("Also kept in this turn: {names}", names=names), "small", "text3", wrap=True)
            )
        self._marks = Box("v")
        self.add(self._marks)
        self._show_marks()
        if self._over or self._inside:
            self._show_tools()

    def _speaker(self) -> QWidget:
        shown = self.shown
        kind = "tinted" if shown.trained else "secondary"
        if shown.fixed or shown.pair:
            words: Text = (lambda: part_word(shown.role)) if shown.fixed else (lambda: speaker_word(shown.turn.speaker))
            label = Label(words, "strong", "on_tint" if shown.trained else "text2")
            return row(label, 8, Label(shown.column, "small", "text3")) if shown.fixed else label
        button = MenuButton(
            lambda: speaker_word(shown.turn.speaker), kind, SPEAKER_ICONS.get(shown.turn.speaker, "question"),
            height=_HEAD_PX, tip=lambda: tr("Who speaks (Alt+1 to Alt+5)"),
        )  # fmt: skip
        button.setAccessibleName(tr("Who speaks: {who}", who=speaker_word(shown.turn.speaker)))
        button.clicked.connect(self.popup_speakers)
        button.allow(not shown.read_only)
        return button

    def _show_state(self) -> None:
        shown = self.shown
        clear_box(self._state)
        if shown.turn.speaker in ("assistant", "function") or shown.trained:
            if shown.trained:
                self._state.add(IconLabel("graduation-cap", "on_tint")).add(
                    Label(lambda: tr("trained"), "small", "on_tint")
                )
            else:
                self._state.add(Label(lambda: tr("not trained"), "small", "text3"))
        if any(f.null and f.kind == "text" for f in shown.turn.fields) and not shown.fixed:
            self._state.add(Label("null", "mono_small", "text3"))

    def _add_field(self, field: Field) -> None:
        word = field_word(field)
        if not word and len(self.shown.turn.fields) > 1:
            word = tr("Text")
        number = self.shown.number
        who = speaker_word(self.shown.turn.speaker)
        name: Text = lambda: tr("Turn {n}, {who}", n=number, who=who) + (f", {word}" if word else "")  # noqa: E731
        widget = TurnField(
            field.text, name=name, mono=field.code or (self.shown.turn.speaker == "function" and field.kind == "text"),
            placeholder=(lambda: tr("nothing is said here")) if field.null else "",
            single=field.kind in ("call", "result_id"),
        )  # fmt: skip
        widget.setReadOnly(self.shown.read_only or field.kind == "other")
        at = len(self.fields)
        widget.written.connect(lambda text: self.asked.emit("text", (self.shown.turn.fields[at], text)))
        widget.escaped.connect(lambda: self.asked.emit("leave", None))
        widget.installEventFilter(self)
        self.fields.append(widget)
        self.add(6)
        if word:
            head = row(Label(word, "small_strong", "text3"), "s")
            if field.kind == "call" and not self.shown.read_only:
                away = IconButton("x", lambda: tr("Remove this call"), height=20)
                away.clicked.connect(lambda: self.asked.emit("uncall", field.number))
                head.add(away)
            self.add(head).add(2)
        self.add(widget)

    def _show_marks(self) -> None:
        clear_box(self._marks)
        for mark in self.shown.marks:
            words = Paragraph(partial(_said, mark), "small", "text")
            self._marks.add(6).add(row(IconLabel("warning", "err" if mark.blocks else "warn"), 8, words))
            fixes = Box("h", gap=16, margins=(24, 2, 0, 0))
            for fix in () if self.shown.read_only else mark.fixes:
                button = Button(partial(_words, fix), "link")
                button.clicked.connect(partial(self._ask_fix, fix.apply), Qt.ConnectionType.QueuedConnection)
                fixes.add(button)
            self._marks.add(fixes.add("s"))

    def _show_tools(self) -> None:
        if self._actions or self.shown.read_only or self.shown.fixed:
            self._tools.setVisible(True)
            return
        for what, icon, tip in self._choices():
            button = IconButton(icon, tip, height=_HEAD_PX)
            button.clicked.connect(partial(self._ask, what), Qt.ConnectionType.QueuedConnection)
            self._actions[what] = button
            self._tools.add(button)
        self._allow()
        self._tools.setVisible(True)

    def _choices(self) -> list[tuple[str, str, Text]]:
        pair = self.shown.pair
        found: list[tuple[str, str, Text]] = []
        if self.shown.turn.speaker == "function" and any(f.kind == "call" for f in self.shown.turn.fields):
            found.append(("call", "wrench", lambda: tr("Add a call")))
        if self.shown.may_train:
            found.append(("trained", "graduation-cap", lambda: tr("Train this answer, or not")))
        found += [
            ("up", "arrow-up", lambda: tr("Move up (Alt+Up)")),
            ("down", "arrow-down", lambda: tr("Move down (Alt+Down)")),
            ("duplicate", "copy-simple", lambda: tr("Duplicate (Ctrl+Shift+D)")),
        ]
        if not pair:
            found += [
                ("split", "scissors", lambda: tr("Split at the cursor (Alt+Return)")),
                ("join", "arrows-in-line-vertical", lambda: tr("Join with the next (Alt+J)")),
            ]
        found += [
            ("above", "arrow-line-up", lambda: tr("Add a turn above (Ctrl+Shift+Return)")),
            ("below", "arrow-line-down", lambda: tr("Add a turn below (Ctrl+Return)")),
            ("remove", "trash", lambda: tr("Remove (Ctrl+Shift+Delete)")),
        ]
        return found

    def _allow(self) -> None:
        shown = self.shown
        for what, able in (("up", shown.number > 1), ("down", not shown.last), ("join", not shown.last)):
            if what in self._actions:
                self._actions[what].setEnabled(able)

    # ---- asking

    def _ask(self, what: str, *_: object) -> None:
        self.asked.emit(what, None)

    def _ask_speaker(self, speaker: str, *_: object) -> None:
        self.asked.emit("speaker", speaker)

    def _ask_fix(self, apply: Callable[..., object], *_: object) -> None:
        self.asked.emit("fix", apply)

    # ---- events

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.FocusIn, QEvent.Type.FocusOut) and watched in self.fields:
            self._inside = event.type() == QEvent.Type.FocusIn
            if self._inside:
                self._show_tools()
                self.current.emit()
            self.update()
        return False

    def enterEvent(self, event: QEnterEvent) -> None:
        self._over = True
        self._show_tools()
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._over = False
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._grip.mapFrom(self, event.position().toPoint())
        held = self._grip.isVisible() and self._grip.rect().adjusted(-4, -4, 4, 4).contains(at)
        if event.button() == Qt.MouseButton.LeftButton and held and not self.shown.read_only:
            self.commit()
            self._dragging = True
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self.dragged.emit(int(event.globalPosition().y()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._dragging:
            self._dragging = False
            self.dropped.emit()
        super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        wrong = any(mark.blocks for mark in self.shown.marks)
        edge = "accent" if self._inside else "err" if wrong else "soft" if self._over else "hair"
        painter.setPen(QPen(color(edge), 1))
        painter.setBrush(color("tint2" if self.shown.trained else "page"))
        painter.drawRoundedRect(self.rect().toRectF().adjusted(0.5, 0.5, -0.5, -0.5), self.corner, self.corner)
        painter.end()


def _said(mark: Mark) -> str:
    values = {name: tr(value) if name == "reason" else value for name, value in mark.values.items()}
    return tr(mark.sentence, **values)


def _words(fix: TurnFix) -> str:
    return tr(fix.words, **fix.values)


def _form(shown: Shown) -> tuple[object, ...]:
    """What decides which widgets a card has; the rest is only text."""
    fields = tuple((f.kind, f.path, f.null) for f in shown.turn.fields)
    kind = (shown.fixed, shown.pair, shown.role, shown.column, shown.may_train, shown.read_only)
    return (shown.turn.speaker, shown.trained, fields, shown.turn.more, *kind)
