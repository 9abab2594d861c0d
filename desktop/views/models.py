"""The models page: those on this PC and those on their way at the left, one of them in full, and Train with it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QWidget

from desktop.controllers.downloads import PREFIX, Download
from desktop.controllers.model_removal import take_away
from desktop.controllers.models import Details, ModelsController
from desktop.models.model_items import download_items, model_items, size_words
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import Box
from desktop.widgets.download_dialog import DownloadDialog
from desktop.widgets.download_panel import DownloadPanel
from desktop.widgets.model_panel import ModelPanel
from desktop.widgets.models_pane import ModelsPane, NoModels
from services.catalogue import SAMPLE_ID, ModelEntry
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("models")
class ModelsPage(Page):
    """key: id of the model that is shown, '' for the first."""

    kind = "models"
    icon = "cube"
    one_tab = True

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, key)
        self.controller = ModelsController(window)
        self.entries: list[ModelEntry] = []
        self._details: Details | None = None
        self._loaded = self._watching = self._arriving = False
        self._wanted = key
        """What is to be chosen as soon as it is there: a model that was asked for, or is on its way."""
        self.pane, self.empty = ModelsPane(), NoModels()
        self.list = self.pane.list
        self.model, self.download, self._waiting = ModelPanel(), DownloadPanel(), Box()
        self._build()
        self._connect()

    def title(self) -> str:
        return tr("Models")

    def show_as_command(self) -> tuple[str, str]:
        download = self._download()
        return ("tunesmith model list" if download is None else f"tunesmith model download {download.model}", "")

    def shown(self) -> None:
        if not self._watching:
            self._watching = True
            self.main.downloads.watch(True)
        self.look()

    def hideEvent(self, event: Any) -> None:
        super().hideEvent(event)
        self._unwatch()

    def closing(self) -> None:
        self._unwatch()

    def turn_to(self, key: str) -> None:
        if key:
            self._wanted = key
            self._show_list()

    def state(self) -> dict[str, Any]:
        return {"chosen": self.key}

    def restore(self, state: dict[str, Any]) -> None:
        self.turn_to(str(state.get("chosen", "")))

    def retranslate(self) -> None:
        self._show_list()

    def search(self, words: str) -> list[tuple[str, str, Any]]:
        low = words.lower()
        found = [e for e in self.entries if low in e.id.lower()]
        return [(e.name, size_words(e), lambda i=e.id: self.turn_to(i)) for e in found[:8]]

    def drop_files(self, paths: list[str]) -> bool:
        folders = [Path(p) for p in paths]
        if not all(folder.is_dir() for folder in folders):
            return False
        for folder in folders:
            self.add_folder(folder)
        return True

    # --- building -------------------------------------------------------------------------------------------------

    def _build(self) -> None:
        self.stack = QStackedWidget()
        for widget in (self._waiting, self.model, self.download, self.empty):
            self.stack.addWidget(widget)
        self.content.addWidget(Box("h", [self.pane]).add(self.stack, 1), 1)
        self.pane.hide()

    def _connect(self) -> None:
        for asked, button, do in (
            (self.pane.sample_asked, self.empty.sample, self.fetch_sample),
            (self.pane.hub_asked, self.empty.hub, self.ask_hub),
            (self.pane.folder_asked, self.empty.folder, self.ask_folder),
        ):
            asked.connect(do)
            button.clicked.connect(do)
        self.pane.search.textChanged.connect(lambda _: self._show_list())
        self.list.chosen.connect(self._choose)
        self.model.train_asked.connect(lambda: self.main.run_command("models.train"))
        self.model.remove_asked.connect(self.remove)
        self.model.folder_asked.connect(self._show_folder)
        self.download.stop_asked.connect(self._stop)
        self.download.again_asked.connect(self._again)
        self.download.dismiss_asked.connect(lambda: self._ask(self.main.downloads.dismiss))
        self.download.acted.connect(self.main.run_command)
        self.main.downloads.changed.connect(self._show_list)
        self.main.downloads.arrived.connect(self._arrived)

    # --- what is shown --------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the models anew, off the window's thread."""
        self.run(self.controller.models, self._read, self._not_read)

    def _read(self, entries: list[ModelEntry]) -> None:
        changed = entries != self.entries
        self.entries, self._loaded, self._arriving = entries, True, False
        self._show_list(anew=changed)

    def _not_read(self, error: Exception) -> None:
        self._arriving = False
        self.show_error(error)

    def _show_list(self, *, anew: bool = False) -> None:
        if not self._loaded or self._arriving:
            return
        downloads = self.main.downloads.all()
        self.pane.sample.setVisible(
            not any(e.id == SAMPLE_ID for e in self.entries) and self._of_model("sample") is None
        )
        empty = not self.entries and not downloads
        self.pane.setVisible(not empty)
        items = [*model_items(self.entries, self.pane.typed()), *download_items(downloads)]
        before = self.list.current()
        self.list.show_items(items)
        ids = [i.id for i in items if not i.heading]
        if self._wanted in ids:
            self.list.choose(self._wanted)
            self._wanted = ""
        if not self.list.current() and ids and not self.pane.typed():
            self.list.choose(ids[0])
        if empty:
            self._set_shown(self.empty, "")
        elif self.list.current().startswith(PREFIX) or anew or self.list.current() != before:
            self._choose(self.list.current())

    def _choose(self, item_id: str) -> None:
        download, entry = self._download(), self._entry()
        if download is not None:
            self.download.show_download(download, self.main.explain)
            self._set_shown(self.download, "")
        elif entry is not None:
            if self.model.entry != entry or self.stack.currentWidget() is not self.model:
                self.model.show_entry(entry)
                self._details = None
            self._set_shown(self.model, entry.id)
            self.model.allow_training(*self.controller.may_train(entry))
            self.run(lambda: self.controller.details(entry), self._show_details)
        elif self.stack.currentWidget() is not self.empty or self.entries:
            self._set_shown(self._waiting, "")

    def _show_details(self, details: Details) -> None:
        if details.entry == self._entry():
            self._details = details
            self.model.show_details(details)

    def _set_shown(self, widget: QWidget, key: str) -> None:
        turned = (self.stack.currentWidget(), self.key) != (widget, key)
        self.stack.setCurrentWidget(widget)
        self.key = key
        self.fills_primary = widget in (self.model, self.empty) or (
            widget is self.download and self.download.has_primary
        )
        if turned:
            self.changed.emit()
            if self.main.page is self:
                self.main.frame.show_road()
                self.main.frame.mark_page()

    # --- what is done ---------------------------------------------------------------------------------------------

    def can_train(self) -> bool:
        """Whether a model that can be trained is shown."""
        entry = self._entry()
        return entry is not None and self.controller.may_train(entry)[0]

    def can_remove(self) -> bool:
        """Whether a model is shown."""
        return self._entry() is not None

    def train(self) -> None:
        """Take the model to the training page."""
        entry, recipe = self._entry(), self.controller.open_recipe()
        if entry is not None:
            self.run(lambda: self.controller.prepare(entry, recipe), lambda r: self.controller.open_training(*r))

    def fetch_sample(self) -> None:
        """Fetch the sample model."""
        self._fetch("sample", "")

    def ask_hub(self) -> None:
        """Ask for a name on the hub, then fetch that model."""
        dialog = DownloadDialog(self)
        dialog.asked.connect(self._fetch)
        dialog.open()

    def ask_folder(self) -> None:
        """Choose a folder of this PC, then add it."""
        folder = QFileDialog.getExistingDirectory(self, tr("Choose a model folder"))
        if folder:
            self.add_folder(Path(folder))

    def add_folder(self, folder: Path) -> None:
        """Remember a model folder, or a folder of such; the first of its models is shown."""
        self.run(lambda: self.controller.add(folder), self._added)

    def remove(self) -> None:
        """Delete a downloaded model, having said exactly what goes; take an added one off the list."""
        entry = self._entry()
        if entry is not None:
            take_away(self, entry, self._details.used_by if self._details is not None else (), self._changed_here)

    def _fetch(self, model: str, endpoint: str) -> None:
        self._wanted = f"{PREFIX}{model}"
        self.pane.search.clear()
        here = next((e for e in self.entries if e.id in (model, SAMPLE_ID if model == "sample" else model)), None)
        if here is not None and here.downloaded and here.usable:
            self.turn_to(here.id)
            self.main.toast(lambda: tr("{name} is here already.", name=here.name), icon="info")
            return
        self.main.downloads.start(model, endpoint=endpoint)

    def _stop(self) -> None:
        self.download.stopping()
        self._ask(self.main.downloads.stop)

    def _ask(self, do: Callable[[str], None]) -> None:
        download = self._download()
        if download is not None:
            do(download.summary.id)

    def _again(self) -> None:
        download = self._download()
        if download is not None:
            self._fetch(download.model, str(getattr(download.job.request, "endpoint", "")))

    def _arrived(self, model: str) -> None:
        shown = self.list.current()
        if shown in ("", PREFIX + ("sample" if model == SAMPLE_ID else model)) or not self.isVisible():
            self._wanted = model
        self._arriving = True
        self.look()

    def _added(self, entries: list[ModelEntry]) -> None:
        self._wanted = entries[0].id if entries else ""
        self._changed_here()

    def _changed_here(self) -> None:
        self.main.look_again()
        self.look()

    def _show_folder(self) -> None:
        entry = self._entry()
        if entry is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(entry.path)))

    # --- inside ---------------------------------------------------------------------------------------------------

    def _entry(self) -> ModelEntry | None:
        return next((e for e in self.entries if e.id == self.list.current()), None)

    def _download(self) -> Download | None:
        return (
            self._of_model(self.list.current().removeprefix(PREFIX)) if self.list.current().startswith(PREFIX) else None
        )

    def _of_model(self, model: str) -> Download | None:
        return next((d for d in self.main.downloads.all() if d.model == model), None)

    def _unwatch(self) -> None:
        if self._watching:
            self._watching = False
            self.main.downloads.watch(False)
