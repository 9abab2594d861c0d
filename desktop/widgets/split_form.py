"""What a person chooses when rows go into another set: by chance, by what a column holds, or by hand."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.widgets.inputs import ComboBox, LineEdit, SpinBox
from desktop.widgets.segmented import Segmented
from desktop.widgets.switch import Switch
from desktop.widgets.text import Label, Text
from desktop.widgets.work_dialog import WorkDialog
from services.datasets.choosing import ByChance, ByHand, ByValue, How
from services.i18n import tr, trn

_SEED = 42


class SplitForm(WorkDialog):
    """The lines of the form, and the choice that they make. sample: only by chance, and only copied."""

    chosen = Signal()
    """Something was chosen anew."""
    column_wanted = Signal(str)
    """The values of a column are wanted."""

    def build(self, *, sample: bool, selected: tuple[int, ...], into: str) -> None:
        """Make the lines. selected: ids of the rows that are selected in the table."""
        self.sample, self.selected = sample, selected
        self.way = Segmented(
            [("chance", lambda: tr("By chance")), ("value", lambda: tr("By a column")),
             ("hand", lambda: tr("By hand"))],
            "hand" if len(selected) > 1 and not sample else "chance", height=32, name=lambda: tr("Which rows"),
        )  # fmt: skip
        self.amount = SpinBox(1, 1_000_000_000, 100 if sample else 10, name=lambda: tr("How many"))
        self.unit = ComboBox([("share", "%"), ("count", lambda: tr("rows"))], "count" if sample else "share",
                             name=lambda: tr("Percent or rows"))  # fmt: skip
        self.seed = SpinBox(0, 2_147_483_647, _SEED, name=lambda: tr("Seed"))
        self.per = ComboBox([("", lambda: tr("no column"))], name=lambda: tr("Alike by column"))
        self.column = ComboBox(name=lambda: tr("Column"))
        self.value = ComboBox(name=lambda: tr("Value"))
        self.hand = ComboBox(name=lambda: tr("Rows"))
        self.together = Switch(True, lambda: tr("Rows with one question stay together"))
        self.moving = Segmented(
            [("move", lambda: tr("Move")), ("copy", lambda: tr("Copy"))], name=lambda: tr("Move or copy")
        )
        self.into = LineEdit(into, name=lambda: tr("Name of the new set"))
        self.into.setMinimumWidth(280)
        self._lines: dict[str, list[QWidget]] = {}
        if not sample:
            self.line(0, lambda: tr("Which rows"), self.way)
        self._lines["chance"] = [
            *self.line(1, lambda: tr("How many"), self.amount, self.unit),
            *self.line(2, lambda: tr("Seed"), self.seed, _hint(lambda: tr("the same seed draws the same rows"))),
            *self.line(3, lambda: tr("Alike by column"), self.per, _hint(lambda: tr("each value gives its part"))),
        ]
        self._lines["value"] = self.line(4, lambda: tr("Rows where"), self.column, Label("="), self.value)
        self._lines["hand"] = self.line(5, lambda: tr("Rows"), self.hand)
        if not sample:
            self._lines["together"] = self.line(
                6, lambda: tr("Together"), self.together, _hint(lambda: tr("rows with one question go to one side"))
            )
            self.line(7, lambda: tr("They are"), self.moving)
        self.line(8, lambda: tr("New set"), self.into)
        self._follow()
        self._show_way()

    def offer(self, columns: list[str], tags: dict[str, int]) -> None:
        """Offer the set's columns and tags."""
        pairs: list[tuple[str, Text]] = [(name, name) for name in columns]
        self.per.fill([("", lambda: tr("no column")), *pairs])
        self.column.fill(pairs)
        hand: list[tuple[str, Text]] = []
        if self.selected:
            count = len(self.selected)
            hand.append(("=selected", lambda: trn("the selected row ({n})", "the selected rows ({n})", count)))
        hand.append(("starred", lambda: tr("rows with a star")))
        hand += [(f"tag is {_quoted(tag)}", f"{tag} ({n:,})") for tag, n in tags.items()]
        self.hand.fill(hand, "=selected" if self.selected else "starred")
        if columns:
            self.column_wanted.emit(columns[0])

    def offer_values(self, values: list[tuple[str, int]]) -> None:
        """Offer what the chosen column holds."""
        self.value.fill([(f"={text}", f"{text[:60] or tr('empty')} ({n:,})") for text, n in values])
        self.value.setEnabled(bool(values))

    def how(self) -> How | str | None:
        """What is chosen: a str is a filter in words; None while it is not complete."""
        way = "chance" if self.sample else self.way.current()
        if way == "chance":
            share = self.unit.current_id() == "share"
            together = not self.sample and self.together.isChecked()
            return ByChance(
                0 if share else self.amount.value(), self.amount.value() / 100 if share else 0.0, self.seed.value(),
                self.per.current_id(), together,
            )  # fmt: skip
        if way == "value":
            return (
                ByValue(self.column.current_id(), (self.value.current_id()[1:],)) if self.value.current_id() else None
            )
        if self.hand.current_id() == "=selected":
            return ByHand(self.selected, self.together.isChecked())
        return self.hand.current_id() or None

    def note(self) -> str:
        """A word that remembers how the rows were chosen."""
        how = self.how()
        if isinstance(how, ByChance):
            return f"by chance, seed {how.seed}"
        if isinstance(how, ByValue):
            return f"{how.column} = {how.values[0][:40]}"
        return how if isinstance(how, str) else "by hand"

    def moves(self) -> bool:
        """Whether the rows leave this set."""
        return not self.sample and self.moving.current() == "move"

    def _follow(self) -> None:
        for box in (self.unit, self.per, self.value, self.hand):
            box.currentIndexChanged.connect(lambda _: self.chosen.emit())
        for spin in (self.amount, self.seed):
            spin.valueChanged.connect(lambda _: self.chosen.emit())
        self.column.currentIndexChanged.connect(lambda _: self.column_wanted.emit(self.column.current_id()))
        self.way.changed.connect(lambda _: self._way_chosen())
        self.moving.changed.connect(lambda _: self.chosen.emit())
        self.together.toggled.connect(lambda _: self.chosen.emit())
        self.into.textChanged.connect(lambda _: self.chosen.emit())

    def _way_chosen(self) -> None:
        self._show_way()
        self.chosen.emit()

    def _show_way(self) -> None:
        way = "chance" if self.sample else self.way.current()
        shown = {way} | ({"together"} if way != "value" else set())
        for name, widgets in self._lines.items():
            for widget in widgets:
                widget.setVisible(name in shown)


def _hint(words: Text) -> Label:
    return Label(words, "small", "text3")


def _quoted(tag: str) -> str:
    return '"' + tag.replace("\\", "\\\\").replace('"', '\\"') + '"'
