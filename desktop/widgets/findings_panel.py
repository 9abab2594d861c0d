"""What was found in a data set, by kind: how many rows, the way to them, and the fix."""

from PySide6.QtCore import Signal

from desktop.controllers.findings import FindingGroup
from desktop.widgets.boxes import Box, clear_box, row
from desktop.widgets.buttons import Button
from desktop.widgets.text import ElidedLabel, IconLabel, Label
from services.i18n import tr, trn

_SHOWN = 8


class FindingsPanel(Box):
    """Findings by kind, each with its rows and its fix."""

    show_asked = Signal(object)
    fix_asked = Signal(object)

    def __init__(self) -> None:
        super().__init__("v", margins=(0, 0, 0, 8), line="hair", sides="b")
        self._checked = Label("", "small", "text2")
        head = row(Label(lambda: tr("Findings"), "small_strong", "text2"), "s", self._checked, margins=(16, 0, 16, 0))
        head.setFixedHeight(36)
        self._lines = Box("v")
        self.add(head)
        self.add(self._lines)

    def show_progress(self, done: int, rows: int) -> None:
        """Say that rows are being looked at; what was found before stays."""
        if rows:
            self._checked.set_text(lambda: tr("checking… {percent} %", percent=min(99, 100 * done // rows)))

    def show_groups(self, groups: list[FindingGroup], rows: int, *, may_fix: bool = True) -> None:
        """List these kinds."""
        self._checked.set_text(lambda: trn("{n} row checked", "{n} rows checked", rows))
        clear_box(self._lines)
        if not groups and rows:
            well = row(
                IconLabel("check-circle", "ok"), 10, Label(lambda: tr("Nothing to mend")), "s", margins=(16, 0, 16, 0)
            )
            well.setFixedHeight(32)
            self._lines.add(well)
        for group in groups[:_SHOWN]:
            self._lines.add(self._line(group, may_fix))
        if len(groups) > _SHOWN:
            more = len(groups) - _SHOWN
            rest = Label(lambda: trn("{n} more kind", "{n} more kinds", more), "small", "text2")
            self._lines.add(row(42, rest, "s"))

    def _line(self, group: FindingGroup, may_fix: bool) -> Box:
        line = Box("h", margins=(16, 0, 16, 0))
        line.setFixedHeight(36)
        line.add(IconLabel("warning" if group.blocks else "info", "warn" if group.blocks else "text2")).add(10)
        line.add(ElidedLabel(lambda: group.title), 1)
        line.add(8)
        if any(finding.row_id is not None for finding in group.first):
            line.add(Label(lambda: trn("{n} row", "{n} rows", group.count), "small", "text2")).add(8)
            show = Button(lambda: tr("Show"), "link", height=28)
            show.clicked.connect(lambda: self.show_asked.emit(group))
            line.add(show)
        if group.fixes and may_fix:
            fix = Button(lambda: tr("Fix"), "link", height=28, tip=lambda: _does(group))
            fix.clicked.connect(lambda: self.fix_asked.emit(group))
            line.add(12).add(fix)
        return line


def _does(group: FindingGroup) -> str:
    fix = next((finding.fix for finding in group.first if finding.fix is not None), None)
    return tr(fix.sentence, **fix.values) if fix is not None else ""
