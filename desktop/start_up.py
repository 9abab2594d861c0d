"""What happens before the window is there: the log, the language, what to do with faults and Qt's own words."""

import importlib
import logging
import os
import sys
from logging.handlers import RotatingFileHandler
from types import TracebackType
from typing import TYPE_CHECKING

import shiboken6
from PySide6.QtCore import QLocale, QMessageLogContext, QtMsgType, qInstallMessageHandler

from services.paths import logs_dir
from services.settings import Settings

if TYPE_CHECKING:
    from desktop.main_window import MainWindow

log = logging.getLogger("tunesmith.window")

_set_here: set[str] = set()

_SOON = ("numpy", "pyqtgraph", "services.recipes", "services.chat.endpoints", "services.export.targets")
"""Modules that the next pages import; none of them makes a Qt object when it is imported."""

_LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}


def start_log() -> None:
    """Write the log to `window.log` in the data folder, one older file kept."""
    handler = RotatingFileHandler(logs_dir() / "window.log", maxBytes=2 << 20, backupCount=1, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger("tunesmith")
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    qInstallMessageHandler(_qt_says)


def tell_faults(window: "MainWindow") -> None:
    """What nobody caught goes to the log and, as one sentence, to the person."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            sys.__excepthook__(kind, error, trace)
            return
        log.error("nobody caught this", exc_info=(kind, error, trace))
        if shiboken6.isValid(window):
            window.show_error(error)

    sys.excepthook = hook


def chosen_language(choice: str) -> str:
    """'en' or 'zh' of a setting; 'system' asks the system."""
    if choice in ("en", "zh"):
        return choice
    return "zh" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def use_settings(settings: Settings) -> None:
    """Let settings that other programs read from the environment take effect; what stands there already counts more."""
    for name, value in (("TUNESMITH_ENGINE_PYTHON", settings.worker_python), ("OLLAMA_HOST", settings.ollama_host)):
        if value and (name not in os.environ or name in _set_here):
            os.environ[name] = value
            _set_here.add(name)
        elif not value and name in _set_here:
            os.environ.pop(name, None)
            _set_here.discard(name)


def warm_up() -> None:
    """Import what the next pages need, called off the window's thread: a first curve or form opens without a halt."""
    for name in _SOON:
        importlib.import_module(name)


def _qt_says(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    log.log(_LEVELS.get(kind, logging.INFO), "Qt: %s", message)
