"""Commands of the Help menu."""

from desktop.commands import Command, add
from desktop.main_window import MainWindow
from services.i18n import tr


def _logs(window: MainWindow) -> None:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    from services.paths import logs_dir

    QDesktopServices.openUrl(QUrl.fromLocalFile(str(logs_dir())))


add(Command("help.shortcuts", lambda: tr("Keyboard shortcuts"), lambda w: w.open_page("shortcuts"), "keyboard", "F1",
            "help", 10))  # fmt: skip
add(
    Command(
        "help.machine",
        lambda: tr("What this PC can train"),
        lambda w: w.open_page("machine"),
        "cpu",
        menu="help",
        order=20,
    )
)
add(Command("help.logs", lambda: tr("Show the log files"), _logs, "article", menu="help", order=30))
add(
    Command("help.about", lambda: tr("About Tunesmith"), lambda w: w.open_page("about"), "info", menu="help", order=110)
)
