"""The four cards: they say what is chosen, and choose."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMenu

from services.datasets.mapping import Mapping
from services.i18n import set_language
from tests.desktop.dataset.conftest import ROWS, make_set
from tests.desktop.train.conftest import settle


def menu_of(qtbot, page, card) -> QMenu:
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    menus = [m for m in page.findChildren(QMenu) if m.isVisible() and not isinstance(m.parent(), QMenu)]
    assert len(menus) == 1
    return menus[0]


def choose(qtbot, page, card, words: str) -> None:
    menu = menu_of(qtbot, page, card)
    actions = [*menu.actions(), *(a for sub in menu.findChildren(QMenu) for a in sub.actions())]
    next(a for a in actions if a.text() == words).trigger()
    menu.close()
    settle(qtbot, page)


def said(card) -> tuple[str, str]:
    return card.value._whole, card.note._whole


def test_the_first_recipe_is_complete(open_train, tiny) -> None:
    page = open_train()
    assert page.recipe.model_name_or_path == "tiny" and page.recipe.dataset == "support"
    assert said(page.model_card)[0] == "tiny" and "on this PC" in said(page.model_card)[1]
    assert said(page.data_card) == ("support · 4 rows", "all of it is learnt, none kept to check with")
    assert said(page.method_card)[0] == "LoRA, rank 8" and said(page.method_card)[1].startswith("trains ")
    assert said(page.time_card) == ("3 rounds · 3 steps", "every example is seen 3 times")
    assert page.method_card.accessibleName().startswith("Method: LoRA, rank 8")


def test_method_and_time_menus(open_train, tiny, qtbot) -> None:
    page = open_train()
    choose(qtbot, page, page.method_card, "QLoRA · the same on a model in 4 bits")
    assert page.recipe.method == "qlora" and said(page.method_card)[0] == "QLoRA, rank 8"
    choose(qtbot, page, page.method_card, "Full · every weight learns")
    assert said(page.method_card) == ("All weights", "every weight learns")
    choose(qtbot, page, page.time_card, "1 round")
    assert page.recipe.num_train_epochs == 1 and said(page.time_card)[1] == "every example is seen once"


def test_a_card_opens_by_enter(open_train, tiny, qtbot) -> None:
    page = open_train()
    qtbot.keyClick(page.time_card, Qt.Key.Key_Return)
    (menu,) = [m for m in page.findChildren(QMenu) if m.isVisible()]
    assert [a.text() for a in menu.actions()] == ["1 round", "2 rounds", "3 rounds", "5 rounds", "10 rounds"]
    menu.close()


def test_data_menu_chooses_several_sets_and_what_to_check_on(open_train, tiny, qtbot, project) -> None:
    make_set(project, ROWS)
    make_set(project, ROWS[:2], name="more")
    page = open_train()
    choose(qtbot, page, page.data_card, "more · 2 rows")
    assert page.recipe.dataset == "support,more" and said(page.data_card)[0] == "support + more · 6 rows"
    choose(qtbot, page, page.data_card, "more · 2 rows")
    choose(qtbot, page, page.data_card, "more")
    assert page.recipe.eval_dataset == "more" and said(page.data_card)[1] == "checked on more"
    choose(qtbot, page, page.data_card, "more · 2 rows")
    assert page.recipe.eval_dataset == "", "what is learnt is not what is checked on"
    choose(qtbot, page, page.data_card, "a tenth of the rows")
    assert page.recipe.val_size == 0.1 and said(page.data_card)[1] == "checked on 10% of the rows"


def test_data_of_another_kind_brings_its_stage(open_train, tiny, qtbot, project) -> None:
    pairs = Mapping(format="preference", columns={"prompt": "question", "chosen": "answer", "rejected": "product"})
    make_set(project, ROWS)
    make_set(project, ROWS[:2], pairs, name="pairs")
    page = open_train()
    choose(qtbot, page, page.data_card, "support · 4 rows")
    choose(qtbot, page, page.data_card, "pairs · 2 rows")
    assert page.recipe.stage == "dpo" and page.recipe.dataset == "pairs"


def test_a_model_folder_is_chosen(open_train, tiny, qtbot, tmp_path, monkeypatch) -> None:
    from tests.helpers.tiny_model import make_tiny_model

    other = make_tiny_model(tmp_path / "我的 model", tokenizer="sample")
    page = open_train()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(other))
    choose(qtbot, page, page.model_card, "Choose a model folder…")
    assert page.recipe.model_name_or_path == str(other) and page.panel.start.isEnabled()


def test_the_sample_is_fetched_from_the_menu(open_train, qtbot, monkeypatch) -> None:
    from services.paths import models_dir
    from tests.helpers.tiny_model import make_tiny_model

    page = open_train()
    asked: list[str] = []
    monkeypatch.setattr(page.main.downloads, "start", asked.append)
    choose(qtbot, page, page.model_card, "Fetch the sample model (90 MB)")
    assert asked == ["sample"] and not page.recipe.model_name_or_path
    make_tiny_model(models_dir() / "smollm2-135m-instruct", tokenizer="sample")
    page.main.downloads.arrived.emit("smollm2-135m-instruct")  # as when its job has ended
    qtbot.waitUntil(lambda: page.recipe.model_name_or_path == "smollm2-135m-instruct", timeout=20_000)
    settle(qtbot, page)
    assert page.panel.start.isEnabled()
    page.main.downloads.arrived.emit("other")
    assert page.recipe.model_name_or_path == "smollm2-135m-instruct"


def test_chinese(open_train, tiny, qtbot) -> None:
    page = open_train()
    page.main.set_language("zh")
    assert page.title() == "新建训练" and said(page.time_card)[1] == "每条样例学 3 遍"
    assert page.panel.start.text() == "开始训练"
    page.main.set_language("en")
    set_language("en")


@pytest.mark.parametrize(
    ("weights", "words"), [(135_000_000, "135 million weights"), (1_540_000_000, "1.54 billion weights")]
)
def test_weights_in_words(app, weights: int, words: str) -> None:
    from desktop.widgets.recipe_cards import weights_text

    assert weights_text(weights) == words
