"""Export of a data set: the kind of file, the format of its rows, the version; what that keeps stands below."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.controllers.data_files import KINDS, export_set, kind_note, kind_title
from desktop.threads import run_in_thread
from desktop.views import pages
from desktop.widgets.boxes import row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import ComboBox
from desktop.widgets.switch import Switch
from desktop.widgets.text import Label, Paragraph, Text
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_AS_THEY_ARE, _NOW = "-", "-"


@pages.add("export_rows")
class ExportRowsDialog(Dialog):
    """key: the data set's name."""

    def __init__(self, window: "MainWindow", key: str) -> None:
        super().__init__(window, lambda: tr("Export {name}", name=key), width=600)
        self.main, self.key = window, key
        self._revisions: dict[str, int] = {}
        self.file_kind = ComboBox(
            [(k, partial(kind_title, k)) for k in KINDS], "jsonl", name=lambda: tr("Kind of file")
        )
        self.format = ComboBox(_formats(), _AS_THEY_ARE, name=lambda: tr("Format of the rows"))
        self.version = ComboBox([(_NOW, lambda: tr("As they are now"))], _NOW, name=lambda: tr("Version"))
        self.register = Switch(name=lambda: tr("Name the file in dataset_info.json beside it"))
        for title, field in (
            (lambda: tr("Kind of file"), self.file_kind),
            (lambda: tr("Format of the rows"), self.format),
            (lambda: tr("Version"), self.version),
        ):
            self._field(title, field)
        self.body.addWidget(
            row(self.register, Label(lambda: tr("Name the file in dataset_info.json beside it")), "s", gap=10)
        )
        self.body.addSpacing(16)
        self.note = Paragraph("", "small", width=536)
        self.body.addWidget(self.note)
        self.footer.addStretch(1)
        cancel = Button(lambda: tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.go = Button(lambda: tr("Choose where…"), "primary", "file-arrow-down")
        self.go.clicked.connect(self._choose)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.go)
        self.file_kind.currentIndexChanged.connect(self._say)
        self._say()
        assert window.project is not None
        path = window.project.dataset_path(key)
        run_in_thread(self, lambda: _versions(path), self._show_versions)

    def _field(self, name: Text, widget: QWidget) -> None:
        self.body.addWidget(Label(name, "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(widget)
        self.body.addSpacing(12)

    def _say(self) -> None:
        kind = self.file_kind.current_id()
        self.note.set_text(lambda: kind_note(kind))
        listed = kind in ("jsonl", "json", "csv", "parquet", "arrow", "txt")
        self.register.setEnabled(listed)
        if not listed:
            self.register.setChecked(False)

    def _show_versions(self, found: list[tuple[str, int]]) -> None:
        self._revisions = dict(found)
        choices: list[tuple[str, Text]] = [(_NOW, lambda: tr("As they are now"))]
        self.version.fill([*choices, *((name, name) for name, _ in reversed(found))], _NOW)

    def _choose(self) -> None:
        kind, to = self.file_kind.current_id(), self.format.current_id()
        to = "" if to == _AS_THEY_ARE else to
        version = self.version.current_id()
        name = "-".join(part for part in (self.key, version if version in self._revisions else "", to) if part)
        start = str(Path.home() / f"{name}.{kind}")
        chosen, _ = QFileDialog.getSaveFileName(
            self.main, tr("Export the rows"), start, f"{kind_title(kind)} (*.{kind})"
        )
        if not chosen:
            return
        path = Path(chosen)
        path = path if path.suffix else path.with_name(f"{path.name}.{kind}")
        export_set(self.main, self.key, path, kind=kind, to=to, revision=self._revisions.get(version),
                   register=self.register.isChecked())  # fmt: skip
        self.accept()


def _formats() -> list[tuple[str, Text]]:
    from services.datasets.converting import targets

    found: list[tuple[str, Text]] = [(_AS_THEY_ARE, lambda: tr("As they are"))]
    return found + [(i, partial(tr, targets.get(i).title)) for i in targets.ids()]


def _versions(path: Path) -> list[tuple[str, int]]:
    from services.datasets.store import DatasetStore

    with DatasetStore.open(path, read_only=True) as store:
        return [(version.name, version.revision) for version in store.versions()]
