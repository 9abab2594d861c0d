"""Models on their way, in list, panel and jobs strip, driven by journals as workers write them."""

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop.controllers.downloads import PREFIX
from desktop.widgets.download_dialog import DownloadDialog, model_name
from services.catalogue import download as download_module
from services.catalogue.download import READY
from services.jobs import events as ev
from services.paths import models_dir
from tests.desktop.models_page.conftest import Fetching
from tests.helpers.tiny_model import make_tiny_model

NO_HUB = ev.Failed(sentence="{model} could not be downloaded: the hub cannot be reached.",
                   way_out="Check the network.", values={"model": "maker/far"})  # fmt: skip


def _item(page, model: str):
    return next((i for i in page.list.items() if i.id == PREFIX + model), None)


def test_one_that_another_program_began_is_shown_and_can_be_stopped(
    page, qtbot, fetching: Callable[[str], Fetching]
) -> None:
    worker = fetching("maker/far")
    worker.at(40_000_000)
    shown = page()
    qtbot.waitUntil(lambda: _item(shown, "maker/far") is not None, timeout=5000)
    item = _item(shown, "maker/far")
    assert (item.title, item.line, item.note, item.share) == ("far", "40 MB of 0.10 GB · 0:20 left", "40%", 0.4)
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.download, timeout=5000)
    panel = shown.download
    assert panel.percent.text() == "40" and panel.where.toolTip() == "" and not panel.has_primary
    assert panel.where.text() == "40 MB of 0.10 GB · 3 MB a second · 0:20 left"
    worker.at(60_000_000, left_s=None)
    qtbot.waitUntil(lambda: panel.percent.text() == "60", timeout=5000)
    strip = shown.main.frame.jobs
    qtbot.waitUntil(strip.isVisible, timeout=5000)
    assert strip.items()[0].name.text() == "Download maker/far" and not strip.items()[0].pause.isVisible()
    qtbot.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((worker.job.folder / "control" / "stop").exists, timeout=5000)
    assert not panel.stop.isEnabled(), "asked once is enough"
    worker.end(ev.Finished(stopped=True))
    qtbot.waitUntil(lambda: _item(shown, "maker/far").line == "was stopped", timeout=5000)
    assert not strip.isVisible() and panel.has_primary and shown.fills_primary
    qtbot.mouseClick(panel.dismiss, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.empty, timeout=5000)
    assert not worker.job.folder.exists()


