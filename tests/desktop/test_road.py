"""The whole road by clicks: guided project, table, training, chat, deployment, chat with what was deployed.

A tiny model takes the place of the sample; training, serving, export and gates are the real ones, Ollama is the
contract server.
"""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.widgets.dialog import Dialog
from services.jobs.job import State
from services.paths import models_dir
from services.settings import load_settings, save_settings
from tests.helpers.jobs import wait_for
from tests.helpers.ollama_contract import Contract, ollama_contract
from tests.helpers.tiny_model import make_tiny_model

pytestmark = pytest.mark.timeout(600)
_SLOW_MS = 240_000


def _click(qtbot: QtBot, widget: QWidget) -> None:
    assert widget.isVisible() and widget.isEnabled(), widget
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def _dialog() -> Dialog:
    found = [d for w in QApplication.topLevelWidgets() for d in w.findChildren(Dialog) if d.isVisible()]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def ollama(monkeypatch: pytest.MonkeyPatch):
    with ollama_contract() as server:
        monkeypatch.setenv("OLLAMA_HOST", server.url)
        yield server


def test_the_whole_road(make_window: Callable, qtbot: QtBot, tmp_path: Path, ollama: Contract) -> None:
    make_tiny_model(models_dir() / "tiny", tokenizer="sample")
    settings = load_settings()
    settings.projects_dir = str(tmp_path / "我的 projects")
    save_settings(settings)
    window = make_window()

    # examples: the guided project opens its table
    _click(qtbot, window.frame.tabs.home().cards[1])
    qtbot.waitUntil(lambda: window.page is not None and window.page.kind == "dataset", timeout=30_000)
    assert window.page.model.rowCount() == 100
    road = window.frame.tabs.road
    qtbot.waitUntil(lambda: "Train" in road.button.text() or "training" in road.button.text(), timeout=20_000)
    _click(qtbot, road.button)

    # train: the defaults are right; four steps are enough here
    qtbot.waitUntil(lambda: window.page.kind == "train", timeout=30_000)
    page = window.page
    qtbot.waitUntil(lambda: page.recipe.model_name_or_path == "tiny" and page.panel.start.isEnabled(), timeout=30_000)
    assert page.recipe.dataset
    page.set_recipe(page.recipe.with_values(max_steps=4, per_device_train_batch_size=2))
    qtbot.waitUntil(lambda: not page._after.isActive(), timeout=5_000)
    _click(qtbot, page.panel.start)

    # run: the curve grows and the run ends
    qtbot.waitUntil(lambda: window.page.kind == "run", timeout=20_000)
    run = window.page
    qtbot.waitUntil(lambda: (s := run.controller.summary()) is not None and s.state is State.FINISHED, timeout=_SLOW_MS)
    assert len(run.controller.metrics().columns["loss"]) == 4
    assert {s.label for s in run.controller.metrics().samples} == {"before", "after"}
    qtbot.waitUntil(lambda: road.button.isVisible() and "Try" in road.button.text(), timeout=20_000)
    _click(qtbot, road.button)

    # try: a question is answered by the run's own server
    qtbot.waitUntil(lambda: window.page.kind == "chat", timeout=20_000)
    chat = window.page
    assert chat.controller.chosen().model == "run-1"
    chat.controller.set_option("max_tokens", 8)
    qtbot.keyClicks(chat.field, "Who are you?")
    qtbot.keyClick(chat.field, Qt.Key.Key_Return)
    assert chat.button.text() == "Stop"
    qtbot.waitUntil(lambda: chat.answer is None, timeout=_SLOW_MS)
    assert [m.role for m in chat.controller.chat.messages] == ["user", "assistant"], chat.banner.panel()
    qtbot.waitUntil(lambda: "deploy" in road.button.text().lower(), timeout=20_000)
    assert not road.button.isVisible() or road.button.isEnabled()

    # deploy: the dialog ticks its steps, gates included
    window.run_command("export.latest")
    dialog = _dialog()
    qtbot.waitUntil(lambda: dialog.offer is not None, timeout=30_000)
    dialog.name.setText("road-test")
    _click(qtbot, dialog.go)
    qtbot.waitUntil(lambda: dialog.go.isVisible() and "Chat" in dialog.go.text(), timeout=_SLOW_MS)
    states = dialog.tasks.states()
    assert {"gate-template", "gate-prompts"} <= set(states) and set(states.values()) <= {"done", "skipped"}
    assert "road-test:latest" in ollama.models or "road-test" in ollama.models
    _click(qtbot, dialog.go)

    # and chat with what was deployed
    qtbot.waitUntil(lambda: window.page.kind == "chat" and window.page is not chat, timeout=20_000)
    ollama.answer = lambda prompt, messages: "I am the deployed one."
    last = window.page
    qtbot.keyClicks(last.field, "Who are you now?")
    qtbot.keyClick(last.field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: last.answer is None, timeout=60_000)
    assert last.controller.chat.messages[-1].content == "I am the deployed one."
    qtbot.waitUntil(lambda: not road.isVisible(), timeout=20_000)  # the road is behind: it folds into the status bar
    wait_for(lambda: all(not j.alive() or j.request.kind == "serve" for j in window.project.jobs()))
    for job in window.project.jobs():
        if job.alive():
            job.ask("stop")
    wait_for(lambda: not any(j.alive() for j in window.project.jobs()))
