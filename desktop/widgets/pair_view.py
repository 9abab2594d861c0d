"""Two answers side by side, with the words in which they differ marked."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout

from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.plain_paragraph import PlainParagraph
from desktop.widgets.text import IconLabel, Label, Text
from services.datasets.wording import Span
from services.i18n import tr

_BESIDE_PX = 420  # narrower ones stand below each other
_SHOWN = 4000  # characters of an answer


class PairView(Box):
    """The chosen and the rejected answer. swap: its button, to be connected; hidden where nothing may be changed."""

    def __init__(
        self, chosen: str, rejected: str, differences: tuple[list[Span], list[Span]], *, may_swap: bool
    ) -> None:
        super().__init__("v")
        self.swap = Button(lambda: tr("Swap"), "ghost", "arrows-left-right", height=28,
                           tip=lambda: tr("Let chosen and rejected change places"))  # fmt: skip
        self.swap.setVisible(may_swap)
        same = not differences[0] and not differences[1]
        note: Text = (lambda: tr("Both are the same")) if same else (lambda: tr("Different words are marked"))
        self.add(row(Label(note, "small", "warn" if same else "text3"), "s", self.swap)).add(6)
        self._sides = Box("v", gap=8)
        self.add(self._sides)
        self.chosen = self._side(lambda: tr("Chosen"), "thumbs-up", chosen, differences[0], "mark")
        self.rejected = self._side(lambda: tr("Rejected"), "thumbs-down", rejected, differences[1], "err_strong")

    def _side(self, name: Text, icon: str, text: str, spans: list[Span], ground: str) -> PlainParagraph:
        shown = [(start, min(end, _SHOWN)) for start, end in spans if start < _SHOWN]
        words = PlainParagraph(text[:_SHOWN] + (" …" if len(text) > _SHOWN else "") or "—", spans=shown, ground=ground)
        head = row(IconLabel(icon, "on_tint"), 6, Label(name, "small_strong", "on_tint"), "s")
        side = Box("v", (head, 4, words, "s"), margins=(10, 6, 10, 8), fill="tint2", line="hair", corner=6)
        self._sides.add(side, 1)
        return words

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        wanted = directions.LeftToRight if self.width() >= _BESIDE_PX else directions.TopToBottom
        if self._sides.box.direction() != wanted:
            self._sides.box.setDirection(wanted)
            self.updateGeometry()
