"""What can be done with a version: save, rename, note, take the name away, go back, write to a file. All but the file
can be undone from the toast."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from desktop.actions import round_menu
from desktop.controllers.versions import Place, edit_set
from desktop.widgets.ask_text import ask_text
from services.datasets.exporting import export_rows
from services.datasets.readstore import Version
from services.datasets.store import DatasetStore
from services.datasets.versions import delete_version, go_back, rename_version, restore_version, set_note
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.views.versions import VersionsPage


class VersionEdits:
    """The edits of one versions page."""

    def __init__(self, page: "VersionsPage") -> None:
        self._page = page

    def popup(self, below: QWidget) -> None:
        """The menu of what else can be done with the chosen version."""
        menu = round_menu(QMenu(self._page))
        for command in ("versions.rename", "versions.note", "versions.write", "versions.delete"):
            menu.addAction(self._page.main.actions_.of(command))
        menu.popup(below.mapToGlobal(below.rect().bottomLeft()))

    def save(self) -> None:
        """Name the present state."""
        name = ask_text(
            self._page.main, lambda: tr("Save a version"), lambda: tr("Name"), "",
            placeholder=lambda: tr("Left empty it gets a number"), empty=True, action=lambda: tr("Save"),
        )  # fmt: skip
        if name is not None:
            self._edit(lambda store: store.save_version(name.strip()), self._saved)

    def rename(self) -> None:
        """Ask for another name."""
        place = self._place()
        name = ask_text(self._page.main, lambda: tr("Rename the version"), lambda: tr("Name"), place.name,
                        action=lambda: tr("Rename"))  # fmt: skip
        if name is None or name.strip() == place.name:
            return

        def done(version: Version) -> None:
            self._look(version.name)
            self._toast(lambda: tr("It is called {name} now.", name=version.name), self._renamed(version.name, place.name))  # noqa: E501  # fmt: skip

        self._edit(lambda store: rename_version(store, place.name, name), done)

    def note(self) -> None:
        """Ask for a note."""
        place = self._place()
        note = ask_text(self._page.main, lambda: tr("Note on {name}", name=place.name), lambda: tr("Note"), place.note,
                        empty=True, action=lambda: tr("Save"))  # fmt: skip
        if note is not None and note.strip() != place.note:
            self._edit(lambda store: set_note(store, place.name, note), lambda v: self._look(v.name))

    def delete(self) -> None:
        """Take the name away; Undo puts it back."""
        place = self._place()

        def done(version: Version) -> None:
            self._look("")
            self._toast(
                lambda: tr("{name} is no version any more; no row is lost.", name=version.name),
                lambda: self._edit(lambda store: restore_version(store, version), lambda _: self._look(version.name)),
            )

        self._edit(lambda store: delete_version(store, place.name), done)

    def back(self) -> None:
        """Go back to the chosen state by an edit; Undo brings the present back."""
        place = self._place()

        def work(store: DatasetStore) -> tuple[int, int]:
            before = store.revision
            return before, go_back(store, place.revision)

        def done(found: tuple[int, int]) -> None:
            self._look("now")
            if found[0] == found[1]:
                self._page.main.toast(lambda: tr("Nothing differs."), icon="info", icon_role="text2")
                return
            self._toast(lambda: tr("The rows are as they were: {name}.", name=place.title()),
                        lambda: self._undo(found[1]))  # fmt: skip

        self._edit(work, done)

    def write(self) -> None:
        """Write the rows of the chosen state to a file."""
        place, page = self._place(), self._page
        kinds = "JSONL (*.jsonl);;JSON (*.json);;CSV (*.csv);;TSV (*.tsv)"
        name = f"{page.key} {place.name}".strip() + ".jsonl"
        path, _ = QFileDialog.getSaveFileName(page, tr("Write to a file"), name, kinds)
        if not path:
            return
        store = page.controller.store

        def done(made: Any) -> None:
            page.main.toast(lambda: tr("{name} is written.", name=made.path.name), icon="export")

        page.run(lambda: export_rows(store, Path(path), revision=place.revision), done)

    # --- inside ---------------------------------------------------------------------------------------------------

    def _place(self) -> Place:
        place = self._page.place()
        assert place is not None
        return place

    def _edit(self, work: Any, done: Any) -> None:
        edit_set(self._page.main, self._page.key, work, done, self._page.show_error)

    def _saved(self, version: Version) -> None:
        self._look(version.name)
        self._page.main.toast(lambda: tr("Saved as {name}", name=version.name), icon="bookmark-simple")

    def _renamed(self, now: str, before: str) -> Any:
        return lambda: self._edit(lambda store: rename_version(store, now, before), lambda v: self._look(v.name))

    def _undo(self, revision: int) -> None:
        def work(store: DatasetStore) -> None:
            if store.revision == revision:  # else something else was done since, and the undo is not meant for it
                store.undo()

        self._edit(work, lambda _: self._look("now"))

    def _look(self, name: str) -> None:
        self._page.look("now" if name in ("", "now") else f"v:{name}")

    def _toast(self, words: Any, undo: Any) -> None:
        self._page.main.toast(words, action=lambda: tr("Undo"), run=undo)
