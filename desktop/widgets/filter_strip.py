"""The strip between bar and table: ready-made conditions, how many rows fit, the order, and the way back to all."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from desktop.widgets.boxes import Box, HairLine, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.chip_row import ChipRow
from desktop.widgets.text import IconLabel, Label, Text
from services.errors import TunesmithError, joined
from services.i18n import tr, trn

if TYPE_CHECKING:
    from services.datasets.query import SortKey


class FilterStrip(Box):
    """Says what the person wants; the page's tool does it."""

    chip_asked = Signal(str)
    all_asked = Signal()
    again_asked = Signal()
    order_asked = Signal()
    keep_asked = Signal()

    def __init__(self) -> None:
        super().__init__("v")
        self._chips = ChipRow()
        self.count = Label("", "small", "text2")
        self.stale = Label(lambda: tr("Edited rows stay until you look again"), "small", "warn")
        self.again = Button(lambda: tr("Look again"), "link", tip=lambda: tr("Filter and sort again (F5)"))
        self.order = Label("", "small", "text2")
        self.keep = Button(lambda: tr("Keep this order"), "link", tip=lambda: tr("Make it the set's own order"))
        self.unsort = Button(lambda: tr("Own order"), "link", tip=lambda: tr("Back to the set's own order"))
        self.all = IconButton("x", lambda: tr("Show all rows (Esc)"), height=28)
        self.again.clicked.connect(self.again_asked)
        self.keep.clicked.connect(self.keep_asked)
        self.unsort.clicked.connect(self.order_asked)
        self.all.clicked.connect(self.all_asked)
        self._about = row(self.stale, 8, self.again, 16, self.order, 8, self.keep, 12, self.unsort)
        line = Box("h", margins=(16, 6, 16, 6))
        line.add(self._chips, 1).add(12).add(self._about).add(16).add(self.count).add(4).add(self.all)
        self._mark = IconLabel("warning", "err")
        self.error = Label("", "small", "err", wrap=True)
        self._wrong = row(self._mark, 8, margins=(16, 0, 16, 8))
        self._wrong.add(self.error, 1)
        self._wrong.hide()
        self.add(line).add(self._wrong).add(HairLine())

    def show_error(self, error: TunesmithError | None) -> None:
        """Say what was not understood; None: nothing is wrong."""
        self._wrong.setVisible(error is not None)
        if error is not None:
            self.error.set_text(lambda: joined(*error.localized()))

    def show_chips(self, chips: list[str], words: str) -> None:
        """Offer these conditions; those that are in words are on."""
        buttons = []
        for chip in chips:
            on = chip in words
            button = Button(chip, "tinted" if on else "ghost", height=28, tip=lambda: tr("Filter by this"))
            button.clicked.connect(partial(self._asked, chip))
            buttons.append(button)
        self._chips.fill(buttons)

    def show_state(
        self, *, shown: int, total: int, some: bool, running: bool, stale: bool, key: "SortKey | None", may_keep: bool
    ) -> None:
        """Say which rows are shown. some: not simply all. stale: rows were edited since they were looked for."""
        if running and not shown:
            self.count.set_text(lambda: tr("looking…"))
        else:
            more = "…" if running else ""
            self.count.set_text(
                lambda: trn("{shown} of {n} row", "{shown} of {n} rows", total, shown=f"{shown:,}") + more
            )
        for thing in (self.stale, self.again):
            thing.setVisible(stale)
        for thing in (self.order, self.unsort):
            thing.setVisible(key is not None)
        self.keep.setVisible(key is not None and may_keep)
        if key is not None:
            self.order.set_text(order_words(key))

    def _asked(self, chip: str, *_: object) -> None:
        self.chip_asked.emit(chip)


def order_words(key: "SortKey") -> Text:
    """How rows are sorted, in words."""
    name, back = key.column, key.reverse
    if key.by == "length":
        if not name:
            return (lambda: tr("Longest first")) if back else (lambda: tr("Shortest first"))
        return (
            (lambda: tr("{column}: longest first", column=name))
            if back
            else (lambda: tr("{column}: shortest first", column=name))
        )
    if key.by == "tokens":
        return (lambda: tr("Most tokens first")) if back else (lambda: tr("Fewest tokens first"))
    if key.by == "number":
        return (
            (lambda: tr("{column}: greatest first", column=name))
            if back
            else (lambda: tr("{column}: smallest first", column=name))
        )
    return (lambda: tr("{column}: Z to A", column=name)) if back else (lambda: tr("{column}: A to Z", column=name))
