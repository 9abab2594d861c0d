"""The style sheet: only what palette and style cannot say. Inputs and buttons are painted, not styled."""

from desktop.theme.state import css, theme
from desktop.theme.tokens import radius, size, tokens

_SHEET = """
QMenuBar {{ background: {chrome}; color: {text}; padding: 0 8px; border: 0; }}
QMenuBar::item {{ padding: {menu_pad}px 10px; background: transparent; border-radius: 6px; }}
QMenuBar::item:selected {{ background: {hover}; }}
QMenuBar::item:pressed {{ background: {soft}; }}
QMenu {{ background: {raised}; color: {text}; border: 1px solid {soft}; border-radius: 8px; padding: 5px; }}
QMenu::item {{ padding: 6px 28px 6px 10px; border-radius: 5px; }}
QMenu::item:selected {{ background: {tint}; color: {on_tint}; }}
QMenu::item:disabled {{ color: {disabled}; background: transparent; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {hair}; margin: 5px 4px; }}
QToolTip {{ background: {raised}; color: {text}; border: 1px solid {soft}; padding: 5px 7px; }}
QTabBar {{ background: transparent; border: 0; }}
QTabBar::tab {{ background: transparent; color: {text2}; padding: 0 6px 0 12px; height: {tab}px; border: 0;
  border-right: 1px solid {hair}; border-top: 2px solid transparent; }}
QTabBar::tab:hover {{ background: {hover}; }}
QTabBar::tab:selected {{ background: {page}; color: {text}; border-top: 2px solid {accent}; }}
QTabBar::scroller {{ width: 28px; }}
QTabBar QToolButton {{ background: {chrome}; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 0; }}
QScrollBar::handle {{ background: {soft}; border: 2px solid transparent; border-radius: 6px; }}
QScrollBar::handle:vertical {{ min-height: 40px; margin: 2px; border-radius: 4px; border: 0; }}
QScrollBar::handle:horizontal {{ min-width: 40px; margin: 2px; border-radius: 4px; border: 0; }}
QScrollBar::handle:hover {{ background: {edge}; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: none; height: 0; width: 0; }}
QAbstractScrollArea::corner {{ background: transparent; border: 0; }}
QTableView, QTreeView, QListView {{ border: 0; background: transparent; outline: 0; }}
QHeaderView {{ background: {sunken}; border: 0; }}
QHeaderView::section {{ background: {sunken}; color: {text2}; border: 0; border-bottom: 1px solid {soft};
  border-right: 1px solid {hair}; padding: 0 12px; }}
QTableView QTableCornerButton::section {{ background: {sunken}; border: 0; border-bottom: 1px solid {soft};
  border-right: 1px solid {soft}; }}
QPlainTextEdit, QTextEdit {{ border: 1px solid {edge}; border-radius: {control}px; background: {page}; color: {text};
  padding: 5px 7px; selection-background-color: {tint}; selection-color: {text}; }}
QPlainTextEdit:focus, QTextEdit:focus {{ border: 2px solid {accent}; padding: 4px 6px; }}
QPlainTextEdit:disabled, QTextEdit:disabled {{ color: {disabled}; }}
*[bare="true"] {{ border: 0; padding: 0; background: transparent; }}
QComboBox QAbstractItemView {{ background: {raised}; border: 1px solid {soft}; padding: 4px; outline: 0; }}
QComboBox QAbstractItemView::item {{ min-height: 28px; padding: 0 6px; border-radius: 4px; }}
QComboBox QAbstractItemView::item:selected {{ background: {tint}; color: {on_tint}; }}
QMainWindow {{ background: {page}; }}
QMainWindow::separator {{ background: {hair}; width: 1px; height: 1px; }}
"""


def style_sheet() -> str:
    """The application's style sheet in the colours of the theme in use."""
    values: dict[str, object] = {role: css(role) for role in tokens()["colours"]}
    # a menu bar of fixed height hides all its menus when a line and its padding exceed it; Hanzi lines are taller
    values |= {"menu_pad": 7 if theme.language == "zh" else 8, "tab": size("tab"), "control": radius("control")}
    return _SHEET.format(**values)
