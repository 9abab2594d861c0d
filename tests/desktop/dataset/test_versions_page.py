"""The versions page: what changed, the way from one difference to the next, going back, names, rows as they were."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop import threads
from desktop.controllers import version_edits
from desktop.models.diff_list import DiffListModel
from desktop.models.diff_pieces import pieces
from services.datasets.difference import Difference
from services.datasets.store import DatasetStore
from services.datasets.wording import Side, sides
from tests.desktop.dataset.conftest import MAPPING, ROWS, make_set, stored


def rest(qtbot, page: Any) -> None:
    qtbot.waitUntil(lambda: bool(page.places) and not threads.busy(), timeout=10_000)


@pytest.fixture
def versions(make_window, project, qtbot) -> Any:
    """The page of a set that was edited after its first version."""
    path = make_set(project, ROWS)
    with DatasetStore.open(path) as store:
        store.set_cells([(1, "answer", "I am Tessaly, your guide."), (4, "question", "My lamp is red.")])
        store.delete_rows([3])
        store.insert_rows(1, [{"question": "New?", "answer": "Yes."}])
    window = make_window(project.folder)
    page = window.open_page("versions", "support")
    rest(qtbot, page)
    return page


def test_what_changed_since_the_last_version(versions: Any, qtbot) -> None:
    page = versions
    assert [item.title for item in page.list.items()] == ["Now", "version 1", "As imported"]
    assert page.list.items()[0].note == "±2 +1 −1"
    assert page.summary.text() == "2 rows changed, 1 added, 1 removed"
    model = page.rows.model()
    assert [str(model.index(i).data()) for i in range(4)] == ["Row 1", "Row 2", "Row 3", "Row 4"]
    assert page.panel.texts[1].marked() == [", your guide"]
    assert page.bar.where.text() == "1 of 4"


def test_by_key_from_one_difference_to_the_next(versions: Any, qtbot) -> None:
    page = versions
    action = page.main.actions_.of("versions.next")
    assert [keys.toString() for keys in action.shortcuts()] == ["F7"] and action.isEnabled()
    action.trigger()
    rest(qtbot, page)
    assert page.rows.at() == 1 and page.panel.texts[0].toPlainText() == "New?"
    page.main.run_command("versions.next")
    page.main.run_command("versions.next")
    page.main.run_command("versions.next")
    assert page.rows.at() == 3, "stays at the last"
    page.main.run_command("versions.before")
    rest(qtbot, page)
    assert page.rows.at() == 2


def test_kinds_and_columns(versions: Any, qtbot) -> None:
    page = versions
    qtbot.mouseClick(page.bar.kinds, Qt.MouseButton.LeftButton,
                     pos=page.bar.kinds.segment("changed").center().toPoint())  # fmt: skip
    assert page.rows.count() == 2
    page.bar.column.set_current_id("=question")
    rest(qtbot, page)
    assert page.rows.count() == 1 and page.panel.texts[0].marked() == ["light"]


def test_going_back_and_undo(versions: Any, qtbot, project) -> None:
    page = versions
    path, before = project.dataset_path("support"), stored(project.dataset_path("support"))
    page.list.choose("v:version 1")
    page._chose()
    rest(qtbot, page)
    qtbot.mouseClick(page.head.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: page.main._toast is not None and page.main._toast.button is not None, timeout=5000)
    assert stored(path) == ROWS
    page.main._toast.button.click()
    qtbot.waitUntil(lambda: stored(path) == before, timeout=5000)


def test_edits_go_through_the_page_that_holds_the_set(versions: Any, qtbot, project) -> None:
    page = versions
    table = page.main.open_page("dataset", "support")
    page.main.open_page("versions", "support")
    page.list.choose("v:version 1")
    page._chose()
    page.main.run_command("versions.go_back")
    qtbot.waitUntil(lambda: table.model.row_at(0).values["answer"] == "I am Tessaly.", timeout=5000)
    assert table.model.rowCount() == 4 and table.can_undo()
    rest(qtbot, page)
    assert page.list.items()[0].note == "="


def test_names_and_notes(versions: Any, qtbot, monkeypatch) -> None:
    page, answers = versions, ["second", "checked", "2nd"]
    monkeypatch.setattr(version_edits, "ask_text", lambda *a, **k: answers.pop(0))
    for command in ("save", "note", "rename"):
        page.main.run_command(f"versions.{command}")
        rest(qtbot, page)
    qtbot.waitUntil(lambda: page.head.title.toolTip() or page.place().name == "2nd", timeout=5000)
    assert page.place().note == "checked" and "checked" in page.head.about.text()
    page.main.run_command("versions.delete")
    qtbot.waitUntil(lambda: len(page.list.items()) == 3 and not threads.busy(), timeout=5000)
    page.main._toast.button.click()
    qtbot.waitUntil(lambda: [p.name for p in page.places] == ["", "2nd", "version 1", ""], timeout=5000)


def test_writing_a_version_to_a_file(versions: Any, qtbot, monkeypatch, tmp_path) -> None:
    page = versions
    page.list.choose("v:version 1")
    page._chose()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a: (str(tmp_path / "old.jsonl"), ""))
    page.main.run_command("versions.write")
    qtbot.waitUntil(lambda: (tmp_path / "old.jsonl").exists() and not threads.busy(), timeout=5000)
    assert "I am Tessaly." in (tmp_path / "old.jsonl").read_text(encoding="utf-8")


def test_rows_as_they_were(versions: Any, qtbot, qtmodeltester) -> None:
    page = versions.main.open_page("version_rows", "support|2|version 1")
    qtbot.waitUntil(lambda: page.model is not None and page.model.text(0, 1) == "I am Tessaly.", timeout=5000)
    assert page.title() == "support · version 1" and page.model.rowCount() == 4
    qtbot.waitUntil(lambda: page.cell.toPlainText() == "Who are you?", timeout=5000)
    assert not page.model.flags(page.model.index(0, 0)) & Qt.ItemFlag.ItemIsEditable
    qtmodeltester.check(page.model)
    rest(qtbot, versions)


def test_the_list_is_a_sound_model(project, qtmodeltester, app) -> None:
    path = make_set(project, ROWS)
    with DatasetStore.open(path) as store:
        store.set_cells([(1, "answer", "x")])
        store.delete_rows([2])
        model = DiffListModel()
        model.show(Difference(store, store.version("version 1").revision, store.revision))
        assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "Row 1, changed, answer"
        qtmodeltester.check(model)


def test_pieces_are_the_text_and_fold_what_is_alike() -> None:
    old = "start " + "Same words again. " * 500 + "end one"
    before, after = sides(old, old.replace("start", "begin").replace("one", "two"), MAPPING)
    for side in (before, after):
        found = pieces(side)
        assert "".join(p.text for p in found) == side.text
        assert [p.kind for p in found] == ["mark", "same", "fold", "same", "mark"]
    long = pieces(Side("x" * 200_000))
    assert [(p.kind, len(p.text)) for p in long] == [("same", 12_000), ("fold", 188_000)]
