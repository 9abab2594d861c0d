"""Commands of the View menu: palette, tabs, docks, theme and language."""

from desktop.commands import Command, add, project_open
from desktop.main_window import MainWindow
from desktop.theme import is_dark
from desktop.views.page import Page
from services.i18n import language, tr


def _step(window: MainWindow, step: int) -> None:
    tabs = window.frame.tabs.bar
    if tabs.count():
        tabs.setCurrentIndex((tabs.currentIndex() + step) % tabs.count())


def _close_tab(window: MainWindow) -> None:
    if window.page is not None:
        window.frame.tabs.close_page(window.page)


def _has_page(window: MainWindow) -> bool:
    return window.page is not None


def _show_command(window: MainWindow) -> None:
    from desktop.widgets.command_dialog import CommandDialog

    if window.page is not None:
        command, yaml = window.page.show_as_command()
        CommandDialog(window, command, yaml).open()


def _has_command(window: MainWindow) -> bool:
    return window.page is not None and type(window.page).show_as_command is not Page.show_as_command


def _toggle_explorer(window: MainWindow) -> None:
    dock = window.frame.explorer_dock
    dock.setVisible(not dock.isVisible())


def _toggle_inspector(window: MainWindow) -> None:
    window.frame.want_inspector(not window.frame.inspector_wanted())


def _full_screen(window: MainWindow) -> None:
    if window.isFullScreen():
        window.showNormal()
    else:
        window.showFullScreen()


add(
    Command(
        "view.palette",
        lambda: tr("Find anything…"),
        lambda w: w.frame.open_palette(),
        "magnifying-glass",
        "Ctrl+K | Ctrl+Shift+P",
        "view",
        10,
    )
)
add(
    Command(
        "view.command",
        lambda: tr("Show as command…"),
        _show_command,
        "terminal-window",
        menu="view",
        order=20,
        enabled_when=_has_command,
    )
)
add(
    Command(
        "view.jobs", lambda: tr("All jobs"), lambda w: w.open_page("jobs"), "queue", "Ctrl+J", "view", 30,
        project_open,
    )
)  # fmt: skip
add(
    Command(
        "view.explorer",
        lambda: tr("Explorer"),
        _toggle_explorer,
        shortcut="Ctrl+B",
        menu="view",
        order=110,
        enabled_when=project_open,
        checked=lambda w: w.frame.explorer_dock.isVisible(),
    )
)
add(
    Command(
        "view.inspector",
        lambda: tr("Inspector"),
        _toggle_inspector,
        shortcut="Ctrl+I",
        menu="view",
        order=120,
        checked=lambda w: w.frame.inspector_wanted(),
    )
)
add(
    Command(
        "view.theme",
        lambda: tr("Switch between light and dark"),
        lambda w: w.set_theme("light" if is_dark() else "dark"),
        "circle-half",
        "Ctrl+Shift+L",
        "view",
        210,
    )
)
add(
    Command(
        "view.language",
        lambda: tr("Switch to English") if language() == "zh" else tr("Switch to Chinese"),
        lambda w: w.set_language("en" if language() == "zh" else "zh"),
        "translate",
        "Ctrl+Shift+E",
        "view",
        220,
    )
)
add(Command("view.next_tab", lambda: tr("Next tab"), lambda w: _step(w, 1), "arrow-right", "Ctrl+Tab", "view", 310,
            _has_page))  # fmt: skip
add(Command("view.previous_tab", lambda: tr("Previous tab"), lambda w: _step(w, -1), "arrow-left", "Ctrl+Shift+Tab",
            "view", 320, _has_page))  # fmt: skip
add(Command("view.close_tab", lambda: tr("Close the tab"), _close_tab, "x", "Ctrl+W", "view", 330, _has_page))
add(Command("view.full_screen", lambda: tr("Full screen"), _full_screen, "corners-out", "F11", "view", 410))
