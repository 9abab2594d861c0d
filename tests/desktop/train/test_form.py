"""The form: searched, changed, reset, wrong values said and kept."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu

from services.recipes.presets import presets
from tests.desktop.train.conftest import settle


def shown(page) -> list[str]:
    while page.form._wanted:
        page.form._make_some()
    return [name for name, line in page.form._rows.items() if line.isVisibleTo(page.form)]


def test_search_finds_and_escape_clears(open_train, tiny, qtbot) -> None:
    page = open_train()
    assert shown(page) == [], "a beginner sees groups, not fields"
    qtbot.keyClicks(page.form.search, "lora_")
    assert {"lora_rank", "lora_alpha", "lora_dropout"} <= set(shown(page)) and "seed" not in shown(page)
    assert page.form._count.text().startswith(f"{len(shown(page))} of ")
    qtbot.keyClick(page.form.search, Qt.Key.Key_Escape)
    assert page.form.search.text() == "" and shown(page) == []


def test_a_group_opens_by_click(open_train, tiny, qtbot) -> None:
    page = open_train()
    title, _ = page.form._groups["adapter"]
    qtbot.mouseClick(title, Qt.MouseButton.LeftButton)
    assert "lora_rank" in shown(page)
    qtbot.mouseClick(title, Qt.MouseButton.LeftButton)
    assert shown(page) == []


def test_a_changed_value_stands_out_and_goes_back(open_train, tiny, qtbot) -> None:
    page = open_train()
    line = page.form.row("lora_rank")
    assert line.edge == "" and not line.field.font().bold()
    line.field.setValue(16)
    assert page.recipe.lora_rank == 16 and line.edge == "accent" and line.field.font().bold()
    assert page.method_card.value._whole == "LoRA, rank 16" and page.form._count.text().endswith("· 1 changed")
    qtbot.mouseClick(line.reset, Qt.MouseButton.LeftButton)
    assert page.recipe.lora_rank == 8 and line.edge == "" and line.field.value() == 8


def type_into(qtbot, line, text: str) -> None:
    line.field.setFocus()
    line.field.selectAll()
    qtbot.keyClicks(line.field, text)
    qtbot.keyClick(line.field, Qt.Key.Key_Return)


def test_a_wrong_value_stays_with_its_sentence_until_it_is_right(open_train, tiny, qtbot, starts) -> None:
    page = open_train()
    line = page.form.row("learning_rate")
    before = page.recipe.learning_rate
    type_into(qtbot, line, "fast")
    assert line.problem_text().startswith("learning_rate is a number") and bool(line.field.property("error"))
    assert page.recipe.learning_rate == before
    page.form.row("lora_rank").field.setValue(4)
    assert line.field.text() == "fast", "another edit takes nothing away"
    settle(qtbot, page)
    assert not page.panel.start.isEnabled() and "learning_rate" in page.panel.start.toolTip()
    page.start()
    assert starts == [] and page.banner.isVisible()
    type_into(qtbot, line, "2e-4")
    assert page.recipe.learning_rate == 2e-4 and line.problem_text() == ""
    settle(qtbot, page)
    assert page.panel.start.isEnabled()


def test_contradictions_are_said_beside_their_fields_at_once(open_train, tiny, qtbot) -> None:
    page = open_train()
    page.set_recipe(page.recipe.with_values(mask_history=True, train_on_prompt=True))
    assert "learns only the last answer" in page.form.row("mask_history").problem_text()
    page.set_recipe(page.recipe.with_values(train_on_prompt=False))
    assert page.form.row("mask_history").problem_text() == ""


def test_what_is_being_typed_counts_at_start(open_train, tiny, qtbot, project, starts) -> None:
    page = open_train()
    line = page.form.row("learning_rate")
    page.main.activateWindow()
    qtbot.waitUntil(page.main.isActiveWindow, timeout=5_000)
    line.field.setFocus()
    line.field.selectAll()
    qtbot.keyClicks(line.field, "3e-4")  # and never left
    assert page.recipe.learning_rate == 1e-4
    page.start(watch=False)
    qtbot.waitUntil(lambda: bool(starts), timeout=20_000)
    (job,) = project.jobs()
    assert job.request.recipe["learning_rate"] == 3e-4
    settle(qtbot, page)


@pytest.mark.parametrize("name", ["lora_rank", "finetuning_type"])
def test_the_wheel_scrolls_the_form_and_changes_nothing(open_train, tiny, qtbot, name: str) -> None:
    page = open_train()
    field = page.form.row(name).field
    page.form.search.setFocus()
    before = page.recipe
    at = QPointF(field.rect().center())
    turn = QWheelEvent(
        at, QPointF(field.mapToGlobal(QPoint(5, 5))), QPoint(0, 0), QPoint(0, -120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(field, turn)
    assert page.recipe == before


def test_presets_change_what_they_name_and_keep_model_and_data(open_train, tiny, qtbot) -> None:
    page = open_train()
    page.form.row("lora_rank").field.setValue(64)
    page.panel.presets_asked.emit(page.panel.start)
    (menu,) = [m for m in page.findChildren(QMenu) if m.isVisible()]
    assert [a.text() for a in menu.actions()] == [p.title("en") for p in presets()]
    assert all(a.toolTip() for a in menu.actions())
    chosen = presets()[-1]
    menu.actions()[-1].trigger()
    menu.close()
    assert page.recipe == chosen.apply(page.recipe) and page.recipe.dataset == "support"
    assert page.recipe.model_name_or_path == "tiny"


def test_the_palette_finds_parameters(open_train, tiny, qtbot) -> None:
    page = open_train()
    found = {name: go for name, _, go in page.search("warmup")}
    found["warmup_ratio"]()
    assert "warmup_ratio" in shown(page) and "lora_rank" not in shown(page)
