"""The models page with real clicks: list, facts, fits, training, adding, removing."""

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.controllers import model_removal
from desktop.controllers import models as controller_module
from desktop.controllers.models import ModelsController
from desktop.models.model_items import model_items
from desktop.widgets.text import Label
from services.catalogue import ModelEntry, inspect_model, local_models
from services.catalogue.about import licence_of
from services.datasets.importing import import_file
from services.hardware import Card
from services.i18n import set_language
from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.paths import data_dir, models_dir
from services.projects.project import Project
from services.recipes import Recipe
from services.resources import resource
from tests.helpers.tiny_model import make_tiny_model

RTX = Card("cuda", "NVIDIA GeForce RTX 4070", 11.99, 0.8, compute_capability=8.9, bf16=True)


@pytest.fixture(autouse=True)
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controller_module, "best_card", lambda: RTX)


def _wait_for_details(page, qtbot) -> None:
    qtbot.waitUntil(lambda: page._details is not None and page.model._body is not None, timeout=10_000)


def _texts(widget) -> list[str]:
    return [label.text() for label in widget.findChildren(Label) if not label.isHidden()]


def test_a_model_in_full(page, qtbot, tiny: Path, project: Project) -> None:
    (tiny / "README.md").write_text("---\nlicense: apache-2.0\n---\n", encoding="utf-8")
    Job.create(project.jobs_dir, TrainRequest(name="lora", recipe={"model_name_or_path": "maker/tiny"}))
    shown = page(project.folder)
    _wait_for_details(shown, qtbot)
    assert shown.key == "maker/tiny" and shown.model.name.text() == "tiny"
    fits = {row.fit.method: row.fit.verdict for row in shown.model.fit_rows()}
    assert fits == {"qlora": "easy", "lora": "easy", "full": "easy"}
    assert shown.model.fit_rows()[0].accessibleName().startswith("QLoRA: ")
    texts = _texts(shown.model)
    assert {"apache-2.0", "LlamaForCausalLM", "2,048 tokens", "its own", "run 1"} <= set(texts)
    assert any(t.startswith("<|im_start|>user\nHow long is the guarantee?<|im_end|>") for t in texts)
    assert shown.model.train.isEnabled() and shown.fills_primary
    qtbot.waitUntil(lambda: shown.main.frame.explorer.tree.currentIndex().data() == "maker/tiny", timeout=5000)


def test_the_explorer_turns_the_one_tab(make_window, qtbot, tiny: Path, project: Project) -> None:
    make_tiny_model(models_dir() / "maker--other")
    window = make_window(project.folder)
    model = window.frame.explorer_model
    qtbot.waitUntil(lambda: model.find("model:maker/other").isValid(), timeout=5000)
    tree = window.frame.explorer.tree
    for name in ("maker/other", "maker/tiny"):
        spot = tree.visualRect(model.find(f"model:{name}")).center()
        qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        qtbot.waitUntil(lambda name=name: window.page is not None and window.page.key == name, timeout=5000)
    assert [p.kind for p in window.frame.tabs.pages()].count("models") == 1
    window.run_command("models.open")
    assert window.page.key == "maker/tiny", "the command brings it to the front as it is"


def test_train_with_it_opens_the_recipe_with_it_and_undo_puts_the_old_one_back(
    page, qtbot, tiny: Path, project: Project
) -> None:
    import_file(project, [next(resource("sample").glob("*.csv"))], name="who")
    make_tiny_model(models_dir() / "maker--aaa")
    shown = page(project.folder, "maker/tiny")
    window = shown.main
    qtbot.mouseClick(shown.model.train, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.page.kind == "train", timeout=10_000)
    training = window.page
    qtbot.waitUntil(lambda: training.recipe.model_name_or_path == "maker/tiny", timeout=10_000)
    qtbot.waitUntil(lambda: training.recipe.dataset == "who", timeout=10_000)
    assert window._toast.label.text() == "The recipe trains maker/tiny now."
    qtbot.mouseClick(window._toast.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: training.recipe.model_name_or_path == "maker/aaa", timeout=10_000)


