"""Data in and out through the window: export, conversion, folders of sets, hubs."""

import json
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop import threads
from desktop.views.convert_rows import ConvertRowsDialog
from desktop.views.export_rows import ExportRowsDialog
from desktop.views.fetch_data import FetchDataDialog
from desktop.views.folder_sets import FolderSetsDialog
from desktop.widgets.dialog import Dialog
from desktop.widgets.losses_dialog import LossesDialog
from services.i18n import set_language
from services.projects.project import Project

CASES = Path(__file__).parents[2] / "data" / "cases"


def dialog(window: Any, kind: type[Dialog]) -> Any:
    return next(d for d in window.findChildren(kind) if d.isVisible())


def rest(qtbot) -> None:
    qtbot.waitUntil(lambda: not threads.busy(), timeout=20_000)


def click(qtbot, button: Any) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


@pytest.fixture
def saved_as(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """What the file dialog was asked, and what it answers (key "answer")."""
    asked: dict[str, str] = {}

    def ask(_: object, title: str, start: str, kinds: str) -> tuple[str, str]:
        asked.update(start=start, kinds=kinds)
        return asked.get("answer", ""), kinds

    monkeypatch.setattr(QFileDialog, "getSaveFileName", ask)
    return asked


def test_export_as_it_is_and_in_another_format(open_set, qtbot, saved_as, tmp_path: Path) -> None:
    page = open_set()
    window = page.main
    window.run_command("data.export")
    shown = dialog(window, ExportRowsDialog)
    rest(qtbot)
    saved_as["answer"] = str(tmp_path / "数据 out")  # without its suffix
    click(qtbot, shown.go)
    rest(qtbot)
    assert Path(saved_as["start"]).name == "support.jsonl" and "*.jsonl" in saved_as["kinds"]
    lines = (tmp_path / "数据 out.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[0])["answer"] == "I am Tessaly." and len(lines) == 4
    assert not [d for d in window.findChildren(LossesDialog) if d.isVisible()]

    window.run_command("data.export")
    shown = dialog(window, ExportRowsDialog)
    rest(qtbot)
    shown.file_kind.set_current_id("xlsx")
    shown.format.set_current_id("openai")
    assert (
        not shown.register.isEnabled() and "32,767" in shown.note.accessibleName() + shown.note._document.toPlainText()
    )
    saved_as["answer"] = str(tmp_path / "o.xlsx")
    click(qtbot, shown.go)
    rest(qtbot)
    assert Path(saved_as["start"]).name == "support-openai.xlsx"
    assert (tmp_path / "o.xlsx").exists()
    assert "Lists and objects became JSON text." in dialog(window, LossesDialog).lines
    click(qtbot, dialog(window, LossesDialog).close_button)


def test_export_of_a_version_that_is_registered(open_set, qtbot, saved_as, tmp_path: Path) -> None:
    page = open_set()
    page.model.set_texts({(0, 1): "Changed."})
    rest(qtbot)
    page.main.run_command("data.export")
    shown = dialog(page.main, ExportRowsDialog)
    rest(qtbot)
    version = shown.version.itemData(1) or shown.version.itemText(1)
    shown.version.setCurrentIndex(1)
    click(qtbot, shown.register)
    saved_as["answer"] = str(tmp_path / "v.jsonl")
    click(qtbot, shown.go)
    rest(qtbot)
    assert version and "I am Tessaly." in (tmp_path / "v.jsonl").read_text(encoding="utf-8")
    assert "v.jsonl" in (tmp_path / "dataset_info.json").read_text(encoding="utf-8")


def test_nothing_is_written_where_nothing_was_chosen(open_set, qtbot, saved_as) -> None:
    page = open_set()
    page.main.run_command("data.export")
    click(qtbot, dialog(page.main, ExportRowsDialog).go)
    assert dialog(page.main, ExportRowsDialog).isVisible()
    rest(qtbot)


def test_convert_makes_a_new_set_and_says_what_it_loses(open_set, qtbot) -> None:
    page = open_set()
    window = page.main
    window.run_command("data.convert")
    shown = dialog(window, ConvertRowsDialog)
    rest(qtbot)
    assert shown.name.text() == "support-openai" and shown.go.isEnabled()
    shown.format.set_current_id("preference")
    rest(qtbot)
    assert not shown.go.isEnabled() and "one answer each" in shown.go.toolTip()
    shown.format.set_current_id("text")
    rest(qtbot)
    shown.name.setText("support")
    click(qtbot, shown.go)
    assert "already a data set called support" in shown.wrong.text()
    shown.name.setText("raw")
    click(qtbot, shown.go)
    rest(qtbot)
    assert window.page.key == "raw" and window.page.model.rowCount() == 4
    (line,) = [text for text in dialog(window, LossesDialog).lines if "Who says what" in text]
    assert line.endswith("(4 rows: 1, 2, 3, 4)")
    click(qtbot, dialog(window, LossesDialog).close_button)
    rest(qtbot)


def test_a_folder_of_sets(make_window, project: Project, qtbot) -> None:
    window = make_window(project.folder)
    window.take_files([str(CASES / "C08.folder" / "dataset_info.json")])
    shown = dialog(window, FolderSetsDialog)
    rest(qtbot)
    items = {item.title: item for item in shown.list.ticked.items()}
    assert [offer.name for offer in shown.chosen()] == ["numbers", "hub_and_local", "pairs", "raw_folder"]
    assert items["letters_missing_file"].ticked is None and items["val"].ticked is False
    assert "train.jsonl has no column instruction" in items["wrong_column"].text
    qtbot.mouseClick(shown.list.viewport(), Qt.MouseButton.LeftButton, pos=shown.list.tick_at(2))
    assert shown.go.text() == "Open 3 data sets"
    click(qtbot, shown.go)
    rest(qtbot)
    assert project.dataset_names() == ["numbers", "pairs", "raw_folder"]
    assert window.page.key == "numbers" and window.page.model.rowCount() == 5
    rest(qtbot)


def test_a_folder_with_nothing_and_one_that_is_gone(
    make_window, project: Project, qtbot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = make_window(project.folder)
    errors: list[Exception] = []
    monkeypatch.setattr(window, "show_error", errors.append)
    (tmp_path / "nothing").mkdir()
    window.open_page("folder_sets", str(tmp_path / "nothing"))
    shown = dialog(window, FolderSetsDialog)
    rest(qtbot)
    assert not shown.go.isEnabled() and "no files of rows" in shown.note._document.toPlainText()
    shown.reject()
    window.open_page("folder_sets", str(tmp_path / "gone"))
    rest(qtbot)
    assert "cannot be read" in str(errors[0])


def test_the_hub_gets_a_job(make_window, project: Project, qtbot, monkeypatch: pytest.MonkeyPatch) -> None:
    window = make_window(project.folder)
    asked: list[Any] = []
    monkeypatch.setattr(window.supervisor, "submit", asked.append)
    window.run_command("data.fetch")
    shown = dialog(window, FetchDataDialog)
    click(qtbot, shown.go)
    assert not asked and shown.wrong.text().startswith("Write it as maker/name")
    qtbot.keyClicks(shown.dataset, "https://huggingface.co/datasets/maker/talks?x=1")
    shown.hub.set_current("mirror")
    qtbot.keyClicks(shown.split, "test")
    qtbot.keyClick(shown.split, Qt.Key.Key_Return)
    (request,) = asked
    assert (request.dataset, request.hub, request.split, request.subset) == ("maker/talks", "mirror", "test", "")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_they_are_said_in_both_languages(open_set, qtbot, language: str) -> None:
    page = open_set()
    set_language(language)
    page.main.run_command("data.convert")
    shown = dialog(page.main, ConvertRowsDialog)
    rest(qtbot)
    assert ("转换" in shown.title.text()) is (language == "zh")


def test_many_rows_are_left_to_a_job(open_set, qtbot, saved_as, tmp_path: Path, monkeypatch) -> None:
    from services.jobs.kinds import export_data

    page = open_set()
    monkeypatch.setattr(export_data, "LARGE_ROWS", 3)
    asked: list[Any] = []
    monkeypatch.setattr(page.main.supervisor, "submit", asked.append)
    page.main.run_command("data.export")
    saved_as["answer"] = str(tmp_path / "big.csv")
    shown = dialog(page.main, ExportRowsDialog)
    shown.file_kind.set_current_id("csv")
    click(qtbot, shown.go)
    page.main.run_command("data.convert")
    rest(qtbot)
    click(qtbot, dialog(page.main, ConvertRowsDialog).go)
    assert [(r.file, r.file_kind, r.to, r.new_name) for r in asked] == [
        (str(tmp_path / "big.csv"), "csv", "", ""),
        ("", "auto", "openai", "support-openai"),
    ]
    assert {r.revision for r in asked} == {page.controller.store.revision} and not (tmp_path / "big.csv").exists()
    rest(qtbot)


def test_a_dropped_folder_of_parts_is_one_set(make_window, project: Project, qtbot, tmp_path: Path) -> None:
    window = make_window(project.folder)
    (tmp_path / "parts").mkdir()
    for number in (1, 2):
        text = json.dumps({"q": f"Question {number}", "a": "x"}) + "\n"
        (tmp_path / "parts" / f"p{number}.jsonl").write_text(text, encoding="utf-8")
    window.take_files([str(tmp_path / "parts")])
    shown = dialog(window, FolderSetsDialog)
    rest(qtbot)
    assert [(item.title, item.ticked) for item in shown.list.ticked.items()] == [
        ("parts", True), ("p1", False), ("p2", False),
    ]  # fmt: skip
    click(qtbot, shown.go)
    rest(qtbot)
    assert window.page.key == "parts" and window.page.model.rowCount() == 2
    rest(qtbot)
