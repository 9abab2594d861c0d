"""Merge data sets: which ones, how their columns match, and what comes of it."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QAbstractItemView, QFrame, QListWidget, QListWidgetItem

from desktop.controllers.dataset_parts import MergeController
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.column_roles import role_chip
from desktop.widgets.inputs import LineEdit
from desktop.widgets.merged_columns import MergedColumns
from desktop.widgets.switch import Switch
from desktop.widgets.text import Label
from desktop.widgets.work_dialog import WorkDialog
from services.datasets.merging import Merged, MergePlan
from services.datasets.names import free_variant, new_name
from services.errors import TunesmithError
from services.i18n import tr, trn

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_AFTER_MS = 150
_SOURCE = "source"


@pages.add("merge")
class MergeDialog(WorkDialog):
    """key: the data set that is chosen at first, and gives the columns their names."""

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(
            window, lambda: tr("Merge data sets"),
            lambda: tr("One set of all their rows. Columns are matched by what they mean, then by name."),
            lambda: tr("Merge"),
        )  # fmt: skip
        self._main = window
        self.merging = MergeController(window)
        self.merging.stop = self.stop
        self._number = 0
        self.plan: MergePlan | None = None
        project = self.merging.project
        names = sorted(project.dataset_names(), key=lambda name: name != key)
        self.sets = QListWidget()
        self.sets.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.sets.setAccessibleName(tr("Data sets"))
        self.sets.setFixedHeight(min(6, len(names)) * 22 + 8)
        self.sets.setFrameShape(QFrame.Shape.NoFrame)
        self.sets.setMinimumWidth(360)
        for name in names:
            item = QListWidgetItem(name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked if name == key or len(names) == 2 else Qt.CheckState.Unchecked)
            self.sets.addItem(item)
        self.into = LineEdit(free_variant(project, f"{key}-merged"), name=lambda: tr("Name of the new set"))
        self.into.setMinimumWidth(280)
        self.drop_equal = Switch(True, lambda: tr("Leave out equal rows"))
        self.keep_source = Switch(False, lambda: tr("Say where a row came from"))
        self.source = LineEdit(_SOURCE, name=lambda: tr("Name of the column"))
        self.line(0, lambda: tr("Data sets"), self.sets)
        self.line(1, lambda: tr("Equal rows"), self.drop_equal, _hint("left"))
        self.line(2, lambda: tr("Where from"), self.keep_source, _hint("source"), self.source)
        self.line(3, lambda: tr("New set"), self.into)
        self.columns = MergedColumns(role_chip)
        self.form.addWidget(self.columns, 4, 0, 1, 2)
        self._after = QTimer(self)
        self._after.setSingleShot(True)
        self._after.setInterval(_AFTER_MS)
        self._after.timeout.connect(self._look)
        for signal in (self.sets.itemChanged, self.into.textChanged, self.source.textChanged,
                       self.keep_source.toggled, self.drop_equal.toggled):  # fmt: skip
            signal.connect(lambda *_: self._wait())
        self._wait()

    def names(self) -> list[str]:
        """The chosen sets, in their order."""
        items = [self.sets.item(i) for i in range(self.sets.count())]
        return [item.text() for item in items if item.checkState() == Qt.CheckState.Checked]

    def _wait(self) -> None:
        self.go.allow(False)
        self.source.setVisible(self.keep_source.isChecked())
        self._after.start()

    def _look(self) -> None:
        self._number += 1
        number, names = self._number, self.names()
        if len(names) < 2:
            self.columns.show_plan(None)
            self.preview(lambda: tr("Choose at least two data sets."), able=False)
            return

        def done(plan: MergePlan) -> None:
            if number == self._number and not self.over and not self.busy:
                self.plan = plan
                self.columns.show_plan(plan)
                self._say(plan)

        def failed(error: Exception) -> None:
            if number == self._number:
                self.columns.show_plan(None)
                self.say_error(error)

        run_in_thread(self, lambda: self.merging.plan(names), done, failed)

    def _say(self, plan: MergePlan) -> None:
        try:
            new_name(self.merging.project, self.into.text().strip())
        except TunesmithError as error:
            self.say_error(error)
            return
        into, rows = self.into.text().strip(), sum(plan.rows)
        if self.drop_equal.isChecked():
            self.preview(lambda: trn("{into} will have at most {n} row.", "{into} will have at most {n} rows.", rows,
                                     into=into))  # fmt: skip
        else:
            self.preview(lambda: trn("{into} will have {n} row.", "{into} will have {n} rows.", rows, into=into))

    def begin(self) -> None:
        if self.busy or self.plan is None:
            return
        self.stop.clear()
        self.set_busy(True)
        names, into, drop = self.names(), self.into.text().strip(), self.drop_equal.isChecked()
        source = self.source.text().strip() if self.keep_source.isChecked() else ""
        run_in_thread(
            self,
            lambda: self.merging.merge(names, into, source, drop_equal=drop, progress=self.tell),
            self._made,
            self.say_error,
        )

    def _made(self, made: Merged) -> None:
        main, into, left = self._main, made.path.stem, sum(made.left_out.values())
        main.look_again()

        def words() -> str:
            said = trn("{into} has {n} row", "{into} has {n} rows", made.rows, into=into)
            return said + (
                ", " + trn("{n} equal row was left out.", "{n} equal rows were left out.", left) if left else "."
            )

        open_it: Any = (lambda: tr("Open {name}", name=into), "primary", lambda: main.open_page("dataset", into))
        self.finish(words, [open_it])


def _hint(what: str) -> Label:
    if what == "left":
        return Label(lambda: tr("rows whose cells all equal an earlier row's are left out"), "small", "text3")
    return Label(lambda: tr("a column with the set's name"), "small", "text3")
