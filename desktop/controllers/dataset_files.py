"""Whole data sets from the window: another name, a copy, away into the trash with Undo, and emptying the trash."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu

from desktop.actions import round_menu
from desktop.threads import run_in_thread
from desktop.times import gigabytes
from desktop.widgets.ask_text import ask_text
from desktop.widgets.dialog import confirm
from desktop.widgets.working import Working
from services.i18n import tr, trn
from services.projects.dataset_files import (
    TrashItem,
    bring_back,
    copy_dataset,
    empty_trash,
    remove_dataset,
    rename_dataset,
    trash,
)

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_KINDS = ("dataset", "versions", "version_rows")


def rename_set(window: "MainWindow", name: str) -> None:
    """Ask for another name; its pages open again under it."""
    new = ask_text(
        window, lambda: tr("Rename {name}", name=name), lambda: tr("Name"), name, action=lambda: tr("Rename")
    )
    if new is None or new.strip() == name or window.project is None:
        return
    project, wanted = window.project, new.strip()
    was_open = _close(window, name)

    def done(_: Any) -> None:
        window.look_again()
        if was_open:
            window.open_page("dataset", wanted)
        window.toast(lambda: tr("It is called {name} now.", name=wanted), action=lambda: tr("Undo"),
                     run=lambda: _rename_back(window, wanted, name))  # fmt: skip

    _do(window, lambda: rename_dataset(project, name, wanted), done, name if was_open else "")


def duplicate_set(window: "MainWindow", name: str) -> None:
    """Copy a set with its edits and versions, and show the copy."""
    project = window.project
    if project is None:
        return
    working = Working(window, lambda: tr("Copying {name}", name=name))

    def done(path: Any) -> None:
        working.done()
        window.look_again()
        window.open_page("dataset", path.stem)
        window.toast(lambda: tr("{copy} is a copy of {name}, versions and all.", copy=path.stem, name=name))

    def failed(error: Exception) -> None:
        working.done()
        window.show_error(error)

    run_in_thread(window, lambda: copy_dataset(project, name), done, failed)


def delete_set(window: "MainWindow", name: str) -> None:
    """Move a set into the project's trash; Undo brings it back."""
    project = window.project
    if project is None:
        return
    was_open = _close(window, name)

    def back(item: TrashItem) -> None:
        def done(made: str) -> None:
            window.look_again()
            window.open_page("dataset", made)

        run_in_thread(window, lambda: bring_back(project, item), done, window.show_error)

    def done(item: TrashItem) -> None:
        window.look_again()
        window.toast(
            lambda: tr("{name} lies in the project's trash.", name=name), icon="trash", action=lambda: tr("Undo"),
            run=lambda: back(item), shown_ms=10_000,
        )  # fmt: skip

    _do(window, lambda: remove_dataset(project, name), done, name if was_open else "")


def empty_the_trash(window: "MainWindow") -> None:
    """Delete what lies in the trash, having said what goes."""
    project = window.project
    if project is None:
        return
    items = trash(project)
    if not items:
        window.toast(lambda: tr("The trash of this project is empty."), icon="info", icon_role="text2")
        return

    def what_goes() -> str:
        names = ", ".join(dict.fromkeys(item.name for item in items))
        size = gigabytes(sum(item.size_bytes for item in items))
        words = trn(
            "{n} data set goes for good, with its edits and versions: {names} ({size}).",
            "{n} data sets go for good, with their edits and versions: {names} ({size}).",
            len(items), names=names, size=size,
        )  # fmt: skip
        return words + "\n" + tr("This can't be undone.")

    if confirm(window, lambda: tr("Empty the trash of this project?"), what_goes, lambda: tr("Delete")):

        def done(freed: int) -> None:
            window.toast(lambda: tr("{size} are free again.", size=gigabytes(freed)), icon="trash")

        run_in_thread(window, lambda: empty_trash(project), done, window.show_error)


def popup_set_menu(window: "MainWindow", name: str, at: QPoint) -> None:
    """The menu of a data set in the explorer."""
    menu = round_menu(QMenu(window))
    may = not window.read_only
    entries: list[tuple[str, Callable[[], Any], bool]] = [
        (tr("Open the table"), lambda: window.open_page("dataset", name), True),
        (tr("Versions and what changed"), lambda: window.open_page("versions", name), True),
        (tr("Split off rows…"), lambda: window.open_page("split", name), may),
        (tr("Draw a sample…"), lambda: window.open_page("sample", name), may),
        (tr("Merge data sets…"), lambda: window.open_page("merge", name), may),
        (tr("Rename…"), lambda: rename_set(window, name), may),
        (tr("Duplicate"), lambda: duplicate_set(window, name), may),
        (tr("Move to the trash"), lambda: delete_set(window, name), may),
    ]
    for number, (words, act, able) in enumerate(entries):
        if number in (2, 5):
            menu.addSeparator()
        action = menu.addAction(words)
        action.triggered.connect(lambda _=False, a=act: a())
        action.setEnabled(able)
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)


def _close(window: "MainWindow", name: str) -> bool:
    """Close the pages of a set, so that its file may move; whether its table was open."""
    tabs = window.frame.tabs
    found = [p for p in tabs.pages() if p.kind in _KINDS and p.key.split("|")[0] == name]
    for page in found:
        tabs.close_page(page)
    return any(p.kind == "dataset" for p in found)


def _do(window: "MainWindow", work: Callable[[], Any], done: Callable[[Any], None], reopen: str) -> None:
    """Do it in a thread. reopen: the set whose table is opened again if it fails."""

    def failed(error: Exception) -> None:
        if reopen:
            window.open_page("dataset", reopen)
        window.show_error(error)

    run_in_thread(window, work, done, failed)


def _rename_back(window: "MainWindow", name: str, before: str) -> None:
    project = window.project
    if project is None:
        return
    was_open = _close(window, name)

    def done(_: Any) -> None:
        window.look_again()
        if was_open:
            window.open_page("dataset", before)

    _do(window, lambda: rename_dataset(project, name, before), done, name if was_open else "")
