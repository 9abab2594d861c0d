"""The versions of a data set: what changed in each, what differs between any two, and the way back."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QSplitter

from desktop.controllers.version_edits import VersionEdits
from desktop.controllers.versions import NOW, Place, VersionsController
from desktop.models.version_items import version_items
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, HairLine
from desktop.widgets.diff_list import DiffList
from desktop.widgets.diff_panel import DiffPanel
from desktop.widgets.side_list import SideList
from desktop.widgets.text import ElidedLabel, Text
from desktop.widgets.versions_head import CompareBar, VersionsHead, sentence
from services.datasets.difference import Counts, Difference
from services.errors import TunesmithError
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_FOLLOW_MS = 1200
_PANE_PX = 264


@pages.add("versions")
class VersionsPage(Page):
    """key: the data set's name."""

    kind = "versions"
    icon = "clock-counter-clockwise"
    road_step = "examples"

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, key)
        self.controller = VersionsController(window, key)
        self.edits = VersionEdits(self)
        self.places: list[Place] = []
        self.counts: dict[str, Counts] = {}
        self.found: Difference | None = None
        self._asked = 0  # of the comparison: an older answer is not shown
        self._row_asked = 0
        self._reading = False
        self.list = SideList(lambda: tr("Versions"))
        self.head, self.bar = VersionsHead(), CompareBar()
        self.summary = ElidedLabel("", "small", "text2")
        self.rows, self.panel = DiffList(), DiffPanel()
        self._follow = QTimer(self)
        self._follow.setInterval(_FOLLOW_MS)
        self._follow.timeout.connect(self._look_at_others)
        self._build()
        self.list.chosen.connect(lambda _: self._chose())
        self.head.asked.connect(self._ask)
        self.bar.changed.connect(self._choice_changed)
        self.bar.stepped.connect(self.rows.step)
        self.rows.chosen.connect(self._show_row)
        self._follow.start()
        self.look()

    # --- what the window asks -------------------------------------------------------------------------------------

    def title(self) -> str:
        return tr("{name} · versions", name=self.key)

    def show_as_command(self) -> tuple[str, str]:
        folder = self.controller.project.folder
        before, after = self.former(), self.place()
        if before is None or after is None:
            return (f'tunesmith data versions "{folder}" "{self.key}"', "")
        return (f'tunesmith data diff "{folder}" "{self.key}" "{_word(before)}" "{_word(after)}"', "")

    def closing(self) -> None:
        self._follow.stop()
        self.controller.close()

    def state(self) -> dict[str, Any]:
        return {"place": self.list.current()}

    def restore(self, state: dict[str, Any]) -> None:
        self.list.choose(str(state.get("place", "")))
        self._wanted = str(state.get("place", ""))

    def shown(self) -> None:
        self.look()

    def retranslate(self) -> None:
        self._show_list()
        self._show_place()

    # --- what its commands ask ------------------------------------------------------------------------------------

    _wanted = ""

    def can_step(self) -> bool:
        """Whether there is a difference to go to."""
        return self.rows.count() > 0

    def can_edit(self) -> bool:
        """Whether versions may be named and gone back to here."""
        return not self.main.read_only

    def on_version(self) -> bool:
        """Whether the chosen state is a version that may be renamed."""
        place = self.place()
        return self.can_edit() and place is not None and place.is_version

    def can_go_back(self) -> bool:
        """Whether the chosen state is another than the present one."""
        place = self.place()
        return self.can_edit() and place is not None and place.id != NOW

    def step(self, by: int) -> None:
        """Go to the next difference (1) or the one before (-1)."""
        self.rows.step(by)

    def place(self) -> Place | None:
        """The state that is looked at."""
        return next((p for p in self.places if p.id == self.list.current()), None)

    def former(self) -> Place | None:
        """The state that it is compared with."""
        return next((p for p in self.places if p.id == self.bar.former.current_id()), None)

    def look(self, choose: str = "") -> None:
        """Read the versions anew. choose: id of the one to show."""
        if self._reading:
            return
        self._reading = True
        self._wanted = choose or self._wanted

        def done(places: list[Place]) -> None:
            self._reading = False
            if places != self.places:
                self.places = places
                self._show_list()
                self._chose()
                self._count()

        def failed(error: Exception) -> None:
            self._reading = False
            self.show_error(error)

        self.run(self.controller.places, done, failed)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        pane = Box("v", [12], line="hair", sides="r", margins=(0, 0, 1, 0))
        pane.add(self.list, 1)
        pane.setFixedWidth(_PANE_PX)
        line = Box("h", margins=(24, 0, 24, 8))
        line.box.addWidget(self.summary, 1)
        below = QSplitter()
        below.setChildrenCollapsible(False)
        below.setHandleWidth(1)
        below.addWidget(self.rows)
        below.addWidget(self.panel)
        below.setSizes([220, 700])
        below.setStretchFactor(1, 1)
        right = Box("v").add(self.head).add(self.bar).add(line).add(HairLine()).add(below, 1)
        self.content.addWidget(Box("h", [pane]).add(right, 1), 1)

    def _show_list(self) -> None:
        self.list.show_items(version_items(self.places, self.counts))
        if self._wanted and any(p.id == self._wanted for p in self.places):
            self.list.choose(self._wanted)
            self._wanted = ""
        if not self.list.current() and self.places:
            self.list.choose(self.places[0].id)

    def _count(self) -> None:
        places, seen = list(self.places), dict[str, Counts]()
        self.counts = {i: c for i, c in self.counts.items() if i != NOW}
        controller = self.controller

        def done(_: None) -> None:
            self.counts |= seen
            self._show_list()

        self.run(lambda: controller.counts(places, seen.__setitem__), done, self._not_compared)

    def _chose(self) -> None:
        """Another state was chosen: compare it with the one before it."""
        place = self.place()
        if place is None:
            return
        at = self.places.index(place)
        former = self.places[min(at + 1, len(self.places) - 1)]
        choices: list[tuple[str, Text]] = [(p.id, p.title) for p in self.places if p.id != place.id]
        self.bar.former.fill(choices, former.id)
        self._show_place()
        self._compare()

    def _show_place(self) -> None:
        place = self.place()
        if place is not None:
            self.head.show_place(place, may_edit=self.can_edit(), why="")
        self.changed.emit()

    def _choice_changed(self) -> None:
        former = self.former()
        if self.found is not None and former is not None and former.revision == self.found.start:
            self._show_rows()
        else:
            self._compare()

    def _compare(self) -> None:
        before, after = self.former(), self.place()
        if before is None or after is None:
            self.panel.say(tr("There is nothing to compare with yet. Save a version, edit, and see here what changed."))
            return
        self._asked += 1
        number, controller = self._asked, self.controller

        def done(found: Difference) -> None:
            if number == self._asked:
                self.found = found
                self.bar.show_difference(found)
                self.summary.set_text(lambda: sentence(found))
                self._show_rows()

        self.run(lambda: controller.difference(before, after), done, self._not_compared)

    def _not_compared(self, error: Exception) -> None:
        if not self.controller.stop.is_set():
            self.show_error(error)

    def _show_rows(self) -> None:
        if self.found is None:
            return
        self.rows.show_difference(self.found, self.bar.kinds.current(), self.bar.chosen_column())
        if not self.rows.count():
            self.panel.say(tr("No row differs."))
        self.changed.emit()

    def _show_row(self, entry: int) -> None:
        self.bar.show_at(self.rows.at(), self.rows.count())
        found, before, after = self.found, self.former(), self.place()
        if entry < 0 or found is None or before is None or after is None:
            return
        self._row_asked += 1
        number, controller = self._row_asked, self.controller

        def done(cells: Any) -> None:
            if number == self._row_asked:
                self.panel.show_cells(cells, before.title(), after.title())

        self.run(lambda: controller.cells(found, entry), done, self._not_compared)

    def _ask(self, what: str) -> None:
        place = self.place()
        if what == "menu":
            self.edits.popup(self.head.more)
        elif what == "open" and place is not None:
            self.main.open_page("version_rows", f"{self.key}|{place.revision}|{place.name}")
        else:
            self.main.run_command({"back": "versions.go_back", "save": "versions.save"}[what])

    def _look_at_others(self) -> None:
        if not self.isVisible():
            return
        try:
            if self.controller.store.changed_by_others():
                self.look()
        except TunesmithError as error:
            self._follow.stop()
            self.show_error(error)


def _word(place: Place) -> str:
    return place.name or place.id
