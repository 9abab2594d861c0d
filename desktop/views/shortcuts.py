"""Keyboard shortcuts: every command that has one, by menu; read from the same list as the menus."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.actions import menu_title
from desktop.commands import MENUS, Command, in_menu
from desktop.views import pages
from desktop.views.page import Page
from desktop.widgets.boxes import row
from desktop.widgets.empty_state import scroll_page
from desktop.widgets.facts import FactRow, Facts
from desktop.widgets.inputs import SearchField
from desktop.widgets.palette import key_text
from desktop.widgets.text import Label, Text
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


@pages.add("shortcuts")
class ShortcutsPage(Page):
    """A column of groups; the field at the top narrows it."""

    kind = "shortcuts"
    icon = "keyboard"

    def __init__(self, window: "MainWindow", key: str = "") -> None:
        super().__init__(window, key)
        self.field = SearchField(lambda: tr("Find a command"))
        self.field.textChanged.connect(self._narrow)
        head = row(Label(lambda: tr("Keyboard shortcuts"), "title"), "s", self.field, margins=(32, 0, 32, 0))
        head.setFixedHeight(72)
        self.rows: list[tuple[FactRow, str]] = []
        self.groups: list[tuple[QWidget, list[FactRow]]] = []
        column = QWidget()
        self._layout = QVBoxLayout(column)
        self._layout.setContentsMargins(32, 0, 32, 32)
        self._layout.setSpacing(0)
        for menu in MENUS:
            self._group(menu)
        self._layout.addStretch(1)
        self.content.addWidget(head)
        self.content.addWidget(scroll_page(column, cap_px=720), 1)

    def title(self) -> str:
        return tr("Shortcuts")

    def _group(self, menu: str) -> None:
        commands = [c for c in in_menu(menu) if c.shortcut]
        if not commands:
            return
        group = QWidget()
        inner = QVBoxLayout(group)
        inner.setContentsMargins(0, 0, 0, 24)
        inner.setSpacing(8)
        inner.addWidget(Label(lambda: menu_title(menu), "small_strong", "text3"))
        facts = Facts()
        inner.addWidget(facts)
        mine = []
        for command in commands:
            keys = ", ".join(key_text(part) for part in command.shortcut.split(" | "))
            line = FactRow(_said(command), keys, right=True)
            facts.add(line)
            mine.append(line)
            self.rows.append((line, f"{command.id} {keys}"))
        self.groups.append((group, mine))
        self._layout.addWidget(group)

    def _narrow(self, typed: str) -> None:
        wanted = typed.casefold()
        for line, words in self.rows:
            line.setVisible(wanted in f"{line.name.text()} {words}".casefold())
        for group, lines in self.groups:
            group.setVisible(any(not line.isHidden() for line in lines))


def _said(command: Command) -> Text:
    return lambda: command.text().rstrip("…")