def test_what_belongs_to_the_old_model_does_not_come_along(tiny: Path, make_window, project: Project) -> None:
    window = make_window(project.folder)
    entry = local_models()[0]
    before = Recipe(model_name_or_path="maker/old", adapter_name_or_path="0003", template="qwen", lora_rank=16)
    wanted, kept = ModelsController(window).prepare(entry, before)
    assert kept == before
    assert (wanted.model_name_or_path, wanted.template, wanted.lora_rank) == ("maker/tiny", "model", 16)
    assert wanted.adapter_name_or_path == Recipe().adapter_name_or_path
    assert ModelsController(window).prepare(entry, wanted) == (wanted, wanted)


def test_without_a_project_training_is_off_and_says_why(page, qtbot, tiny: Path) -> None:
    shown = page()
    _wait_for_details(shown, qtbot)
    assert not shown.model.train.isEnabled() and "Open a project first" in shown.model.train.toolTip()
    assert not shown.main.actions_.of("models.train").isEnabled()


def test_a_broken_folder_is_a_sentence_and_cannot_be_trained(page, qtbot, tiny: Path, project: Project) -> None:
    (tiny / "model.safetensors").unlink()
    shown = page(project.folder)
    _wait_for_details(shown, qtbot)
    item = shown.list.items()[1]
    assert (item.line, item.icon) == ("its weights are missing", "x-circle")
    assert not shown.can_train() and shown.model.fit_rows() == []


def test_a_template_that_raises_is_a_sentence(page, qtbot) -> None:
    make_tiny_model(models_dir() / "maker--odd", template="{{ raise_exception('no') }}")
    make_tiny_model(models_dir() / "maker--none")
    (models_dir() / "maker--none" / "chat_template.jinja").unlink()
    shown = page(None, "maker/odd")
    _wait_for_details(shown, qtbot)
    assert shown._details.template_error is not None and shown._details.rendered == ""
    shown.turn_to("maker/none")
    qtbot.waitUntil(lambda: shown._details is not None and shown._details.entry.id == "maker/none", timeout=5000)
    assert any("none of its own" in t for t in _texts(shown.model))


def test_a_list_that_cannot_be_read_is_said(page, qtbot, make_window) -> None:
    (data_dir() / "models.toml").write_text("folders = [", encoding="utf-8")
    window = make_window()
    shown = window.open_page("models")
    qtbot.waitUntil(lambda: shown.banner.panel() is not None, timeout=5000)
    assert "models.toml" in shown.banner.panel().sentence.accessibleName()


def test_a_folder_is_added_taken_off_and_put_back(page, qtbot, tmp_path: Path, monkeypatch) -> None:
    shelf = tmp_path / "我的 shelf"
    make_tiny_model(shelf / "one")
    make_tiny_model(shelf / "two")
    shown = page()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *a, **k: str(shelf))
    qtbot.mouseClick(shown.empty.folder, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: [e.id for e in shown.entries] == ["one", "two"], timeout=5000)
    qtbot.waitUntil(lambda: shown.key == "one", timeout=5000)
    assert shown.model.remove.text() == "Take off the list"
    qtbot.mouseClick(shown.model.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown.entries == [], timeout=5000)
    assert shown.main._toast.label.text() == "2 models are off the list; files stay."
    assert (shelf / "one" / "model.safetensors").is_file()
    qtbot.mouseClick(shown.main._toast.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(shown.entries) == 2, timeout=5000)


def test_a_folder_without_a_model_is_a_sentence(page, qtbot, tmp_path: Path) -> None:
    shown = page()
    assert shown.drop_files([str(tmp_path)]) and not shown.drop_files([__file__])
    qtbot.waitUntil(lambda: shown.banner.panel() is not None, timeout=5000)
    assert shown.banner.panel().sentence.accessibleName().startswith("There is no model in ")


def test_deleting_says_exactly_what_goes(page, qtbot, tiny: Path, project: Project, monkeypatch) -> None:
    Job.create(project.jobs_dir, TrainRequest(name="lora", recipe={"model_name_or_path": "maker/tiny"}))
    shown = page(project.folder)
    _wait_for_details(shown, qtbot)
    asked: list[str] = []

    def answer(window, title, what, action) -> bool:
        asked.append(what())
        return len(asked) > 1

    monkeypatch.setattr(model_removal, "confirm", answer)
    qtbot.mouseClick(shown.model.remove, Qt.MouseButton.LeftButton)
    assert tiny.is_dir(), "the first answer was no"
    assert asked[0].startswith(f"The folder {tiny} is deleted with all that is in it: 0 MB.")
    assert "Run 1 of this project stays" in asked[0] and asked[0].endswith("This can't be undone.")
    shown.main.run_command("models.remove")
    qtbot.waitUntil(lambda: not tiny.exists(), timeout=5000)
    qtbot.waitUntil(lambda: shown.stack.currentWidget() is shown.empty, timeout=5000)


