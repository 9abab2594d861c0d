"""Small style sheets for the three kinds of widget that neither palette nor style can shape: menu bar, menus, tabs.

There is none for the whole application: setting one makes Qt polish every widget anew, which costs most of a second
when the theme changes.
"""

from desktop.theme.state import css, theme
from desktop.theme.tokens import size, tokens

_MENU_BAR = """
QMenuBar {{ background: {chrome}; color: {text}; padding: 0 8px; border: 0; }}
QMenuBar::item {{ padding: {menu_pad}px 10px; background: transparent; border-radius: 6px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenuBar::item:pressed {{ background: {soft}; }}
"""

_MENU = """
QMenu {{ background: {raised}; color: {text}; border: 1px solid {soft}; border-radius: 8px; padding: 5px; }}
QMenu::item {{ padding: 6px 28px 6px 10px; border-radius: 5px; }}
QMenu::item:selected {{ background: {tint}; color: {on_tint}; }}
QMenu::item:disabled {{ color: {disabled}; background: transparent; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {hair}; margin: 5px 4px; }}
"""

_TAB_BAR = """
QTabBar {{ background: transparent; border: 0; }}
QTabBar::tab {{ background: transparent; color: {text2}; padding: 0 6px 0 12px; height: {tab}px; border: 0;
  border-right: 1px solid {hair}; border-top: 2px solid transparent; }}
QTabBar::tab:hover {{ background: {hover}; }}
QTabBar::tab:selected {{ background: {page}; color: {text}; border-top: 2px solid {accent}; }}
QTabBar::scroller {{ width: 28px; }}
QTabBar QToolButton {{ background: {chrome}; border: 0; }}
"""

_POPUP = """
QAbstractItemView {{ background: {raised}; color: {text}; border: 1px solid {soft}; padding: 4px; outline: 0; }}
QAbstractItemView::item {{ min-height: 28px; padding: 0 6px; border-radius: 4px; }}
QAbstractItemView::item:selected {{ background: {tint}; color: {on_tint}; }}
"""


def menu_bar_sheet() -> str:
    """For a QMenuBar."""
    return _fill(_MENU_BAR)


def menu_sheet() -> str:
    """For a QMenu."""
    return _fill(_MENU)


def tab_bar_sheet() -> str:
    """For the window's QTabBar."""
    return _fill(_TAB_BAR)


def popup_sheet() -> str:
    """For the list of a combo box."""
    return _fill(_POPUP)


def _fill(sheet: str) -> str:
    values: dict[str, object] = {role: css(role) for role in tokens()["colours"]}
    # a menu bar of fixed height hides all its menus when a line and its padding exceed it; Hanzi lines are taller
    values |= {"menu_pad": 7 if theme.language == "zh" else 8, "tab": size("tab")}
    return sheet.format(**values)
