"""Commands of health: the page, and what mends a finding. Checks and errors name the latter as their action."""

from collections.abc import Callable

from desktop.commands import Command, add, on_page
from desktop.main_window import MainWindow
from services.i18n import tr

_DRIVERS = "https://www.nvidia.com/drivers"


def _browse(address: str) -> None:
    from PySide6.QtCore import QUrl
    from PySide6.QtGui import QDesktopServices

    QDesktopServices.openUrl(QUrl(address))


def _get_ollama(window: MainWindow) -> None:
    from services.ollama.errors import DOWNLOAD_PAGE

    _browse(DOWNLOAD_PAGE)


def _start_ollama(window: MainWindow) -> None:
    from desktop.controllers.mending import OllamaStart

    OllamaStart(window)


def _fetch(name: str) -> Callable[[MainWindow], None]:
    def run(window: MainWindow) -> None:
        from desktop.controllers.mending import fetch_apart

        fetch_apart(window, name)

    return run


def _choose_python(window: MainWindow) -> None:
    page = window.open_page("settings")
    if page is not None:
        page.restore({"setting": "worker_python"})


add(
    Command(
        "health.open", lambda: tr("Health"), lambda w: w.open_page("health"), "heartbeat", "Ctrl+Shift+H", "help", 15
    )
)
add(
    Command(
        "health.again",
        lambda: tr("Check this PC again"),
        lambda w: w.page.check_again(),  # type: ignore[union-attr]
        "arrows-clockwise",
        "F5",
        "help",
        16,
        on_page("health", "can_check"),
        why=lambda: tr("Open the health page first."),
    )
)
add(
    Command(
        "health.copy",
        lambda: tr("Copy the health report"),
        lambda w: w.page.copy_report(),  # type: ignore[union-attr]
        "copy",
        menu="help",
        order=17,
        enabled_when=on_page("health", "has_findings"),
        why=lambda: tr("Open the health page first."),
    )
)
add(Command("ollama.start", lambda: tr("Start Ollama"), _start_ollama, "play"))
add(Command("ollama.download", lambda: tr("Get Ollama"), _get_ollama, "download-simple"))
add(Command("health.converter", lambda: tr("Fetch the GGUF converter"), _fetch("converter"), "download-simple"))
add(Command("health.gptq", lambda: tr("Fetch GPTQModel"), _fetch("gptq"), "download-simple"))
add(Command("health.driver", lambda: tr("Get the newest card driver"), lambda w: _browse(_DRIVERS), "download-simple"))
add(
    Command(
        "settings.worker_python",
        lambda: tr("Choose the Python for training"),
        _choose_python,
        "gear",
        palette=False,  # it finds the setting itself
    )
)
