"""Windows for tests: dressed once, closed and joined after each test."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

from desktop import threads
from services import i18n
from services.i18n import set_language
from tests.helpers.translations import compile_translations


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A window without a screen cannot pass its size hints on or raise a menu, and says so each time."""
    for item in items:
        item.add_marker(pytest.mark.qt_log_ignore("propagateSizeHints", "This plugin does not support", extend=True))


@pytest.fixture(scope="session")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Chinese catalogue, compiled from the .po files as they are now."""
    path = tmp_path_factory.mktemp("mo") / "zh.mo"
    path.write_bytes(compile_translations())
    return path


@pytest.fixture
def app(qapp: QApplication, chinese: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[QApplication]:
    """The application in our light look, in English; Chinese is there to switch to."""
    from desktop.gc_guard import GcGuard
    from desktop.theme.apply import dress, install

    if qapp.property("guard") is None:
        qapp.setProperty("guard", GcGuard(qapp))
    shipped = i18n.resource
    monkeypatch.setattr(
        i18n, "resource", lambda *parts: chinese if parts == ("translations", "zh.mo") else shipped(*parts)
    )
    set_language("en")
    if isinstance(qapp.property("dressed"), bool):
        dress("light", "en")
    else:
        install(qapp, "light", "en")
        qapp.setProperty("dressed", True)
    yield qapp
    set_language("en")
    threads.finish()


@pytest.fixture
def make_window(app: QApplication, qtbot) -> Iterator[Callable[..., object]]:
    """Makes windows, of a project if given; all are closed at the end."""
    from desktop.main_window import MainWindow
    from services.settings import load_settings

    made = []

    def make(project: Path | None = None, *, size: tuple[int, int] = (1440, 900)) -> MainWindow:
        settings = load_settings()
        settings.theme, settings.language = "light", "en"
        window = MainWindow(settings)
        made.append(window)
        window.resize(*size)
        window.show()
        if project is not None:
            assert window.open_project(project)
            qtbot.waitUntil(lambda: window.session.contents is not None, timeout=10_000)
        return window

    yield make
    for window in made:
        window.close()
        window.deleteLater()
    qtbot.wait(1)


@pytest.fixture
def project(tmp_path: Path):
    """An empty project with a blank and Chinese in its path."""
    from services.projects.project import Project

    return Project.create(tmp_path / "我的 project")
