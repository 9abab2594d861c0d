"""What the start page does: recent projects, the guided one, and what this PC can train."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.threads import run_in_thread
from services.i18n import tr
from services.projects import recent

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from desktop.views.start import StartPage

log = logging.getLogger("tunesmith.window")


class StartController:
    """Behind the start page."""

    def __init__(self, window: "MainWindow", view: "StartPage") -> None:
        self._window, self._view = window, view

    def recent(self) -> list[recent.RecentProject]:
        """Projects that were open lately, newest first."""
        return recent.recent_projects()

    def open(self, folder: str) -> None:
        """Open one of them."""
        self._window.open_project(Path(folder))

    def forget(self, folder: str) -> None:
        """Take one off the list."""
        recent.forget(Path(folder))

    def look_at_machine(self) -> None:
        """Ask, off the window's thread, what this PC can train, and show it."""
        from desktop.controllers.machine import read_machine

        run_in_thread(self._view, read_machine, self._view.show_machine_said, self._machine_failed)

    def _machine_failed(self, error: Exception) -> None:
        log.warning("the machine cannot be read", exc_info=error)
        self._view.show_machine("cpu", "text2", lambda: tr("What this PC can train is not known yet."), "")


def folder_words(folder: Path) -> str:
    """A folder as a person says it: 'Documents › Lantern support'."""
    home = Path.home()
    parts = folder.relative_to(home).parts if folder.is_relative_to(home) else folder.parts
    names = {"Documents": tr("Documents"), "Desktop": tr("Desktop"), "Downloads": tr("Downloads")}
    shown = [names.get(part, part).rstrip("\\/") or part for part in parts]
    return " › ".join(shown)
