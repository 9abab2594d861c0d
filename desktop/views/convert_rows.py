"""Conversion of a data set: the format, the new set's name, and what the first rows would lose."""

from functools import partial
from typing import TYPE_CHECKING

from desktop.controllers.data_files import convert_set, first_losses, loss_lines
from desktop.threads import Task, run_in_thread
from desktop.views import pages
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import ComboBox, LineEdit, mark_error
from desktop.widgets.text import Label, Paragraph, Text
from services.errors import TunesmithError
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.datasets.convert import Loss

_SHOWN = 5


@pages.add("convert_rows")
class ConvertRowsDialog(Dialog):
    """key: the data set's name. The set itself stays; a new one is made."""

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(
            window,
            lambda: tr("Convert {name}", name=key),
            lambda: tr("Makes a new data set; this one stays as it is."),
            width=600,
        )
        self.main, self.key = window, key
        self._task: Task | None = None
        self._possible = False
        self.format = ComboBox(_formats(), "openai", name=lambda: tr("Format"))
        self.name = LineEdit("", name=lambda: tr("Name of the new data set"))
        self.wrong = Label("", "small", "err")
        self.body.addWidget(Label(lambda: tr("Format"), "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(self.format)
        self.body.addSpacing(12)
        self.body.addWidget(Label(lambda: tr("Name of the new data set"), "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(self.name)
        self.body.addSpacing(4)
        self.body.addWidget(self.wrong)
        self.body.addSpacing(8)
        self.note = Paragraph("", "small", width=536)
        self.body.addWidget(self.note)
        self.footer.addStretch(1)
        cancel = Button(lambda: tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Convert"), "primary", "arrows-left-right")
        self.go.clicked.connect(self._convert)
        self.name.returnPressed.connect(self._convert)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.go)
        self.format.currentIndexChanged.connect(self._chosen)
        self.name.textEdited.connect(lambda _: self._refuse(""))
        self._chosen()

    def _chosen(self) -> None:
        from pathlib import Path

        from services.datasets.names import free_name

        project, to = self.main.project, self.format.current_id()
        assert project is not None
        self.name.setText(free_name(project, Path(f"{self.key}-{to}.x")))
        self._refuse("")
        self._possible = False
        self.go.allow(False, lambda: tr("The first rows are being looked at."))
        self.note.set_text(lambda: tr("The first rows are being looked at."))
        path = project.dataset_path(self.key)
        if self._task is not None:
            self._task.cancel()
        self._task = run_in_thread(self, lambda: first_losses(path, to), self._show, self._cannot)

    def _show(self, losses: "list[Loss]") -> None:
        self._possible = True
        self.go.allow(True)
        lines = loss_lines([], losses)
        if not lines:
            self.note.set_text(lambda: tr("The first rows lose nothing."))
            return
        more = [tr("… and {n} more.", n=len(lines) - _SHOWN)] if len(lines) > _SHOWN else []
        self.note.set_text("\n".join([tr("Of the first 200 rows:"), *lines[:_SHOWN], *more]))

    def _cannot(self, error: Exception) -> None:
        if not isinstance(error, TunesmithError):
            self.main.show_error(error)
            return
        sentence = " ".join(error.localized())
        self.note.set_text(sentence)
        self.go.allow(False, sentence)

    def _refuse(self, text: Text) -> None:
        mark_error(self.name, bool(text))
        self.wrong.set_text(text)

    def _convert(self) -> None:
        from services.datasets.names import new_name

        project = self.main.project
        if project is None or not self._possible:
            return
        try:
            name = new_name(project, self.name.text().strip())
        except TunesmithError as error:
            self._refuse(" ".join(error.localized()))
            return
        convert_set(self.main, self.key, self.format.current_id(), name)
        self.accept()


def _formats() -> list[tuple[str, Text]]:
    from services.datasets.converting import targets

    return [(i, partial(tr, targets.get(i).title)) for i in targets.ids()]
