"""The head of the versions page: which state is looked at and what can be done; and the bar of the comparison."""

from functools import partial

from PySide6.QtCore import Signal

from desktop.controllers.versions import NOW, START, Place
from desktop.models.diff_list import column_name
from desktop.models.version_items import long_counts
from desktop.times import ago, exact
from desktop.widgets.boxes import Box, row
from desktop.widgets.buttons import Button, IconButton
from desktop.widgets.inputs import ComboBox
from desktop.widgets.segmented import Segmented
from desktop.widgets.text import ElidedLabel, Label, Text
from services.datasets.difference import Difference
from services.i18n import tr, trn


class VersionsHead(Box):
    """Title, note and buttons of the chosen state."""

    asked = Signal(str)
    """'back', 'open', 'save', or 'menu'."""

    def __init__(self) -> None:
        super().__init__("v", margins=(24, 16, 24, 12))
        self.title = ElidedLabel("", "title")
        self.about = ElidedLabel("", "small", "text2")
        self.back = Button(lambda: tr("Go back to it"), "secondary", "arrow-counter-clockwise")
        self.open = Button(lambda: tr("Open its rows"), "secondary", "table")
        self.save = Button(lambda: tr("Save a version"), "secondary", "bookmark-simple")
        self.more = IconButton("dots-three", lambda: tr("More"))
        for button, what in ((self.back, "back"), (self.open, "open"), (self.save, "save"), (self.more, "menu")):
            button.clicked.connect(lambda _=False, w=what: self.asked.emit(w))
        line = row(gap=8)
        line.box.addWidget(self.title, 1)
        for button in (self.save, self.open, self.back, self.more):
            line.add(button)
        self.add(line).add(2).add(self.about)

    def show_place(self, place: Place, *, may_edit: bool, why: str) -> None:
        """Show a state."""
        self.title.set_text(place.title)
        self.about.set_text(lambda: _about(place))
        self.about.setToolTip(exact(place.time) if place.time else "")
        self.back.setVisible(place.id != NOW)
        self.open.setVisible(place.id != NOW)
        self.save.setVisible(place.id == NOW)
        self.more.setVisible(place.is_version)
        for button in (self.back, self.save):
            button.allow(may_edit, lambda: tr(why) if why else tr("It can only be read here."))


def _about(place: Place) -> str:
    parts = [ago(place.time) if place.time else "", trn("{n} row", "{n} rows", place.rows)]
    if place.runs:
        runs = ", ".join(job_id.lstrip("0") for job_id in place.runs)
        parts.append(trn("read by run {runs}", "read by runs {runs}", len(place.runs), runs=runs))
    if place.id == START:
        parts.append(tr("before any edit"))
    return " · ".join(part for part in [*parts, place.note] if part)


class CompareBar(Box):
    """With which state it is compared, which rows are shown, and the way from one to the next."""

    changed = Signal()
    """Another state, kind or column was chosen."""
    stepped = Signal(int)

    def __init__(self) -> None:
        super().__init__("h", gap=8, margins=(24, 0, 24, 12))
        self.former = ComboBox(name=lambda: tr("Compared with"))
        self.former.setMinimumWidth(150)
        self.kinds = Segmented([("", lambda: tr("All"))])
        self.column = ComboBox(name=lambda: tr("Column"))
        self.where = Label("", "small", "text3")
        self.before = IconButton("caret-up", lambda: tr("The difference before (Shift+F7)"), height=28)
        self.next = IconButton("caret-down", lambda: tr("The next difference (F7)"), height=28)
        self.add(Label(lambda: tr("Compared with"), "body", "text2")).add(self.former)
        self._place = Box("h")
        self.add(self._place).add(self.column).add("s").add(self.where).add(self.before).add(self.next)
        self.former.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.column.currentIndexChanged.connect(lambda _: self.changed.emit())
        self.before.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.show_difference(None)

    def show_difference(self, found: Difference | None) -> None:
        """Offer the kinds and columns that differ."""
        rows = found.counts.rows if found is not None else {}
        words = {
            "changed": lambda n: tr("Changed {n}", n=n),
            "added": lambda n: tr("Added {n}", n=n),
            "removed": lambda n: tr("Removed {n}", n=n),
        }
        choices: list[tuple[str, Text]] = [("", lambda: tr("All"))]
        for kind, text in words.items():
            if rows.get(kind):
                choices.append((kind, partial(text, f"{rows[kind]:,}")))
        kept = self.kinds.current()
        self.kinds.deleteLater()
        self.kinds = Segmented(choices, kept if kept in dict(choices) else "", name=lambda: tr("Kind of difference"))
        self.kinds.changed.connect(lambda _: self.changed.emit())
        self.kinds.setVisible(len(choices) > 2)
        self._place.add(self.kinds)
        columns = found.counts.columns if found is not None else {}
        chosen = self.column.current_id()
        pairs: list[tuple[str, Text]] = [(f"={name}", f"{column_name(name)} {n:,}") for name, n in columns.items()]
        self.column.fill([("", lambda: tr("Every column")), *pairs], chosen)
        self.column.setVisible(len(columns) > 1)

    def chosen_column(self) -> str | None:
        """The column that rows must differ in; None for any."""
        chosen = self.column.current_id()
        return chosen[1:] if chosen else None

    def show_at(self, at: int, count: int) -> None:
        """Say where in the list the chosen one is."""
        self.where.set_text((lambda: tr("{at} of {count}", at=f"{at + 1:,}", count=f"{count:,}")) if count else "")
        self.before.allow(at > 0)
        self.next.allow(0 <= at < count - 1)


def sentence(found: Difference) -> str:
    """What differs beside the rows, and how much of them."""
    parts = [long_counts(found.counts)]
    parts += [tr("Column {name} is new.", name=name) for name in found.columns_added]
    parts += [tr("Column {name} is gone.", name=name) for name in found.columns_removed]
    parts += [tr("Column {old} is called {new}.", old=old, new=new) for old, new in found.columns_renamed.items()]
    parts += [tr("The rows stand in another order.")] if found.moved else []
    parts += [tr("The columns mean something else.")] if found.mapping else []
    return " · ".join(parts)
