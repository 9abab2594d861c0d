"""The history of a data set: each edit, and the way back to any of them."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop.models.side_list import SideItem
from desktop.threads import run_in_thread
from desktop.times import ago
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.side_list import SideList
from desktop.widgets.text import Label
from services.datasets.history import Step
from services.i18n import tr, trn

_AT_ONCE = 200
_MORE = "more"
_BEGIN = "0"


class HistoryDialog(Dialog):
    """read: steps from the start-th on (in a thread). Says `go_asked(revision)`; stays open, to go on trying."""

    go_asked = Signal(int)

    def __init__(self, window: QWidget, read: Callable[[int, int], list[Step]], *, editable: bool) -> None:
        super().__init__(
            window,
            lambda: tr("History"),
            lambda: tr("Go to any point: the edits after it stay, and can be done again."),
            width=640,
        )
        self._read, self._editable = read, editable
        self._steps: list[Step] = []
        self._all = False
        self.list = SideList(lambda: tr("History"))
        self.list.setFixedHeight(420)
        self.list.chosen.connect(self._chosen)
        self.list.doubleClicked.connect(lambda _: self._go())
        self.body.addWidget(self.list)
        self._said = Label("", "small", "text2")
        self.footer.addWidget(self._said)
        self.footer.addStretch(1)
        away = Button(lambda: tr("Close"))
        away.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Go to this point"), "primary")
        self.go.clicked.connect(self._go)
        self.footer.addWidget(away)
        self.footer.addWidget(self.go)
        self.go.setEnabled(False)
        self.look()

    def steps(self) -> list[Step]:
        """What is listed."""
        return self._steps

    def look(self) -> None:
        """Read again: another point is the present now."""
        count = max(_AT_ONCE, len(self._steps))
        run_in_thread(self, lambda: self._read(0, count), lambda steps: self._show(steps, count), lambda _: None)

    def retranslate(self) -> None:
        if hasattr(self, "_steps"):
            self._fill()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.go.isEnabled():
            self._go()
        else:
            super().keyPressEvent(event)

    def _show(self, steps: list[Step], wanted: int) -> None:
        self._steps, self._all = steps, len(steps) < wanted
        self._fill()

    def _fill(self) -> None:
        items = [_item(step) for step in self._steps]
        if not self._all:
            items.append(SideItem(_MORE, tr("Show older edits"), icon="caret-down"))
        else:
            now = not any(step.when == "now" for step in self._steps)
            items.append(
                SideItem(
                    _BEGIN,
                    tr("As it was imported"),
                    tr("This is the present state") if now else "",
                    icon="arrow-right" if now else "file",
                    icon_role="accent" if now else "text3",
                )
            )
        self.list.show_items(items)
        count = len(self._steps)
        self._said.set_text(lambda: trn("{n} edit", "{n} edits", count) + ("" if self._all else "+"))
        self._chosen(self.list.current())

    def _chosen(self, item_id: str) -> None:
        if item_id == _MORE:
            start = len(self._steps)

            def done(more: list[Step]) -> None:
                self._show([*self._steps, *more], start + _AT_ONCE)

            run_in_thread(self, lambda: self._read(start, _AT_ONCE), done, lambda _: None)
            return
        now = next((str(step.revision) for step in self._steps if step.when == "now"), _BEGIN)
        self.go.setEnabled(self._editable and bool(item_id) and item_id != now)

    def _go(self) -> None:
        item_id = self.list.current()
        if self._editable and item_id and item_id != _MORE:
            self.go_asked.emit(int(item_id))


def _item(step: Step) -> SideItem:
    parts = []
    if step.cells:
        parts.append(trn("{n} cell", "{n} cells", step.cells))
    if step.rows:
        parts.append(trn("{n} row", "{n} rows", step.rows))
    if step.when == "now":
        parts.append(tr("This is the present state"))
    elif step.when == "undone":
        parts.append(tr("undone"))
    marks: dict[str, tuple[str, str]] = {
        "now": ("arrow-right", "accent"),
        "done": ("check", "text2"),
        "undone": ("arrow-u-up-left", "text3"),
    }
    icon, role = marks[step.when]
    when: Any = ago(step.time)
    return SideItem(str(step.revision), tr(step.label), " · ".join(parts), when, icon, role)
