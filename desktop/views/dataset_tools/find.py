"""Finding: the field in the bar, its hits in the grid."""

from typing import TYPE_CHECKING

from desktop.controllers.find_text import Hit
from desktop.controllers.finder import Finder
from desktop.views.dataset_tools import DatasetTool, tools
from desktop.widgets.boxes import Box, HairLine
from desktop.widgets.buttons import IconButton
from services.datasets.order import Ids
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.views.dataset import DatasetPage


@tools.add("find")
class FindTool(DatasetTool):
    """Words are looked for in a thread; the grid goes to the hits."""

    order = 20

    def __init__(self, page: "DatasetPage") -> None:
        super().__init__(page)
        self.finder = Finder(page.controller.store.path)
        self.bar = page.bar.finding
        self.strip = Box("v")
        line = Box("h", margins=(16, 6, 16, 6))
        away = IconButton("x", lambda: tr("Close (Esc)"), height=28)
        away.clicked.connect(self.end)
        self.strip.add(line.add(self.bar, 1).add(away)).add(HairLine())
        self.strip.hide()
        page.add_strip(self.strip)
        self.bar.wanted.connect(self._find)
        self.bar.stepped.connect(self.find_next)
        self.bar.left.connect(self.end)
        self.finder.changed.connect(self._say_hits)
        self.finder.first.connect(lambda hit: page.grid.go_to(hit.position, hit.column))

    def find_words(self) -> None:
        """Put the keys into the find field."""
        self.strip.show()
        self.bar.begin()

    def end(self) -> None:
        """Hide the field; hits are marked no longer."""
        self.bar.field.clear()
        self.strip.hide()
        self.page.grid.setFocus()

    def find_next(self, by: int) -> None:
        """Go to the next hit (1) or the one before (-1)."""
        self.finder.step(by, self._place())

    def edited(self) -> None:
        self.finder.again(self._place(), self._ids())

    def rows_chosen(self) -> None:
        self.finder.again(self._place(), self._ids())

    def closing(self) -> None:
        self.finder.stop()

    def _place(self) -> Hit:
        current = self.page.grid.currentIndex()
        return Hit(max(0, current.row()), max(0, current.column()))

    def _ids(self) -> Ids | None:
        return self.page.model.shown.all() if self.page.model.shown.some else None

    def _find(self, words: str) -> None:
        self.page.grid.delegate.words = words
        self.page.grid.redraw()
        self.finder.look(words, self._place(), self._ids())

    def _say_hits(self) -> None:
        finder = self.finder
        self.bar.show_hits(max(0, finder.at), len(finder.hits), sure=finder.done, most=finder.most)
