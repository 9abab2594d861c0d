"""What columns mean, in words, chips and menus."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QMenu, QTableView, QWidget

from desktop.actions import round_menu
from desktop.widgets.grid_headers import RoleChip
from services.i18n import tr


def role_chip(role: str) -> RoleChip:
    """How a column's role is shown: (words, kind of chip, icon)."""
    chips: dict[str, RoleChip] = {
        "": (tr("Not used"), "dash", ""),
        "prompt": (tr("User"), "outline", "user"),
        "query": (tr("User, second part"), "outline", "user"),
        "response": (tr("Answer · trained"), "tint", "graduation-cap"),
        "system": (tr("System"), "outline", "gear-six"),
        "history": (tr("Earlier turns"), "tint", "clock-counter-clockwise"),
        "messages": (tr("Conversation · trained"), "tint", "chats"),
        "tools": (tr("Tools"), "outline", "wrench"),
        "chosen": (tr("Chosen · trained"), "tint", "thumbs-up"),
        "rejected": (tr("Rejected · trained"), "tint", "thumbs-down"),
        "kto_tag": (tr("Label"), "outline", "tag"),
        "text": (tr("Text · trained"), "tint", "article"),
        "images": (tr("Images · not trained"), "dash", "image"),
        "videos": (tr("Videos · not trained"), "dash", "film-strip"),
        "audios": (tr("Audio · not trained"), "dash", "speaker-high"),
    }
    return chips.get(role, (role, "dash", ""))


def kind_words(kind: str) -> str:
    """What kind of values a column holds, in a word (see desktop.models.dataset_pages.KINDS)."""
    words = {
        "turns": lambda: tr("turns"),
        "nested": lambda: tr("nested"),
        "flag": lambda: tr("yes or no"),
        "number": lambda: tr("number"),
    }
    return words.get(kind, lambda: tr("text"))()


def empty_answer() -> str:
    """What stands in place of an answer that is not there."""
    return tr("Empty: this row teaches nothing")


def popup_roles(
    grid: QTableView,
    section: int,
    roles: Sequence[str] | None,
    current: str,
    choose: Callable[[str], None],
    extend: Callable[[QMenu], None] = lambda menu: None,
) -> QMenu:
    """Let the person choose what a column means, below its header. roles: None if it cannot mean anything else.
    extend: adds what else can be done with it."""
    choices = [(role, role_chip(role)[0]) for role in (*roles, "")] if roles is not None else []
    menu = _menu(grid, choices, current, choose)
    extend(menu)
    header = grid.horizontalHeader()
    left = QPoint(max(0, header.sectionViewportPosition(section)), header.height())
    menu.popup(header.mapToGlobal(left))
    return menu


def popup_formats(
    button: QWidget, choices: Sequence[tuple[str, str]], current: str, choose: Callable[[str], None]
) -> QMenu:
    """Let the person choose how rows are read, below a button."""
    menu = _menu(button, choices, current, choose)
    menu.popup(button.mapToGlobal(button.rect().bottomLeft()))
    return menu


def _menu(parent: QWidget, choices: Sequence[tuple[str, str]], current: str, choose: Callable[[str], None]) -> QMenu:
    menu = round_menu(QMenu(parent))
    menu.aboutToHide.connect(menu.deleteLater)
    for choice, words in choices:
        action = menu.addAction(words)
        action.triggered.connect(partial(_chosen, choose, choice))
        action.setCheckable(True)
        action.setChecked(choice == current)
    return menu


def _chosen(choose: Callable[[str], None], choice: str, *_: object) -> None:
    choose(choice)
