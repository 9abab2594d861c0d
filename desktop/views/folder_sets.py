"""The data sets that a folder offers, to be ticked: those of its dataset_info.json, and its other files of rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from desktop.controllers.data_files import import_offers
from desktop.models.ticked import Ticked
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.text import Paragraph
from desktop.widgets.ticked_list import TickedList
from services.datasets.conversation import Problem
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.datasets.offers import Offer, Offers

_LIST_PX = 336


@pages.add("folder_sets")
class FolderSetsDialog(Dialog):
    """key: the folder, or its dataset_info.json."""

    def __init__(self, window: "MainWindow", key: str) -> None:
        folder = Path(key).parent if Path(key).name == "dataset_info.json" else Path(key)
        super().__init__(window, lambda: tr("Data in {folder}", folder=folder.name), width=720)
        self.main = window
        self._offers: list[Offer] = []
        self.note = Paragraph(lambda: tr("The folder is being looked into."), "small", width=656)
        self.list = TickedList(lambda: tr("Data sets"))
        self.list.setFixedHeight(_LIST_PX)
        self.body.addWidget(self.note)
        self.body.addSpacing(12)
        self.body.addWidget(self.list)
        self.footer.addStretch(1)
        cancel = Button(lambda: tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Open"), "primary", "table")
        self.go.clicked.connect(self._open)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.go)
        self.go.allow(False, lambda: tr("The folder is being looked into."))
        self.list.ticked.ticks_changed.connect(self._say)
        run_in_thread(self, lambda: _look(folder), self._show, self._cannot)

    def chosen(self) -> "list[Offer]":
        """The offers with a tick."""
        return [self._offers[item.id] for item in self.list.ticked.items() if item.ticked]

    def _show(self, offers: "Offers") -> None:
        self._offers = offers.sets
        lines = [_said(problem) for problem in offers.problems]
        if offers.left:
            lines.append(tr("No data, and not offered: {names}", names=", ".join(offers.left[:8])))
        if not offers.sets:
            lines.append(tr("There are no files of rows in this folder."))
        self.note.set_text("\n".join(lines))
        self.note.setVisible(bool(lines))
        first = [offer for offer in offers.sets if offer.listed or offer.whole]
        items = [_item(i, offer, ticked=offer in first or not first) for i, offer in enumerate(offers.sets)]
        self.list.ticked.set_items(items)
        self._say()

    def _say(self) -> None:
        count = len(self.chosen())
        self.go.set_text(lambda: trn("Open {n} data set", "Open {n} data sets", count) if count else tr("Open"))
        self.go.allow(count > 0, lambda: tr("Tick a data set first."))

    def _cannot(self, error: Exception) -> None:
        self.reject()
        self.main.show_error(error)

    def _open(self) -> None:
        import_offers(self.main, self.chosen())
        self.accept()


def _look(folder: Path) -> "Offers":
    from services.datasets.offers import read_offers

    return read_offers(folder)


def _item(number: int, offer: "Offer", *, ticked: bool) -> Ticked:
    """An offer as two lines; without a tick if it cannot be opened."""
    where = offer.path.name if offer.path else offer.hub
    if offer.sample:
        where += "  ·  " + trn("{n} row drawn", "{n} rows drawn", offer.sample)
    text = "  ·  ".join(_said(problem) for problem in offer.problems) or ", ".join(offer.columns)
    return Ticked(number, offer.name, text, where, ticked if offer.usable else None)


def _said(problem: Problem) -> str:
    return tr(problem.sentence, **problem.values) if problem.values else tr(problem.sentence)
