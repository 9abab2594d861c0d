"""Start of the window: `python -m desktop.app [PROJECT]`."""

import argparse
import os
import sys
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from desktop.gc_guard import GcGuard
from desktop.main_window import MainWindow
from desktop.start_up import chosen_language, start_log, tell_faults, use_settings, warm_up
from desktop.theme.apply import install
from desktop.threads import run_in_thread
from desktop.widgets.focus_ring import FocusRing
from services import __version__
from services.i18n import set_language
from services.settings import Settings, load_settings

_WARM_UP_MS = 600  # after the first paint, when nobody waits for anything


def main(argv: list[str] | None = None) -> int:
    """Open the window and stay until it is closed. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="tunesmith", description="Tunesmith's window")
    parser.add_argument("project", nargs="?", type=Path, help="project folder to open")
    options = parser.parse_args(argv if argv is not None else sys.argv[1:])
    app = make_application()
    start_log()
    settings = load_settings()
    use_settings(settings)
    guard = GcGuard(app)
    window = make_window(app, settings)
    tell_faults(window)
    window.show()
    QTimer.singleShot(0, window, lambda: after_first_paint(window, options.project))
    code = app.exec()
    guard.release()
    ring = app.property("ring")
    if isinstance(ring, FocusRing):
        ring.deleteLater()
    return int(code)


def make_application() -> QApplication:
    """The one QApplication, named."""
    QApplication.setApplicationName("Tunesmith")
    QApplication.setApplicationVersion(__version__)
    QApplication.setDesktopFileName("tunesmith")
    found = QApplication.instance()
    return found if isinstance(found, QApplication) else QApplication(sys.argv[:1])


def make_window(app: QApplication, settings: Settings) -> MainWindow:
    """The window in the look and language that were chosen, not shown yet."""
    set_language(chosen_language(settings.language))
    install(app, settings.theme, chosen_language(settings.language))
    app.setProperty("ring", FocusRing(app))
    return MainWindow(settings)


def after_first_paint(window: MainWindow, project: Path | None) -> None:
    """Open what was asked for, or what was open last; then begin to watch the card."""
    from desktop.controllers.session import window_memory

    last = str(window_memory().value("last_project", "") or "")
    try:
        if project is not None:
            window.open_project(project)
        elif window.settings.reopen and last and (Path(last) / "project.toml").is_file():
            window.open_project(Path(last))
    except Exception as error:  # noqa: BLE001 (a window without its project is better than none: said, and in the log)
        window.show_error(error)
    window.begin()
    if os.environ.get("TUNESMITH_QUIT_AFTER_START"):  # the start-up benchmark and its test
        QTimer.singleShot(0, window, window.close)
    else:
        QTimer.singleShot(_WARM_UP_MS, window, lambda: run_in_thread(window, warm_up))


if __name__ == "__main__":
    sys.exit(main())
