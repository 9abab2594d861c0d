"""Commands as Qt actions: one action a command, in menus and with its shortcut; renewed and enabled together."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from desktop.commands import MENUS, Command, commands, in_menu, load
from desktop.theme import font, icon
from desktop.theme.qss import menu_sheet
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow


def menu_title(menu: str) -> str:
    """The words of a menu in the menu bar."""
    return {
        "file": tr("File"),
        "edit": tr("Edit"),
        "data": tr("Data"),
        "train": tr("Train"),
        "chat": tr("Chat"),
        "export": tr("Export"),
        "view": tr("View"),
        "help": tr("Help"),
    }[menu]


def round_menu(menu: QMenu) -> QMenu:
    """Dress a menu: our look, and round corners with nothing of the window behind. Every menu goes through here."""
    menu.setStyleSheet(menu_sheet())
    menu.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)
    menu.setWindowFlag(Qt.WindowType.FramelessWindowHint)
    menu.setWindowFlag(Qt.WindowType.NoDropShadowWindowHint)
    return menu


class Actions(QObject):
    """All actions of a window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._actions: dict[str, QAction] = {}
        self._menus: dict[str, QMenu] = {}
        for command in load():
            self._make(command)

    def of(self, command_id: str) -> QAction:
        """The action of a command; KeyError if there is none."""
        return self._actions[command_id]

    def __contains__(self, command_id: str) -> bool:
        return command_id in self._actions

    def fill(self, bar: QMenuBar) -> None:
        """Put the menus into a menu bar; empty ones are left out."""
        for name in MENUS:
            listed = in_menu(name)
            if not listed:
                continue
            menu = round_menu(QMenu(bar))
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(lambda m=menu: self._about_to_show(m))
            hundred = listed[0].order // 100
            for command in listed:
                if command.order // 100 != hundred:
                    menu.addSeparator()
                    hundred = command.order // 100
                menu.addAction(self._actions[command.id])
            self._menus[name] = menu
            bar.addMenu(menu)
        self.retranslate()

    def refresh(self) -> None:
        """Enable what can be done now."""
        for command_id, action in self._actions.items():
            command = commands.get(command_id)
            able = command.enabled_when(self._window)
            if action.isEnabled() != able:
                action.setEnabled(able)
            if command.checked is not None:
                action.setChecked(command.checked(self._window))
            if command.text_now is not None:
                action.setText(command.text_now(self._window) if able else command.text())
            why = "" if able or command.why is None else command.why()
            action.setToolTip(why or action.text())

    def retranslate(self) -> None:
        """Say everything in the language in use."""
        for name, menu in self._menus.items():
            menu.setTitle(menu_title(name))
        for command_id, action in self._actions.items():
            action.setText(commands.get(command_id).text())
        self.refresh()

    def restyle(self) -> None:
        """Renew icons and fonts."""
        for menu in self._menus.values():
            menu.setFont(font("body"))
            menu.setStyleSheet(menu_sheet())
        for action in self._actions.values():
            action.setIcon(QIcon())

    def _about_to_show(self, menu: QMenu) -> None:
        for command in in_menu(next(name for name, m in self._menus.items() if m is menu)):
            action = self._actions[command.id]
            if command.icon and command.checked is None and action.icon().isNull():
                action.setIcon(icon(command.icon, "text2"))  # drawn when first seen: start-up has no time for it
        self.refresh()

    def _make(self, command: Command) -> None:
        action = QAction(self)
        if command.shortcut:
            action.setShortcuts([QKeySequence(part) for part in command.shortcut.split(" | ")])
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.setCheckable(command.checked is not None)
        action.triggered.connect(lambda _=False, c=command: self._window.run_command(c.id))
        self._actions[command.id] = action
        QWidget.addAction(self._window, action)
