"""Putting the look on the application: palette, style, fonts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication, QToolTip

from desktop.theme.fonts import font
from desktop.theme.state import color, system_mode, theme
from desktop.theme.style import TunesmithStyle

_SCHEMES = {"system": Qt.ColorScheme.Unknown, "light": Qt.ColorScheme.Light, "dark": Qt.ColorScheme.Dark}

_PALETTE = {
    QPalette.ColorRole.Window: "chrome",
    QPalette.ColorRole.Base: "page",
    QPalette.ColorRole.AlternateBase: "sunken",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.Highlight: "tint",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.PlaceholderText: "text3",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "hover",
    QPalette.ColorRole.Mid: "soft",
    QPalette.ColorRole.Dark: "edge",
    QPalette.ColorRole.Shadow: "hair",
    QPalette.ColorRole.BrightText: "err",
}


def install(app: QApplication, choice: str, language: str) -> None:
    """Dress the application once, at start, and follow the system's light or dark from then on."""
    app.setStyle(TunesmithStyle())
    app.styleHints().colorSchemeChanged.connect(_system_changed)
    dress(choice, language)


def dress(choice: str, language: str) -> None:
    """Draw by this choice ('system', 'light', 'dark') and language ('en', 'zh') from now on; tells `theme.changed`."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.choice, theme.language = choice, language
    hints = QGuiApplication.styleHints()
    hints.blockSignals(True)  # asking for a scheme also announces one
    hints.setColorScheme(_SCHEMES[choice])
    hints.blockSignals(False)
    theme.set_mode(system_mode() if choice == "system" else choice)
    app.setPalette(palette())
    app.setFont(font("body"))
    QToolTip.setFont(font("body"))
    QToolTip.setPalette(palette())
    theme.changed.emit()


def palette() -> QPalette:
    """The palette of the theme in use."""
    made = QPalette()
    for role, name in _PALETTE.items():
        made.setColor(role, color(name))
    group = QPalette.ColorGroup.Disabled
    for role in (QPalette.ColorRole.Text, QPalette.ColorRole.WindowText, QPalette.ColorRole.ButtonText):
        made.setColor(group, role, color("disabled"))
    return made


def _system_changed() -> None:
    if theme.choice == "system" and system_mode() != theme.mode:
        dress("system", theme.language)
