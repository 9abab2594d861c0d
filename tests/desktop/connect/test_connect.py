"""Connecting a server: tried out first, kept if it answers, a sentence if not."""

from collections.abc import Callable, Iterator

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.views.connect import ConnectDialog
from services.chat import keys
from services.chat.endpoints import endpoint, endpoints
from services.projects.project import Project
from tests.helpers.ollama_contract import Contract, ollama_contract


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Contract]:
    monkeypatch.setattr("keyring.set_password", lambda *a: None)
    with ollama_contract() as running:
        yield running


def _open(window: object) -> ConnectDialog:
    window.run_command("chat.connect")  # type: ignore[attr-defined]
    found = [d for w in QApplication.topLevelWidgets() for d in w.findChildren(ConnectDialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]


def test_an_address_that_answers_is_kept(
    make_window: Callable, project: Project, qtbot: QtBot, server: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    window = make_window(project.folder)
    dialog = _open(window)
    qtbot.keyClicks(dialog.address, f"{server.url}/v1/chat/completions")
    qtbot.keyClicks(dialog.name, "Mine")
    qtbot.keyClicks(dialog.secret, "secret")
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not shiboken6.isValid(dialog) or not dialog.isVisible(), timeout=10_000)
    assert endpoint("mine").url == f"{server.url}/v1"
    assert keys.load_key("mine") == "secret"
    assert "secret" not in "".join(p.read_text(encoding="utf-8") for p in project.folder.rglob("*.toml"))


def test_an_address_that_does_not_answer_is_a_sentence_and_not_kept(
    make_window: Callable, project: Project, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    window = make_window(project.folder)
    dialog = _open(window)
    qtbot.keyClicks(dialog.address, "127.0.0.1:9")
    qtbot.keyClick(dialog.address, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.banner.panel() is not None, timeout=15_000)
    assert "127.0.0.1:9" in dialog.banner.panel().sentence.accessibleName()
    assert dialog.isVisible() and dialog.go.isEnabled()
    assert [e.id for e in endpoints()] == ["ollama"]
    dialog.reject()
