"""Every command of the window, declared once: menus, palette, road, banners and the shortcut page read this registry.

One file an area in this folder; each registers its own:

    add(Command("dataset.undo", lambda: tr("Undo"), run=lambda w: w.page.undo(), icon="arrow-u-up-left",
                shortcut="Ctrl+Z", menu="edit", order=10, enabled_when=on_page("dataset", "can_undo")))

These files are imported at start: they import nothing heavy at their top.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.registry import Registry, load_siblings

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

MENUS = ("file", "edit", "data", "train", "chat", "export", "view", "help")
"""Menus in their order in the menu bar."""

When = Callable[["MainWindow"], bool]


def always(window: "MainWindow") -> bool:
    """Enabled whatever happens."""
    return True


def project_open(window: "MainWindow") -> bool:
    """Enabled while a project is open."""
    return window.project is not None


def project_writable(window: "MainWindow") -> bool:
    """Enabled while a project is open for writing."""
    return window.project is not None and not window.read_only


def on_page(kind: str, test: str = "") -> When:
    """Enabled while a page of that kind is in front, and its method (or attribute) of that name says yes."""

    def enabled(window: "MainWindow") -> bool:
        page = window.page
        if page is None or page.kind != kind:
            return False
        if not test:
            return True
        answer = getattr(page, test)
        return bool(answer() if callable(answer) else answer)

    return enabled


def on_tool(tool: str, test: str) -> When:
    """Enabled while a data set's table is in front, and that method of its tool (see desktop/views/dataset_tools) says
    yes."""

    def enabled(window: "MainWindow") -> bool:
        page = window.page
        return page is not None and page.kind == "dataset" and bool(getattr(page.tool(tool), test)())  # type: ignore[attr-defined]

    return enabled


@dataclass(frozen=True)
class Command:
    """A thing the person can do.

    id: 'area.verb'. text: said in the language in use, with … when it asks for more. run: gets the window. menu: one of
    MENUS, or '' for the palette alone; order: place in it, a new hundred starts with a line. why: said in the tool
    tip while disabled. palette: found by Ctrl+K.
    """

    id: str
    text: Callable[[], str]
    run: Callable[["MainWindow"], object]
    icon: str = ""
    shortcut: str = ""
    menu: str = ""
    order: int = 100
    enabled_when: When = always
    why: Callable[[], str] | None = None
    palette: bool = True
    text_now: Callable[["MainWindow"], str] | None = None
    """What it says while it is enabled, where that depends on what is open (what undo takes back)."""
    checked: When | None = None
    """For commands that stand for a state: whether it is on."""


commands: Registry[Command] = Registry("command")


def add(command: Command) -> Command:
    """Register a command; ValueError if its id is taken or its menu unknown."""
    if command.menu and command.menu not in MENUS:
        raise ValueError(f"no menu {command.menu!r}")
    return commands.add(command.id)(command)


def load() -> Registry[Command]:
    """Every command of every area."""
    load_siblings(__name__, __path__)
    return commands


def in_menu(menu: str) -> list[Command]:
    """Commands of a menu, in their order."""
    return sorted((c for c in commands if c.menu == menu), key=lambda c: (c.order, c.id))
