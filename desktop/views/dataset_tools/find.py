"""Finding: the field in the bar, its hits in the grid."""

from typing import TYPE_CHECKING

from desktop.controllers.find_text import Hit
from desktop.controllers.finder import Finder
from desktop.views.dataset_tools import DatasetTool, tools

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
        self.bar.wanted.connect(self._find)
        self.bar.stepped.connect(self.find_next)
        self.bar.left.connect(page.grid.setFocus)
        self.finder.changed.connect(self._say_hits)
        self.finder.first.connect(lambda hit: page.grid.go_to(hit.position, hit.column))

    def find_words(self) -> None:
        """Put the keys into the find field."""
        self.bar.begin()

    def find_next(self, by: int) -> None:
        """Go to the next hit (1) or the one before (-1)."""
        self.finder.step(by, self._place())

    def edited(self) -> None:
        self.finder.again(self._place())

    def closing(self) -> None:
        self.finder.stop()

    def _place(self) -> Hit:
        current = self.page.grid.currentIndex()
        return Hit(max(0, current.row()), max(0, current.column()))

    def _find(self, words: str) -> None:
        self.page.grid.delegate.words = words
        self.page.grid.viewport().update()
        self.finder.look(words, self._place())

    def _say_hits(self) -> None:
        finder = self.finder
        self.bar.show_hits(max(0, finder.at), len(finder.hits), sure=finder.done, most=finder.most)
