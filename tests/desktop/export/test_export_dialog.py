"""The export dialog in a real window: the real road to an Ollama once, the rest played."""

import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from desktop.controllers.export import OFFERED
from desktop.views.export import ExportDialog
from desktop.widgets.diff_view import DiffView, MarkedText
from desktop.widgets.error_panel import ErrorPanel
from desktop.widgets.quant_table import size_text
from services.export import space
from services.export.deployed import GateFailedError
from services.export.deployments import deployments
from services.export.probes import first_difference
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.kinds.export import ExportRequest
from services.projects.project import Project
from tests.desktop.export.conftest import Played
from tests.helpers.ollama_contract import Contract


def panel(dialog: ExportDialog) -> ErrorPanel | None:
    found = [p for p in dialog._below.findChildren(ErrorPanel) if p.isVisible()]
    return found[0] if found else None


def sentence(dialog: ExportDialog) -> str:
    shown = panel(dialog)
    return shown.sentence.accessibleName() if shown is not None else ""


def press(qtbot, dialog: ExportDialog) -> None:
    assert dialog.go.isEnabled(), dialog.go.toolTip()
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)


# ---- the choice ------------------------------------------------------------------------------------------------------


def test_sizes_are_listed_and_chosen_by_mouse_and_keys(open_export, qtbot, ollama: Contract) -> None:
    dialog = open_export()
    rows = dialog.table.rows()
    assert {r.quant for r in rows} == set(OFFERED)
    assert [r.size_bytes for r in rows] == sorted((r.size_bytes for r in rows), reverse=True)
    assert dialog.table.current() == "q4_k_m" and dialog.target.current() == "ollama"
    place = dialog.table.area("q8_0").center().toPoint()
    qtbot.mouseClick(dialog.table, Qt.MouseButton.LeftButton, pos=place)
    assert dialog.table.current() == "q8_0" and dialog.table.accessibleName().startswith("Size: q8_0 · ")
    qtbot.keyClick(dialog.table, Qt.Key.Key_Up)
    assert dialog.table.current() == "f16"
    qtbot.keyClick(dialog.table, Qt.Key.Key_Up)
    assert dialog.table.current() == "f16", "there is nothing above"
    assert dialog.name.text() == "project-greet" and dialog.context.value() == 2048, "all it knows"
    assert dialog.subtitle.text() == "LoRA on tiny"
    assert dialog._space.text().startswith(f"Needs {size_text(2 * rows[0].size_bytes)}; ")
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert not dialog.isVisible()


def test_size_text() -> None:
    assert [size_text(n) for n in (105.4e6, 0.99e9, 1.65e9, 74.4e9)] == ["105 MB", "990 MB", "1.65 GB", "74 GB"]


def test_a_full_drive_is_said_before_anything(open_export, qtbot, monkeypatch, ollama: Contract) -> None:
    monkeypatch.setattr(space.shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**9, 10**9, 1000))
    dialog = open_export()
    assert not dialog.go.isEnabled() and dialog.go.toolTip() == "There is not enough room on the drive."
    assert dialog._space.text().endswith("; 0 MB free")


