"""Which theme is on, and its colours."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication

from desktop.theme.tokens import tokens

CHOICES = ("system", "light", "dark")


class Theme(QObject):
    """The look in use. choice: what the person chose; mode: 'light' or 'dark', what is drawn."""

    changed = Signal()
    """Light/dark or language changed: icons and kept fonts are to be renewed."""

    def __init__(self) -> None:
        super().__init__()
        self.choice = "system"
        self.mode = "light"
        self.language = "en"
        self._colours: dict[str, QColor] = {}
        self._load()

    def colour(self, role: str) -> QColor:
        """The colour of a role in the mode in use. KeyError for unknown roles."""
        return self._colours[role]

    def set_mode(self, mode: str) -> None:
        """Switch the colours; `desktop.theme.apply` tells the application and everyone else."""
        self.mode = mode
        self._load()

    def _load(self) -> None:
        self._colours = {role: QColor(entry[self.mode]) for role, entry in tokens()["colours"].items()}


theme = Theme()


def color(role: str, alpha: float = 1.0) -> QColor:
    """The colour of a role now; alpha 0 to 1 thins it. Give it to a painter, do not keep it."""
    base = theme.colour(role)
    if alpha >= 1.0:
        return base
    thin = QColor(base)
    thin.setAlphaF(alpha)
    return thin


def css(role: str) -> str:
    """The colour of a role as #rrggbb, for style sheets and rich text."""
    return theme.colour(role).name()


def is_dark() -> bool:
    """Whether the dark theme is on."""
    return theme.mode == "dark"


def system_mode() -> str:
    """'dark' or 'light', as the system has it now."""
    scheme = QGuiApplication.styleHints().colorScheme()
    return "dark" if scheme == Qt.ColorScheme.Dark else "light"
