"""Health: what the doctor finds of this PC, the worst first, each with its way out and the button that mends it."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout

from desktop.commands import commands
from desktop.controllers.health import Found, HealthController
from desktop.models.side_list import SideItem
from desktop.theme import size
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button
from desktop.widgets.health_panel import LOOKS, HealthPanel
from desktop.widgets.side_list import SideList
from desktop.widgets.text import Label
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_WORST_FIRST = {"bad": 0, "warn": 1, "ok": 2}


@pages.add("health")
class HealthPage(Page):
    """Checks when it is opened, and when it is asked to."""

    kind = "health"
    icon = "heartbeat"

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, "")
        self.controller = HealthController(self)
        self._said = (False, "")
        self._chose = False
        """The person chose a row: it is not turned away from any more."""
        self.again = Button(lambda: tr("Check again"), "link", "arrows-clockwise")
        self.summary = Label("", "small", "text2")
        self.list = SideList(lambda: tr("Checks"))
        self.panel = HealthPanel()
        head = row(Label(lambda: tr("Health"), "title"), "s", self.again)
        pane = Box("v", line="hair", sides="r", margins=(0, 0, 1, 0))
        pane.add(Box("v", [head, 2, self.summary], margins=(20, 16, 20, 4))).add(self.list, 1)
        pane.setFixedWidth(size("list_pane"))
        line = QHBoxLayout()
        line.setSpacing(0)
        line.addWidget(pane)
        line.addWidget(self.panel, 1)
        self.content.addLayout(line, 1)
        self.again.clicked.connect(lambda: self.check_again())
        self.list.chosen.connect(self._choose)
        self.panel.mend_asked.connect(window.run_command)
        self.panel.again_asked.connect(lambda check_id: self.check_again([check_id]))
        self.panel.copy_asked.connect(self.copy_report)
        self.controller.changed.connect(self._show)
        self.controller.failed.connect(self.show_error)
        self.controller.examine()

    def title(self) -> str:
        return tr("Health")

    def icon_role(self) -> str:
        return "err" if any(f.finding.state == "bad" for f in self.controller.found.values()) else ""

    def show_as_command(self) -> tuple[str, str]:
        return ("tunesmith doctor", "")

    def closing(self) -> None:
        self.controller.end()

    def retranslate(self) -> None:
        self._show()

    def restore(self, state: dict[str, Any]) -> None:
        if state.get("check") in self.controller.titles():
            self._chose = True
            self.list.choose(str(state["check"]))
            self._show()

    def state(self) -> dict[str, Any]:
        return {"check": self.list.current()} if self._chose else {}

    def search(self, words: str) -> list[tuple[str, str, Any]]:
        low = words.lower()
        found = [(i, tr(t)) for i, t in self.controller.titles().items() if low in tr(t).lower()]
        return [(title, tr("Health"), lambda i=i: self.restore({"check": i})) for i, title in found]

    # --- what is done ---------------------------------------------------------------------------------------------

    def can_check(self) -> bool:
        """Whether no check is being made."""
        return not self.controller.busy

    def has_findings(self) -> bool:
        """Whether there is something to report."""
        return bool(self.controller.found)

    def check_again(self, ids: Iterable[str] | None = None) -> None:
        """Make all checks again, or those of ids."""
        self.banner.clear()
        self.controller.examine(ids)

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.controller.report())
        self.main.toast(lambda: tr("The report is on the clipboard."), icon="copy")

    # --- what is shown --------------------------------------------------------------------------------------------

    def _show(self) -> None:
        controller = self.controller
        busy = controller.busy
        self.again.allow(not busy, lambda: tr("Looking at this PC…"))
        self.summary.set_text(self._summary)
        self.list.show_items(_items(controller))
        if not self._chose or not self.list.current():
            first = next((i.id for i in self.list.items() if not i.heading), "")
            self.list.choose(first)
        self._show_chosen()
        self.panel.copy.allow(self.has_findings(), lambda: tr("Looking at this PC…"))
        now = (busy, self.icon_role())
        if now != self._said:
            self._said = now
            self.title_changed.emit()
            self.changed.emit()

    def _choose(self, check_id: str) -> None:
        self._chose = True
        self._show_chosen()

    def _show_chosen(self) -> None:
        check_id = self.list.current()
        titles, found = self.controller.titles(), self.controller.found.get(check_id)
        busy = check_id in self.controller.pending
        if found is not None:
            command = commands.get(found.finding.action) if found.finding.action in commands else None
            words = command.text if command is not None and found.finding.state != "ok" else ""
            self.panel.show_found(found, words, command.icon if command is not None else "", busy=self.controller.busy)
        elif check_id in titles:
            self.panel.show_pending(check_id, titles[check_id], busy=busy)
        primary = self.panel.has_primary
        if primary != self.fills_primary:
            self.fills_primary = primary
            if self.main.page is self:
                self.main.frame.show_road()

    def _summary(self) -> str:
        if self.controller.busy:
            return tr("Looking at this PC…")
        states = [f.finding.state for f in self.controller.found.values()]
        wrong = sum(state != "ok" for state in states)
        if not states:
            return ""
        if not wrong:
            return tr("Everything is in order.")
        return trn("{n} thing to look at", "{n} things to look at", wrong)


def _items(controller: HealthController) -> list[SideItem]:
    """What to look at, the worst first; what is in order; what has not answered yet."""
    titles = list(controller.titles().items())
    known = [(i, controller.found[i]) for i, _ in titles if i in controller.found]
    wrong = sorted((pair for pair in known if pair[1].finding.state != "ok"), key=_badness)
    fine = [pair for pair in known if pair[1].finding.state == "ok"]
    waiting = [(i, title) for i, title in titles if i not in controller.found]
    items = []
    for heading, pairs in ((tr("To look at"), wrong), (tr("In order"), fine)):
        if pairs:
            items.append(SideItem(f"heading {heading}", heading, note=str(len(pairs)), heading=True))
            items += [_item(found, again=i in controller.pending) for i, found in pairs]
    if waiting:
        items.append(SideItem("heading waiting", tr("Being checked"), note=str(len(waiting)), heading=True))
        items += [SideItem(i, tr(title), icon="circle-dashed", icon_role="text3") for i, title in waiting]
    return items


def _badness(pair: tuple[str, Found]) -> int:
    return _WORST_FIRST[pair[1].finding.state]


def _item(found: Found, *, again: bool) -> SideItem:
    title, sentence, _ = found.finding.localized()
    icon, role = ("circle-dashed", "text3") if again else LOOKS[found.finding.state]
    return SideItem(found.finding.id, title, tr("is being checked again") if again else sentence, "", icon, role)