def test_gguf_and_folder_go_where_one_wants(open_export, qtbot, monkeypatch, tmp_path, played, project) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(QUrl(url).toLocalFile()) or True)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(tmp_path / "另 folder"))
    dialog = open_export()
    dialog.target.set_current("gguf")
    dialog._changed()
    assert not dialog._context_row.isVisible() and dialog.tasks.states() == {}
    assert dialog._where._whole == str(project.exports_dir / "project-greet-q4_k_m.gguf")
    qtbot.mouseClick(dialog.change, Qt.MouseButton.LeftButton)
    place = tmp_path / "另 folder" / "project-greet-q4_k_m.gguf"
    assert dialog._where._whole == str(place)
    place.parent.mkdir()
    place.write_bytes(b"older")
    dialog._changed()
    assert dialog.replace.isVisible() and not dialog.go.isEnabled()
    assert dialog.go.toolTip() == "Choose another name, or allow it to be replaced."
    qtbot.mouseClick(dialog.replace, Qt.MouseButton.LeftButton)
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: bool(dialog.job_id) and dialog._early is None, timeout=10_000)
    request = played[0].job.request
    assert isinstance(request, ExportRequest) and request.out == str(place) and request.options == {"overwrite": True}
    assert request.target == "gguf" and request.quant == "q4_k_m"
    played[0].end(ev.Finished(result={"target": "gguf", "gguf": str(place)}))
    qtbot.waitUntil(lambda: dialog.go.text() == "Show in folder", timeout=10_000)
    press(qtbot, dialog)
    assert opened == [str(place.parent)] and not dialog.isVisible()
    dialog = open_export(dialog.main)
    dialog.target.set_current("folder")
    dialog._changed()
    assert not dialog.table.isVisible() and dialog._where._whole == str(project.exports_dir / "project-greet")
    assert dialog._space.text().startswith(f"Needs {size_text(dialog.offer.merged_bytes)}")


# ---- the road to Ollama ----------------------------------------------------------------------------------------------


def test_the_road_ticks_and_ends_in_a_chat(open_export, qtbot, ollama: Contract, project: Project) -> None:
    """The real worker, a real file, the contract's gates."""
    dialog = open_export()
    window = dialog.main
    dialog.name.setText("greeter")
    assert dialog.tasks.states() == {"gate-template": "waiting", "gate-prompts": "waiting"}
    press(qtbot, dialog)
    assert dialog.busy() and not dialog.go.isVisible() and not dialog.table.isEnabled()
    qtbot.waitUntil(lambda: bool(dialog._result) or panel(dialog) is not None, timeout=120_000)
    assert sentence(dialog) == ""
    states = dialog.tasks.states()
    assert next(iter(states)) == "check" and set(states.values()) <= {"done", "skipped"}
    assert {"write", "upload", "create", "gate-template", "gate-prompts"} <= set(states)
    assert dialog.tasks.notes()["gate-prompts"] == "passed"
    assert dialog._note.text() == "greeter is deployed and proved."
    assert [d.name for d in deployments(project)] == ["greeter"]
    assert dialog.go.text() == "Chat with it now"
    press(qtbot, dialog)
    assert not dialog.isVisible() and window.page.kind == "chat" and window.page.who.text() == "greeter"
    window.page.field.setPlainText("hello")
    window.page.send()
    qtbot.waitUntil(lambda: window.page.answer is None, timeout=15_000)
    assert window.page.controller.chat.messages[-1].content == "hello", "the contract answers with what it is asked"


def test_without_ollama_it_is_said_before_anything_slow(open_export, qtbot, monkeypatch, project, played) -> None:
    monkeypatch.setenv("OLLAMA_HOST", "http://127.0.0.1:9")
    monkeypatch.setenv("PATH", "")
    dialog = open_export()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=30_000)
    assert "Ollama" in sentence(dialog) and played == [] and len(project.jobs()) == 1
    assert dialog.go.text() == "Try again" and not dialog.busy() and dialog.table.isEnabled()


def test_an_old_ollama_is_said_before_anything_slow(open_export, qtbot, ollama: Contract, played) -> None:
    ollama.faults.version = "0.1.2"
    dialog = open_export()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=30_000)
    assert "0.1.2" in sentence(dialog) and played == []