def test_finding_one_by_name_and_by_the_palette(page, qtbot, tiny: Path) -> None:
    make_tiny_model(models_dir() / "maker--other")
    shown = page()
    qtbot.keyClicks(shown.pane.search, "OTH")
    assert [i.title for i in shown.list.items()] == ["On this PC", "other"]
    qtbot.keyClicks(shown.pane.search, "zzz")
    assert [i.title for i in shown.list.items()] == ["Nothing is called that"]
    qtbot.keyClick(shown.pane.search, Qt.Key.Key_Escape)
    assert len(shown.list.items()) == 3
    ((title, _, go),) = shown.search("tin")
    assert title == "tiny"
    go()
    assert shown.key == "maker/tiny" and shown.state() == {"chosen": "maker/tiny"}
    assert shown.show_as_command()[0].startswith("tunesmith model list")


def test_sizes_against_the_card(make_window, monkeypatch, tiny: Path) -> None:
    controller = ModelsController(make_window())
    entry = local_models()[0]
    controller._card = Card("cuda", "small", 0.5, 0.1, compute_capability=8.9)
    verdicts = [f.verdict for f in controller.details(entry).fits]
    assert set(verdicts) <= {"no", "far"}
    controller._card = Card("cpu", "CPU", 16.0)
    assert controller.details(entry).fits[0].verdict == "card"


def test_words_of_the_list_in_both_languages(app) -> None:
    entry = ModelEntry("a/b", "b", Path("x"), 3_000_000_000, 1_543_000_000, "BF16", 32768)
    assert model_items([entry])[1].line == "1.5 billion weights · 32,768 tokens long"
    set_language("zh")
    assert model_items([entry])[1].line == "15.43 亿参数 · 最长 32,768 词元"
    assert model_items([inspect_model(Path("/no/such"))])[1].line == "文件夹不见了"


def test_all_that_takes_the_focus_has_a_name(page, qtbot, tiny: Path, fetching) -> None:
    fetching("maker/far").at(1)
    shown = page(None, "maker/tiny")
    _wait_for_details(shown, qtbot)
    assert _nameless(shown) == []
    qtbot.waitUntil(lambda: any(i.id == "download:maker/far" for i in shown.list.items()), timeout=5000)
    shown.turn_to("download:maker/far")
    assert shown.stack.currentWidget() is shown.download and _nameless(shown) == []


def _nameless(page) -> list[str]:
    found = [w for w in page.findChildren(QWidget) if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert len(found) > 5
    return [type(w).__name__ for w in found if not w.accessibleName()]


def test_language_and_theme_while_it_is_open(page, qtbot, tiny: Path) -> None:
    shown = page()
    _wait_for_details(shown, qtbot)
    shown.main.set_language("zh")
    assert shown.title() == "模型" and shown.list.items()[0].title == "已在本机"
    assert shown.list.accessibleName() == "模型" and "用它训练" in shown.model.train.text()
    shown.main.set_theme("dark")
    shown.main.set_language("en")
    assert shown.model.train.text() == "Train with it"


@pytest.mark.parametrize(
    ("files", "licence"),
    [
        ({"README.md": "---\nlicense: mit\n---\n"}, "mit"),
        ({"README.md": "---\nlicense: other\nlicense_name: qwen-research\n---\n"}, "qwen-research"),
        ({"README.md": "---\nlicense: [a\n---\n", "LICENSE": "\n  Apache License\nVersion 2.0\n"}, "Apache License"),
        ({"README.md": "# no head", "LICENSE.txt": "MIT License"}, "MIT License"),
        ({"LICENSE": ""}, ""),
        ({}, ""),
    ],
)
def test_licences(tmp_path: Path, files: dict[str, str], licence: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert licence_of(tmp_path) == licence
