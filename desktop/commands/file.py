"""Commands of the File menu: projects, settings, quitting."""

from pathlib import Path

from desktop.commands import Command, add, project_open
from desktop.main_window import MainWindow
from services.i18n import tr


def _open(window: MainWindow) -> None:
    from PySide6.QtWidgets import QFileDialog

    from desktop.controllers.importing import default_parent

    start = str(default_parent(window.settings))
    folder = QFileDialog.getExistingDirectory(window, tr("Open a project"), start)
    if folder:
        window.open_project(Path(folder))


def _guided(window: MainWindow) -> None:
    from desktop.controllers.importing import guided_project

    guided_project(window)


def _show_folder(window: MainWindow) -> None:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    if window.project is not None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(window.project.folder)))


add(
    Command(
        "project.new",
        lambda: tr("New project…"),
        lambda w: w.open_page("new_project"),
        "folder-plus",
        "Ctrl+N",
        "file",
        10,
    )
)
add(
    Command(
        "project.guided", lambda: tr("Guided first project"), _guided, "path", "Ctrl+Shift+N", menu="file", order=20
    )
)
add(Command("project.open", lambda: tr("Open a project…"), _open, "folder-open", "Ctrl+Shift+O", "file", 30))
add(
    Command(
        "project.folder",
        lambda: tr("Show the project's folder"),
        _show_folder,
        "folder-notch-open",
        menu="file",
        order=110,
        enabled_when=project_open,
    )
)
add(
    Command(
        "project.close",
        lambda: tr("Close the project"),
        MainWindow.close_project,
        "x",
        "Ctrl+Shift+W",
        "file",
        120,
        project_open,
    )
)
add(Command("settings.open", lambda: tr("Settings"), lambda w: w.open_page("settings"), "gear", "Ctrl+,", "file", 210))
add(Command("app.quit", lambda: tr("Quit"), lambda w: w.close(), "sign-out", "Ctrl+Q", "file", 310))
