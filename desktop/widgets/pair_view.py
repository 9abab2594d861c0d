"""Two answers side by side, with the words in which they differ marked."""

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout

from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.text import Label, Text
from desktop.widgets.text_block import Block
from services.datasets.wording import Span
from services.i18n import tr

_BESIDE_PX = 420  # narrower ones stand below each other
_SHOWN = 4000  # characters of an answer


class PairView(Box):
    """The chosen and the rejected answer. swap: its button, to be connected; hidden where nothing may be changed.

    editable: which of them may be changed in place.
    """

    def __init__(
        self, chosen: str, rejected: str, differences: tuple[list[Span], list[Span]], *, may_swap: bool,
        editable: tuple[bool, bool] = (False, False),
    ) -> None:  # fmt: skip
        super().__init__("v")
        self.swap = Button(lambda: tr("Swap"), "ghost", "arrows-left-right", height=28,
                           tip=lambda: tr("Let chosen and rejected change places"))  # fmt: skip
        self.swap.setVisible(may_swap)
        same = not differences[0] and not differences[1]
        note: Text = (lambda: tr("Both are the same")) if same else (lambda: tr("Different words are marked"))
        self.add(row(Label(note, "small", "warn" if same else "text3"), "s", self.swap)).add(6)
        self._sides = Box("v", gap=8)
        self.add(self._sides)
        self.chosen = self._side(
            lambda: tr("Chosen"), "thumbs-up", chosen, differences[0], "mark", editable=editable[0]
        )
        self.rejected = self._side(
            lambda: tr("Rejected"), "thumbs-down", rejected, differences[1], "err_strong", editable=editable[1]
        )

    def _side(
        self, name: Text, icon: str, text: str, spans: list[Span], ground: str, *, editable: bool
    ) -> Block:  # fmt: skip
        side = Block(name, "", text, trained=True, editable=editable, limit=_SHOWN, fill="tint2", line="hair",
                     spans=spans, ground=ground, icon=icon)  # fmt: skip
        self._sides.add(side, 1)
        return side

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        directions = QBoxLayout.Direction
        wanted = directions.LeftToRight if self.width() >= _BESIDE_PX else directions.TopToBottom
        if self._sides.box.direction() != wanted:
            self._sides.box.setDirection(wanted)
            self.updateGeometry()