def test_a_name_that_is_taken_needs_a_switch(open_export, qtbot, ollama: Contract, played, monkeypatch) -> None:
    from services.ollama.client import OllamaClient

    monkeypatch.setattr(OllamaClient, "has", lambda self, name: name == "project-greet")
    dialog = open_export()
    assert not dialog.replace.isVisible()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=30_000)
    assert sentence(dialog) == "Ollama already has a model project-greet." and played == []
    assert dialog.replace.isVisible() and not dialog.replace.isChecked() and not dialog.go.isEnabled()
    assert dialog._replace_label.text() == "Replace project-greet; the old one is gone then"
    dialog.name.setText("another")
    assert not dialog.replace.isVisible() and panel(dialog) is None and dialog.go.isEnabled()
    dialog.name.setText("project-greet")
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=30_000)
    qtbot.mouseClick(dialog.replace, Qt.MouseButton.LeftButton)
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: bool(played), timeout=30_000)
    assert played[0].job.request.options["overwrite"] is True


def test_lm_studio_is_asked_for_a_free_name_as_well(open_export, qtbot, played, monkeypatch, tmp_path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    dialog = open_export()
    dialog.target.set_current("lm-studio")
    dialog._changed()
    assert not dialog._where_row.isVisible() and dialog.sentence.accessibleName()
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=20_000)
    assert sentence(dialog) == "LM Studio was not found on this PC." and played == []
    place = tmp_path / ".lmstudio" / "models" / "tunesmith" / "project-greet" / "project-greet-q4_k_m.gguf"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"older")
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: "already has" in sentence(dialog), timeout=20_000)
    qtbot.mouseClick(dialog.replace, Qt.MouseButton.LeftButton)
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: bool(played), timeout=20_000)
    assert played[0].job.request.options == {"overwrite": True, "name": "project-greet"}


EXPECTED = "<|im_start|>system\nBe brief.<|im_end|>\n<|im_start|>user\nHello<|im_end|>\n"
FOUND = "<|im_start|>user\nHello<|im_end|>\n"


def gate_failed() -> ev.Failed:
    error = GateFailedError("Ollama makes another prompt ({probe}).", first_difference(EXPECTED, FOUND), probe="system")
    return ev.Failed(sentence=error.message, way_out=error.way_out_message, values=error.values)


def deployed_to(played: list[Played], qtbot, dialog: ExportDialog) -> Played:
    press(qtbot, dialog)
    qtbot.waitUntil(lambda: bool(dialog.job_id) and dialog._early is None, timeout=20_000)
    job = played[-1]
    job.task("check", "Check run, base model and target", "running", "done")
    job.task("upload", "Send the model to Ollama", "running", "done")
    job.task("gate-template", "Ollama uses the trained template", "running", "done")
    return job


def test_a_failed_gate_shows_both_texts_where_they_part(open_export, qtbot, ollama: Contract, played) -> None:
    dialog = open_export()
    job = deployed_to(played, qtbot, dialog)
    job.task("gate-prompts", "Ollama asks as training did", "running", "failed")
    job.end(gate_failed())
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=10_000)
    assert sentence(dialog) == "Ollama makes another prompt (system)."
    assert dialog.tasks.states()["gate-prompts"] == "failed" and dialog.tasks.notes()["gate-prompts"] == "failed"
    expected, found = dialog._below.findChild(DiffView).texts
    assert expected.shown()[0] == "<|im_start|>system" and found.shown()[0] == "<|im_start|>user"
    assert (expected.marked(), found.marked()) == ("system", "user")
    assert dialog.log.isVisible() and dialog.go.text() == "Try again"


@pytest.mark.parametrize(
    ("expected", "found", "line", "column", "marked"),
    [
        ("a\n" * 30 + "the end", "a\n" * 30 + "the start", 30, 4, ("end", "start")),
        ("same", "same and more", 0, 4, ("", " and")),
        ("x" * 500 + "yes", "x" * 500 + "no", 0, 500, ("yes", "no")),
    ],
)
def test_the_first_difference_is_in_sight(app, qtbot, expected, found, line, column, marked) -> None:
    view = DiffView("one", expected, "two", found)
    qtbot.addWidget(view)
    view.resize(500, 200)
    view.show()
    for side, mark in zip(view.texts, marked, strict=True):
        assert isinstance(side, MarkedText) and (side.line, side.column) == (line, column)
        assert side.marked() == mark and side._lines[line] in side.shown()
        assert _has_ink(side, qtbot), "the mark is drawn"


