"""What the command palette looks through: commands, the project's things, other projects, settings, the page's rows."""

from pathlib import Path
from typing import TYPE_CHECKING

from desktop.commands import MENUS, Command, commands, in_menu
from desktop.models.explorer import Node
from desktop.theme.icons import known
from desktop.views import available
from desktop.widgets.palette import Entry, Source, key_text
from services.i18n import tr
from services.projects.recent import recent_projects
from services.settings import declared

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


def palette_sources(window: "MainWindow") -> list[Source]:
    """All sources for a window, those that matter most first."""
    return [
        lambda typed: page_entries(window, typed),
        lambda typed: command_entries(window),
        lambda typed: thing_entries(window),
        lambda typed: project_entries(window),
        lambda typed: setting_entries(window) if typed else [],
    ]


def command_entries(window: "MainWindow") -> list[Entry]:
    """Commands that can be done now; the page's own first."""
    own = window.page.commands() if window.page is not None else []
    listed = [c for menu in (*MENUS, "") for c in in_menu(menu) if c.palette and c.id != "view.palette"]
    return [_command(window, c) for c in [*own, *listed] if c.enabled_when(window)]


def thing_entries(window: "MainWindow") -> list[Entry]:
    """Data sets, runs, models, deployments and chats of the project."""
    model = window.frame.explorer_model
    root = model.node(model.index(-1, 0))
    return [_node(window, group.text, node) for group in root.children for node in group.children]


def project_entries(window: "MainWindow") -> list[Entry]:
    """Other projects that were open lately."""
    here = str(window.project.folder) if window.project is not None else ""

    def entry(folder: str, name: str) -> Entry:
        return Entry(name, lambda: _open(window, folder), "folder-notch", tr("Project"), also=folder)

    return [entry(p.folder, p.name) for p in recent_projects() if p.folder != here]


def setting_entries(window: "MainWindow") -> list[Entry]:
    """Settings by their titles."""

    def entry(name: str, title: str) -> Entry:
        return Entry(tr(title), lambda: _setting(window, name), "gear", tr("Setting"), also=f"{title} {name}")

    return [entry(f.name, f.metadata["title"]) for f in declared()]


def page_entries(window: "MainWindow", typed: str) -> list[Entry]:
    """What the page in front finds for the words (rows of a table)."""
    page = window.page
    if page is None or len(typed) < 2:
        return []
    found = page.search(typed)
    return [Entry(title, run, page.icon_name(), note, also=typed) for title, note, run in found]


def _command(window: "MainWindow", command: Command) -> Entry:
    icon = command.icon if command.icon and known(command.icon) else "command"
    if command.id in commands:

        def run() -> None:
            window.run_command(command.id)
    else:

        def run() -> None:
            command.run(window)

    words = command.id.replace(".", " ").replace("_", " ")
    return Entry(command.text().rstrip("…"), run, icon, shortcut=key_text(command.shortcut), also=words)


def _node(window: "MainWindow", group: str, node: Node) -> Entry:
    def run() -> None:
        if node.kind in available():
            window.open_page(node.kind, node.key)

    return Entry(node.text, run, node.icon, group)


def _open(window: "MainWindow", folder: str) -> None:
    window.open_project(Path(folder))


def _setting(window: "MainWindow", name: str) -> None:
    page = window.open_page("settings")
    if page is not None:
        page.restore({"setting": name})
