"""Splitting, sampling and merging by their dialogs; whole sets renamed, copied, removed and brought back."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMenu

from desktop import threads
from desktop.controllers import dataset_files
from desktop.widgets.work_dialog import WorkDialog
from services.projects.dataset_files import trash
from services.recipes import read_recipe
from services.recipes.file import recipe_data
from tests.desktop.dataset.conftest import make_set, stored

ROWS = [{"question": f"q{i % 5}", "answer": f"a{i}", "product": "A" if i < 6 else "B"} for i in range(10)]


def rest(qtbot, window: Any = None) -> None:
    qtbot.waitUntil(lambda: not threads.busy(), timeout=10_000)


def dialog(window: Any, qtbot) -> Any:
    found = window.findChildren(WorkDialog)[-1]
    qtbot.waitUntil(lambda: not (found._after.isActive() or threads.busy()) and found.words is not None, timeout=10_000)
    return found


def said(found: Any) -> str:
    return found.words.accessibleName()


def wait(found: Any, qtbot) -> None:
    qtbot.waitUntil(lambda: not (found._after.isActive() or threads.busy()), timeout=10_000)


@pytest.fixture
def window(make_window, project, qtbot) -> Any:
    make_set(project, ROWS)
    made = make_window(project.folder)
    made.open_page("dataset", "support")
    rest(qtbot)
    return made


def test_a_split_is_said_before_done_and_undone(window: Any, qtbot, project) -> None:
    window.run_command("dataset.split")
    found = dialog(window, qtbot)
    assert found.together.isChecked()
    found.amount.setValue(20)
    wait(found, qtbot)
    assert said(found) == "8 rows stay in support, 2 go to support-validation." and not found.warning.isVisible()
    qtbot.mouseClick(found.together, Qt.MouseButton.LeftButton)
    found.amount.setValue(30)
    wait(found, qtbot)
    assert "training would have seen the question" in found.warning.accessibleName()
    qtbot.mouseClick(found.go, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: found.over, timeout=5000)
    assert said(found) == "support-validation has 3 rows, 7 are left in support."
    table = window.frame.tabs.page_of("dataset:support")
    assert table.model.rowCount() == 7 and len(stored(project.dataset_path("support-validation"))) == 3
    next(b for b in found.findChildren(type(found.go)) if b.text() == "Undo").click()
    qtbot.waitUntil(lambda: project.dataset_names() == ["support"], timeout=5000)
    qtbot.waitUntil(lambda: table.model.rowCount() == 10, timeout=5000)
    assert stored(project.dataset_path("support")) == ROWS and [i.name for i in trash(project)] == [
        "support-validation"
    ]


def test_the_split_is_what_runs_are_checked_with(window: Any, qtbot, project) -> None:
    window.run_command("dataset.split")
    found = dialog(window, qtbot)
    found.begin()
    qtbot.waitUntil(lambda: found.over, timeout=5000)
    next(b for b in found.findChildren(type(found.go)) if b.text() == "Check runs with it").click()
    qtbot.waitUntil(lambda: window.page is not None and window.page.kind == "train", timeout=10_000)
    rest(qtbot)
    recipe = read_recipe(recipe_data((project.folder / "recipe.yaml").read_text(encoding="utf-8")))
    assert (recipe.dataset, recipe.eval_dataset, recipe.val_size) == ("support", "support-validation", 0)


def test_by_value_by_hand_and_copied(window: Any, qtbot, project) -> None:
    table = window.page
    table.grid.select_rows(1, 2, 0)
    window.run_command("dataset.split")
    found = dialog(window, qtbot)
    assert found.way.current() == "hand", "rows are selected, so they are meant"
    found.together.setChecked(False)
    wait(found, qtbot)
    assert said(found) == "8 rows stay in support, 2 go to support-validation."
    found.way._choose(1)
    found.column.set_current_id("product")
    wait(found, qtbot)
    found.value.set_current_id("=B")
    found.moving._choose(1)
    found.into.setText("only B")
    wait(found, qtbot)
    assert said(found) == "4 of 10 rows go to only B, and stay in support too."
    found.into.setText("support")
    wait(found, qtbot)
    assert "already a data set called support" in said(found) and not found.go.isEnabled()
    found.into.setText("only B")
    wait(found, qtbot)
    found.begin()
    qtbot.waitUntil(lambda: found.over, timeout=5000)
    assert {row["product"] for row in stored(project.dataset_path("only B"))} == {"B"} and table.model.rowCount() == 10


def test_a_sample_and_a_merge(window: Any, qtbot, project) -> None:
    window.run_command("dataset.sample")
    found = dialog(window, qtbot)
    found.amount.setValue(4)
    wait(found, qtbot)
    assert said(found) == "4 of 10 rows go to support-sample, and stay in support too."
    found.begin()
    qtbot.waitUntil(lambda: found.over, timeout=5000)
    found.reject()
    window.run_command("dataset.merge")
    merging = dialog(window, qtbot)
    assert merging.names() == ["support", "support-sample"] and said(merging).startswith("support-merged will have at")
    merging.begin()
    qtbot.waitUntil(lambda: merging.over, timeout=5000)
    assert said(merging) == "support-merged has 10 rows, 4 equal rows were left out."
    assert stored(project.dataset_path("support-merged")) == ROWS


def test_too_few_sets_are_not_merged(window: Any, qtbot) -> None:
    assert not window.actions_.of("dataset.merge").isEnabled()
    window.open_page("merge", "support")
    assert said(dialog(window, qtbot)) == "Choose at least two data sets."


def test_whole_sets(window: Any, qtbot, project, monkeypatch) -> None:
    monkeypatch.setattr(dataset_files, "ask_text", lambda *a, **k: "desk")
    window.run_command("dataset.rename_set")
    qtbot.waitUntil(lambda: window.page is not None and window.page.id == "dataset:desk", timeout=5000)
    rest(qtbot)
    assert project.dataset_names() == ["desk"]
    window._toast.button.click()
    qtbot.waitUntil(lambda: window.page is not None and window.page.id == "dataset:support", timeout=5000)
    rest(qtbot)
    window.run_command("dataset.duplicate_set")
    qtbot.waitUntil(lambda: window.page is not None and window.page.id == "dataset:support-copy", timeout=5000)
    rest(qtbot)
    window.run_command("dataset.delete_set")
    qtbot.waitUntil(lambda: window._toast is not None and window._toast.button is not None, timeout=5000)
    assert project.dataset_names() == ["support"]
    window._toast.button.click()
    qtbot.waitUntil(lambda: window.page is not None and window.page.id == "dataset:support-copy", timeout=5000)
    rest(qtbot)


def test_emptying_the_trash_says_what_goes(window: Any, qtbot, project, monkeypatch) -> None:
    window.run_command("dataset.delete_set")
    qtbot.waitUntil(lambda: project.dataset_names() == [] and not threads.busy(), timeout=5000)
    told: list[str] = []
    monkeypatch.setattr(dataset_files, "confirm", lambda w, title, goes, action: told.append(goes()) or True)
    window.run_command("dataset.empty_trash")
    qtbot.waitUntil(lambda: trash(project) == [] and not threads.busy(), timeout=5000)
    assert "1 data set goes for good" in told[0] and "support" in told[0]


def test_the_explorer_has_a_menu_and_the_status_bar_a_way_to_the_versions(window: Any, qtbot) -> None:
    tree = window.frame.explorer.tree
    qtbot.waitUntil(lambda: window.frame.explorer_model.find("data:support").isValid(), timeout=5000)
    tree.setCurrentIndex(window.frame.explorer_model.find("data:support"))
    tree._ask_menu(tree.visualRect(tree.currentIndex()).center())
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    words = [a.text() for a in menu.actions() if a.text()]
    assert words[0] == "Open the table" and "Rename…" in words and "Move to the trash" in words
    menu.close()
    qtbot.mouseClick(window.frame.status.state, Qt.MouseButton.LeftButton)
    rest(qtbot)
    assert window.page.kind == "versions"
