"""Find and replace above a table: what, with what, how, where; and what it would do, before it is done."""

import html

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea

from desktop.models.replace_samples import Piece
from desktop.theme import css
from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.inputs import ComboBox, LineEdit, mark_error
from desktop.widgets.text import Label, Text
from services.errors import TunesmithError, joined
from services.i18n import tr, trn

_WAIT_MS = 250
_ROW_PX = 22
_SEEN = 6  # samples in sight


class _Field(LineEdit):
    """Enter goes to the next place, Esc leaves."""

    entered = Signal()
    escaped = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.entered.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class _Samples(Label):
    """Pieces of cells, one a line, what goes and what comes marked."""

    def __init__(self) -> None:
        super().__init__("", "small")
        self._lines: list[tuple[str, Piece]] = []
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)

    def show_pieces(self, lines: list[tuple[str, Piece]]) -> None:
        """(where, piece) each."""
        self._lines = lines
        self.retranslate()

    def retranslate(self) -> None:
        gone = f"background:{css('err_tint')};color:{css('err')};text-decoration:line-through"
        come = f"background:{css('tint')};color:{css('on_tint')}"
        out = []
        for where, piece in getattr(self, "_lines", []):
            more = f" <span style='color:{css('text3')}'>+{piece.more}</span>" if piece.more else ""
            place = f"<span style='color:{css('text3')}'>{html.escape(where)}</span>&nbsp;&nbsp; "
            out.append(
                f"{place}{html.escape(piece.before)}"
                f"<span style='{gone}'>{html.escape(piece.gone)}</span>"
                f"<span style='{come}'>{html.escape(piece.come)}</span>{html.escape(piece.after)}{more}"
            )
        self.setText("<br>".join(f"<span style='white-space:pre'>{line}</span>" for line in out))

    def restyle(self) -> None:
        super().restyle()
        self.retranslate()


class ReplaceStrip(Box):
    """`wanted`: something was written or chosen, look again. `next_asked`, `one_asked`, `all_asked`, `left`."""

    wanted = Signal()
    next_asked = Signal()
    one_asked = Signal()
    all_asked = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__("v")
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(_WAIT_MS)
        self._wait.timeout.connect(self.wanted)
        self.words = _Field(placeholder=lambda: tr("Find"))
        self.put = _Field(placeholder=lambda: tr("Replace with"))
        for field in (self.words, self.put):
            field.setMinimumWidth(110)
            field.entered.connect(self.next_asked)
            field.escaped.connect(self.left)
            field.textChanged.connect(self._typed)
        self.case = _toggle("text-aa", lambda: tr("Capitals matter"))
        self.whole = _toggle("text-underline", lambda: tr("Whole words"))
        self.regex = _toggle("asterisk", lambda: tr("Regular expression"))
        self.columns = ComboBox(name=lambda: tr("Where"))
        self.columns.setMinimumWidth(124)
        self.columns.setMaximumWidth(180)
        for toggle in (self.case, self.whole, self.regex):
            toggle.toggled.connect(lambda _: self.wanted.emit())
        self.columns.currentIndexChanged.connect(lambda _: self.wanted.emit())
        self.next = IconButton("caret-down", lambda: tr("The next one (Enter)"))
        self.one = Button(lambda: tr("Replace"), height=28, tip=lambda: tr("In the current cell, then go on"))
        self.all = Button(lambda: tr("Replace all"), height=28)
        away = IconButton("x", lambda: tr("Close (Esc)"), height=28)
        self.next.clicked.connect(self.next_asked)
        self.one.clicked.connect(self.one_asked)
        self.all.clicked.connect(self.all_asked)
        away.clicked.connect(self.left)
        self.count = Label("", "small", "text2")
        line = Box("h", margins=(16, 6, 16, 6))
        line.add(self.words, 3).add(4).add(self.case).add(self.whole).add(self.regex).add(8).add(self.put, 3)
        line.add(8).add(self.columns, 1).add(4).add(self.next).add(8).add(self.one).add(6).add(self.all).add(4).add(
            away
        )
        self.samples = _Samples()
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.viewport().setAutoFillBackground(False)
        self._area.setWidget(self.samples)
        self.samples.setAutoFillBackground(False)
        self.error = Label("", "small", "err")
        self.add(line)
        self.add(row(self.count, self.error, "s", margins=(18, 0, 16, 6)))
        self._below = row(margins=(18, 0, 16, 8))
        self._below.add(self._area, 1)
        self.add(self._below).add(HairLine())
        self.show_nothing()

    def _typed(self, _text: str) -> None:
        self._wait.start()

    def is_waiting(self) -> bool:
        """Whether something was written that was not looked for yet."""
        return self._wait.isActive()

    def begin(self, columns: list[str]) -> None:
        """Take the keys; columns: where it can look."""
        chosen = self.columns.current_id()
        choices: list[tuple[str, Text]] = [("", lambda: tr("All columns")), *((name, name) for name in columns)]
        self.columns.fill(choices, chosen)
        self.words.setFocus()
        self.words.selectAll()

    def show_nothing(self) -> None:
        """Nothing is asked for."""
        self._show([], "", None)
        self.allow(False, False)

    def show_looking(self) -> None:
        """It is being looked for."""
        self.error.hide()
        self.count.set_text(lambda: tr("looking…"))
        self.count.show()

    def show_error(self, error: TunesmithError) -> None:
        """What is asked for cannot be."""
        self._show([], "", error)
        self.allow(False, False)

    def show_preview(self, cells: int, rows: int, within: bool, lines: list[tuple[str, Piece]]) -> None:
        """What would change. within: only the rows that are shown were looked at."""

        def words() -> str:
            if not cells:
                return tr("not found")
            found = trn("{n} cell", "{n} cells", cells)
            where = trn("{n} row", "{n} rows", rows)
            told = tr("{cells} in {rows} would change", cells=found, rows=where)
            return told + (" · " + tr("only the rows shown") if within else "")

        self._show(lines, words, None)

    def allow(self, one: bool, all_: bool) -> None:
        """Which buttons can be pressed."""
        self.one.setEnabled(one)
        self.next.setEnabled(one)
        self.all.setEnabled(all_)

    def _show(self, lines: list[tuple[str, Piece]], words: Text, error: TunesmithError | None) -> None:
        self.samples.show_pieces(lines)
        self._below.setVisible(bool(lines))
        self._area.setFixedHeight(min(_SEEN, len(lines)) * _ROW_PX + 4)
        self.count.set_text(words)
        self.count.setVisible(bool(words))
        self.error.setVisible(error is not None)
        mark_error(self.words, error is not None)
        if error is not None:
            self.error.set_text(lambda: joined(*error.localized()))


def _toggle(icon: str, tip: Text) -> IconButton:
    button = IconButton(icon, tip)
    button.setCheckable(True)
    return button
