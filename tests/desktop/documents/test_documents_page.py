"""The documents page by real clicks: files, chunks, a try, the job, the rows; and the judge."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from desktop.models.ticked import Ticked, TickedModel
from desktop.views.judge import JudgeDialog
from services.chat.endpoints import add_endpoint
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.helpers.answer_server import Serve, answering_server


def reply(text: str, before: int) -> str:
    if "Judge" in text:
        return json.dumps({"score": 4, "reason": "Clear."})
    rule = text.split("Boats of kind ")[1][0]
    return json.dumps([{"question": f"Where do boats of kind {rule} wait?", "answer": f"At buoy {rule}."}])


@pytest.fixture
def answering() -> Iterator[Serve]:
    with answering_server() as start:
        yield start


@pytest.fixture
def guide(tmp_path: Path) -> Path:
    path = tmp_path / "harbour guide.md"
    parts = [f"## Rule {n}\n\nBoats of kind {n} wait at buoy {n}.\n" for n in (1, 2, 3)]
    path.write_text("# Harbour\n\n" + "\n".join(parts), encoding="utf-8")
    return path


@pytest.fixture
def page(make_window, tmp_path: Path, answering: Serve, qtbot):
    server, model = answering(reply)
    add_endpoint("Harbour", model.split("#")[0])
    project = Project.create(tmp_path / "My 项目")
    window = make_window(project.folder)
    window.run_command("data.documents")
    shown = window.page
    shown.server = server
    qtbot.waitUntil(lambda: shown.side.model.count() > 0, timeout=20_000)
    return shown


def test_the_list_is_a_proper_model(qtmodeltester, qtbot) -> None:
    model = TickedModel()
    model.set_items([Ticked(1, "one", "text", "3 tokens", True), Ticked(2, "two")])
    qtmodeltester.check(model)
    with qtbot.waitSignal(model.ticks_changed):
        assert model.setData(model.index(0), Qt.CheckState.Unchecked, Qt.ItemDataRole.CheckStateRole)
    assert model.unticked() == [1]
    assert not model.setData(model.index(1), Qt.CheckState.Checked, Qt.ItemDataRole.CheckStateRole)
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "one, 3 tokens, text"


def test_the_road_from_a_file_to_rows(page, guide: Path, qtbot) -> None:
    assert page.empty.isVisibleTo(page) and not page.work.isVisibleTo(page)
    bad = guide.with_name("scan.pdf")
    bad.write_bytes(b"no")
    assert page.drop_files([str(guide), str(bad)])
    qtbot.waitUntil(lambda: len(page.chunks) == 3, timeout=10_000)
    assert [i.title for i in page.files.ticked.items()] == ["harbour guide.md", "scan.pdf"]
    assert page.banner.panel() is not None
    assert page.side.name.text() == "harbour guide"
    assert "Rule 1" in page.reading.accessibleName()
    qtbot.mouseClick(page.list.viewport(), Qt.MouseButton.LeftButton, pos=page.list.tick_at(1))
    assert page.counts.text() == "2 of 3 chunks are asked about"
    page.list.setCurrentIndex(page.list.ticked.index(2))
    qtbot.mouseClick(page.side.try_, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(page.rows.ticked.items()), timeout=20_000)
    assert page.rows.ticked.items()[0].title == "Where do boats of kind 3 wait?"
    assert page.rows.isVisibleTo(page) and "At buoy 3." in page.reading.accessibleName()
    qtbot.mouseClick(page.side.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.side.open.isVisibleTo(page), timeout=60_000)
    assert [i.title for i in page.rows.ticked.items()] == [f"Where do boats of kind {n} wait?" for n in (1, 3)]
    assert page.side.note.accessibleName() == "2 rows; 0 repeated questions dropped."
    qtbot.mouseClick(page.side.open, Qt.MouseButton.LeftButton)
    assert page.main.page.kind == "dataset" and page.main.page.model.rowCount() == 2
    assert "from-documents" in page.show_as_command()[0]


def test_a_bad_prompt_is_said_before_anything_is_asked(page, guide: Path, qtbot) -> None:
    page.add([guide])
    qtbot.waitUntil(lambda: len(page.chunks) == 3, timeout=10_000)
    page.side.prompt.setPlainText("Say something")
    qtbot.mouseClick(page.side.go, Qt.MouseButton.LeftButton)
    assert page.banner.panel() is not None and page.server.asked == [] and page.job_id == ""


def test_chunks_follow_their_size(page, guide: Path, qtbot) -> None:
    guide.write_text("A sentence of some words here. " * 60, encoding="utf-8")
    page.add([guide])
    qtbot.waitUntil(lambda: len(page.chunks) > 0, timeout=10_000)
    before = len(page.chunks)
    page.tokens.setValue(60)
    qtbot.waitUntil(lambda: len(page.chunks) > before, timeout=5000)
    page.files.setCurrentIndex(page.files.ticked.index(0))
    qtbot.mouseClick(page.take_out, Qt.MouseButton.LeftButton)
    assert page.empty.isVisibleTo(page)


def test_scores_come_into_an_open_table(page, tmp_path: Path, qtbot) -> None:
    from services.datasets.importing import import_file

    window = page.main
    rows = tmp_path / "boats.json"
    rows.write_text(json.dumps([{"instruction": "Where?", "output": "There."}] * 2), encoding="utf-8")
    import_file(window.project, rows)
    table = window.open_page("dataset", "boats")
    window.run_command("dataset.judge")
    dialog = window.findChildren(JudgeDialog)[-1]
    qtbot.waitUntil(lambda: dialog.go.isEnabled(), timeout=20_000)
    qtbot.mouseClick(dialog.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "score" in table.model.columns, timeout=60_000)
    row = table.controller.store.rows()[0].values
    assert (row["score"], row["score_reason"]) == (4, "Clear.")
    table.undo()
    qtbot.waitUntil(lambda: "score" not in table.model.columns, timeout=10_000)
    with DatasetStore.open(window.project.dataset_path("boats"), read_only=True) as store:
        assert not store.can_undo


def test_rows_are_accepted_and_rejected_by_key(make_window, tmp_path: Path, qtbot) -> None:
    from services.datasets.importing import import_file

    project = Project.create(tmp_path / "Review")
    rows = tmp_path / "made.json"
    rows.write_text(json.dumps([{"question": f"Q{i}", "answer": "A", "review": "open"} for i in range(3)]))
    import_file(project, rows)
    window = make_window(project.folder)
    table = window.open_page("dataset", "made")
    window.run_command("dataset.accept")
    qtbot.waitUntil(lambda: table.grid.currentIndex().row() == 1, timeout=5000)
    window.run_command("dataset.reject")
    qtbot.waitUntil(lambda: table.controller.store.rows()[1].values["review"] == "rejected", timeout=5000)
    assert [row.values["review"] for row in table.controller.store.rows()] == ["accepted", "rejected", "open"]
    table.undo()
    qtbot.waitUntil(lambda: table.controller.store.rows()[1].values["review"] == "open", timeout=5000)