def _has_ink(side: MarkedText, qtbot) -> bool:
    from desktop.theme import color

    image, ink = side.grab().toImage(), color("err").rgb()
    return any(image.pixelColor(QPoint(x, y)).rgb() == ink for x in range(image.width()) for y in range(image.height()))


# ---- stop, close, come back ------------------------------------------------------------------------------------------


def test_stop_asks_the_worker_and_says_that_nothing_changed(open_export, qtbot, ollama: Contract, played) -> None:
    dialog = open_export()
    job = deployed_to(played, qtbot, dialog)
    job.say(ev.Progress(step=10, total=40, phase="Sending the model to Ollama"))
    qtbot.waitUntil(lambda: dialog.bar.accessibleName() == "25%", timeout=5000)
    assert dialog._phase.text() == "Sending the model to Ollama"
    qtbot.mouseClick(dialog.halt, Qt.MouseButton.LeftButton)
    assert (job.job.folder / "control" / "stop").exists() and not dialog.halt.isEnabled()
    job.end(ev.Finished(stopped=True))
    qtbot.waitUntil(lambda: not dialog.busy(), timeout=10_000)
    assert dialog._note.text() == "Stopped; nothing that was there has changed."
    assert dialog.go.text() == "Try again" and dialog.go.isEnabled()


def test_closed_and_opened_again_it_shows_the_job_that_goes_on(open_export, qtbot, ollama: Contract, played) -> None:
    dialog = open_export()
    window = dialog.main
    dialog.table.choose("q8_0")
    job = deployed_to(played, qtbot, dialog)
    qtbot.mouseClick(dialog.away, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible() and job.job.alive()
    dialog = open_export(window)
    qtbot.waitUntil(lambda: dialog.tasks.states().get("gate-template") == "done", timeout=10_000)
    assert dialog.busy() and dialog.table.current() == "q8_0" and dialog.halt.isVisible()
    assert dialog.tasks.states()["gate-prompts"] == "waiting"
    job.task("gate-prompts", "Ollama asks as training did", "running", "done")
    job.end(ev.Finished(result={"target": "ollama", "model": "project-greet"}))
    qtbot.waitUntil(lambda: dialog.go.isVisible() and dialog.go.text() == "Chat with it now", timeout=10_000)


def test_a_worker_that_dies_is_a_sentence(open_export, qtbot, ollama: Contract, played) -> None:
    dialog = open_export()
    job = deployed_to(played, qtbot, dialog)
    job.end(None)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=10_000)
    assert sentence(dialog) == "The export ended without a word." and dialog.go.text() == "Try again"


def test_a_run_without_weights_is_a_sentence(make_window, qtbot, project: Project, run: Job) -> None:
    (run.folder / "adapter_config.json").unlink()
    window = make_window(project.folder)
    window.open_page("export", run.id)
    dialog = window.findChild(ExportDialog)
    qtbot.waitUntil(lambda: panel(dialog) is not None, timeout=10_000)
    assert "has no trained weights yet" in sentence(dialog) and not dialog.go.isEnabled()


def test_it_speaks_both_languages_and_fits(open_export, qtbot, ollama: Contract) -> None:
    dialog = open_export()
    english = (dialog.go.text(), dialog._name_label.text(), dialog.title.text())
    dialog.main.set_language("zh")
    chinese = (dialog.go.text(), dialog._name_label.text(), dialog.title.text())
    assert all(a != b for a, b in zip(english, chinese, strict=True))
    for size in ((1280, 800), (2560, 1440)):
        dialog.main.resize(*size)
        qtbot.wait(20)
        assert dialog.rect().contains(dialog.card.geometry())
