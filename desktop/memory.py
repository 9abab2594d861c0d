"""What the window remembers from one time to the next: its place, its docks, and a project's tabs."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, Qt

from desktop.controllers.session import window_memory
from desktop.views import available
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

_SIZE = (1440, 900)


def keep_place(window: "MainWindow") -> None:
    """Keep where window and docks are."""
    memory = window_memory()
    memory.setValue("geometry", window.saveGeometry())
    memory.setValue("docks", window.frame.dock_state())
    memory.sync()


def restore_place(window: "MainWindow") -> None:
    """Put window and docks where they were."""
    memory = window_memory()
    geometry = memory.value("geometry")
    if not (isinstance(geometry, QByteArray) and window.restoreGeometry(geometry)):
        window.resize(*_SIZE)
    docks = memory.value("docks")
    if isinstance(docks, QByteArray):
        window.frame.restore_docks(docks)
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)


def keep_tabs(window: "MainWindow") -> None:
    """Keep which tabs of the project are open and where each was."""
    if window.project is None:
        return
    front = window.page
    tabs = [{"kind": p.kind, "key": p.key, "state": p.state()} for p in window.frame.tabs.pages()]
    window.session.remember_tabs({"tabs": tabs, "front": front.id if front is not None else ""})


def reopen_tabs(window: "MainWindow") -> None:
    """Open the tabs that the project had; its first table if it had none."""
    state = window.session.remembered_tabs()
    for tab in state.get("tabs", []):
        if tab.get("kind") in available():
            page = window.open_page(str(tab["kind"]), str(tab.get("key", "")), front=False)
            if page is not None:
                page.restore(dict(tab.get("state") or {}))
    front = window.frame.tabs.page_of(str(state.get("front", "")))
    if front is not None:
        window.frame.tabs.show_page(front)
    elif not window.frame.tabs.pages() and window.project is not None:
        names = window.project.dataset_names()
        if names and "dataset" in available():
            window.open_page("dataset", names[0])
    if window.read_only:
        window.toast(
            lambda: tr("Another window has this project open; here it can only be read."),
            icon="lock-simple",
            icon_role="text2",
            shown_ms=12_000,
        )