def test_stop_in_the_jobs_strip_of_a_window_without_the_page(make_window, qtbot, fetching) -> None:
    worker = fetching("maker/far")
    worker.at(1)
    window = make_window()
    window.begin()
    strip = window.frame.jobs
    qtbot.waitUntil(lambda: strip.isVisible() and bool(strip.items()), timeout=5000)
    qtbot.mouseClick(strip.items()[0].stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil((worker.job.folder / "control" / "stop").exists, timeout=5000)
    window.close()
    assert worker.job.alive(), "closing the window ends no download"


def test_a_failed_one_says_why_and_tries_again(page, qtbot, fetching, monkeypatch) -> None:
    worker = fetching("maker/far")
    shown = page()
    qtbot.waitUntil(lambda: _item(shown, "maker/far") is not None, timeout=5000)
    worker.end(NO_HUB)
    qtbot.waitUntil(lambda: _item(shown, "maker/far").line == "did not arrive", timeout=5000)
    said = shown.download._error_place.box.itemAt(0).widget()
    assert said.sentence.accessibleName() == "maker/far could not be downloaded: the hub cannot be reached."
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(shown.main.downloads, "start", lambda m, endpoint="": asked.append((m, endpoint)))
    qtbot.mouseClick(shown.download.again, Qt.MouseButton.LeftButton)
    assert asked == [("maker/far", "")]


def test_an_arriving_model_takes_its_place(page, qtbot, fetching) -> None:
    worker = fetching("maker/far")
    shown = page()
    qtbot.waitUntil(lambda: _item(shown, "maker/far") is not None, timeout=5000)
    (make_tiny_model(models_dir() / "maker--far") / READY).touch()
    worker.end(ev.Finished(result={"path": "x"}))
    qtbot.waitUntil(lambda: shown.key == "maker/far", timeout=5000)
    assert shown.stack.currentWidget() is shown.model
    assert _item(shown, "maker/far") is None
    assert shown.main._toast is not None and shown.main._toast.label.text() == "maker/far is here."


def test_one_that_died_without_a_word(page, qtbot, fetching) -> None:
    worker = fetching("maker/far")
    worker.at(5)
    worker.lock.release()
    shown = page()
    qtbot.waitUntil(lambda: _item(shown, "maker/far") is not None, timeout=5000)
    assert _item(shown, "maker/far").line == "was broken off"
    assert shown.main.downloads.live() == []


def test_the_sample_is_fetched_by_a_click(page, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[list[str]] = []
    real = download_module.start_download
    from services import catalogue

    def start(model: str, *, endpoint: str = "") -> object:
        return real(model, endpoint=endpoint, starter=lambda command, folder: begun.append(command))

    monkeypatch.setattr(catalogue.download, "start_download", start)
    shown = page()
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.empty, timeout=5000)
    qtbot.mouseClick(shown.empty.sample, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.download, timeout=5000)
    assert shown.download.where.text() == "is starting" and "keeper" in " ".join(begun[0])
    assert not shown.pane.sample.isVisible(), "it is on its way"


def test_a_name_on_the_hub_is_asked_for(page, qtbot, monkeypatch, tiny: Path) -> None:
    shown = page()
    asked: list[tuple[str, str]] = []
    monkeypatch.setattr(shown.main.downloads, "start", lambda m, endpoint="": asked.append((m, endpoint)))
    qtbot.mouseClick(shown.pane.hub, Qt.MouseButton.LeftButton)
    dialog = shown.main.findChild(DownloadDialog)
    assert dialog.model.hasFocus() or dialog.isVisible()
    qtbot.keyClicks(dialog.model, "Qwen2.5")
    qtbot.keyClick(dialog.model, Qt.Key.Key_Return)
    assert dialog.isVisible() and dialog.wrong_model.text().startswith("Write it as maker/name")
    dialog.model.clear()
    qtbot.keyClicks(dialog.model, "https://huggingface.co/Qwen/Qwen2.5-0.5B")
    assert dialog.wrong_model.text() == ""
    qtbot.keyClicks(dialog.endpoint, "hf-mirror")
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert dialog.isVisible() and dialog.wrong_endpoint.text()
    dialog.endpoint.setText("https://hf-mirror.com/")
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    assert asked == [("Qwen/Qwen2.5-0.5B", "https://hf-mirror.com")] and not dialog.isVisible()


def test_what_is_here_is_not_fetched_again(page, qtbot, monkeypatch, tiny: Path) -> None:
    shown = page()
    monkeypatch.setattr(shown.main.downloads, "start", lambda *a, **k: pytest.fail("it is here"))
    shown._fetch("maker/tiny", "")
    assert shown.main._toast.label.text() == "tiny is here already."


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("maker/name", "maker/name"),
        (" maker/name/ ", "maker/name"),
        ("https://huggingface.co/maker/name-1.5B/tree/main", "maker/name-1.5B"),
        ("https://hf-mirror.com/maker/name?x=1", "maker/name"),
        ("name", ""),
        ("a/b/c", ""),
        ("../x", ""),
        ("maker/na me", ""),
        ("", ""),
    ],
)
def test_names(typed: str, name: str) -> None:
    assert model_name(typed) == name


def test_an_arriving_model_turns_nobody_away(page, qtbot, fetching, tiny: Path, monkeypatch) -> None:
    worker = fetching("maker/far")
    shown = page(None, "maker/tiny")
    qtbot.waitUntil(lambda: _item(shown, "maker/far") is not None, timeout=5000)
    shown.main.open_page("settings")
    (make_tiny_model(models_dir() / "maker--far") / READY).touch()
    worker.end(ev.Finished(result={"path": "x"}))
    toast = lambda: shown.main._toast  # noqa: E731
    qtbot.waitUntil(lambda: toast() is not None and toast().label.text() == "maker/far is here.", timeout=5000)
    qtbot.mouseClick(toast().button, Qt.MouseButton.LeftButton)
    assert shown.main.page is shown
    qtbot.waitUntil(lambda: shown.key == "maker/far", timeout=5000)


def test_who_looks_at_another_model_stays_there(page, qtbot, fetching, tiny: Path) -> None:
    worker = fetching("maker/far")
    shown = page(None, "maker/tiny")
    qtbot.waitUntil(lambda: _item(shown, "maker/far") is not None, timeout=5000)
    (make_tiny_model(models_dir() / "maker--far") / READY).touch()
    worker.end(ev.Finished(result={"path": "x"}))
    qtbot.waitUntil(lambda: len(shown.entries) == 2, timeout=5000)
    qtbot.wait(200)
    assert shown.key == "maker/tiny"
