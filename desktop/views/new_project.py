"""New project: its name, and where its folder goes."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog

from desktop.controllers.importing import default_parent, free_folder, make_project
from desktop.views import pages
from desktop.widgets.boxes import row
from desktop.widgets.buttons import Button
from desktop.widgets.dialog import Dialog
from desktop.widgets.inputs import LineEdit
from desktop.widgets.text import ElidedLabel, Label
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("new_project")
class NewProjectDialog(Dialog):
    """Two fields; the folder that comes of them stands below."""

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(
            window,
            lambda: tr("New project"),
            lambda: tr("A plain folder that holds data, runs and chats; you can move, copy and zip it."),
            width=600,
        )
        self._main = window
        self.parent_folder = default_parent(window.settings)
        self.name = LineEdit(tr("My project"), name=lambda: tr("Name"))
        self.name.textChanged.connect(self._show)
        self.place = ElidedLabel("", "body", "text", middle=True)
        change = Button(lambda: tr("Change…"))
        change.clicked.connect(self._change)
        self.comes = ElidedLabel("", "small", "text3", middle=True)
        self.body.addWidget(Label(lambda: tr("Name"), "body", "text2"))
        self.body.addSpacing(4)
        self.body.addWidget(self.name)
        self.body.addSpacing(16)
        self.body.addWidget(Label(lambda: tr("Place"), "body", "text2"))
        self.body.addSpacing(4)
        line = row(gap=8)
        line.box.addWidget(self.place, 1)
        line.add(change)
        self.body.addWidget(line)
        self.body.addSpacing(4)
        self.body.addWidget(self.comes)
        self.footer.addStretch(1)
        cancel = Button(lambda: tr("Cancel"))
        cancel.clicked.connect(self.reject)
        self.make = Button(lambda: tr("Make the project"), "primary", "folder-plus")
        self.make.clicked.connect(self._make)
        self.name.returnPressed.connect(self._make)
        self.footer.addWidget(cancel)
        self.footer.addWidget(self.make)
        self.name.selectAll()
        self._show()

    def _show(self) -> None:
        name = self.name.text().strip()
        self.make.allow(bool(name), lambda: tr("Give it a name first."))
        self.place.set_text(str(self.parent_folder))
        self.comes.set_text(str(free_folder(self.parent_folder, name)) if name else "")

    def _change(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, tr("Place"), str(self.parent_folder))
        if folder:
            self.parent_folder = Path(folder)
            self._show()

    def _make(self) -> None:
        name = self.name.text().strip()
        if name and self.make.isEnabled():
            self.accept()
            make_project(self._main, free_folder(self.parent_folder, name))
