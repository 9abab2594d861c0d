"""Draft, YAML, forecast and start. Nothing is trained."""

import json
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from desktop.controllers.train import TrainController
from desktop.widgets.boxes import Card as CardBox
from services.jobs import events as ev
from services.jobs.job import Job
from services.jobs.journal import JournalWriter
from services.jobs.kinds.train import TrainRequest
from services.recipes import load_recipe
from tests.desktop.dataset.conftest import ROWS, make_set
from tests.desktop.train.conftest import BIG, SMALL, settle


def test_without_a_model_start_says_what_is_missing(open_train, qtbot) -> None:
    page = open_train()
    assert page.model_card.value._whole == "Choose a model" and not page.panel.start.isEnabled()
    assert page.panel.start.toolTip() == "Choose a model first." and not page.can_start()
    assert not page.main.actions_.of("train.start").isEnabled()
    assert page.panel._waiting.isVisible() and not page.panel._memory.isVisible()


def test_without_data_start_says_what_is_missing(open_train, tiny, qtbot) -> None:
    page = open_train(rows=[])
    assert page.panel.start.toolTip() == "Choose a data set first."
    assert page.data_card.note._whole == "import a file of examples first"


def test_a_model_that_is_gone_is_said(open_train, tiny, qtbot) -> None:
    page = open_train()
    page.set_recipe(page.recipe.with_values(model_name_or_path="no/such-model"))
    settle(qtbot, page)
    assert not page.panel.start.isEnabled() and "no/such-model" in page.panel.start.toolTip()
    assert "no/such-model" in page.panel._waiting.accessibleName()


def test_the_forecast_appears_and_follows(open_train, tiny, qtbot) -> None:
    page = open_train()
    panel = page.panel
    assert panel._fits.text() == "Fits" and panel._card.text() == "RTX 4070 · 12 GB"
    assert panel._steps.value.text() == "3" and panel._time.value.text() == "measured in the first steps"
    assert panel._cut.name.text() == "Rows cut at 2,048" and panel._cut.value.text() == "0 of 3"
    page.set_recipe(page.recipe.with_values(cutoff_len=41, num_train_epochs=10))
    settle(qtbot, page)
    assert panel._steps.value.text() == "10" and panel._cut.name.text() == "Rows cut at 41"
    cut = int(panel._cut.value.text().split(" ")[0])
    assert (
        0 < cut <= 3
        and page.data_card.note._whole == f"{cut} row{'s' * (cut > 1)} {'are' if cut > 1 else 'is'} cut at 41 tokens"
    )


def _make_large(folder: Path) -> None:
    """Turn a tiny model into one of 8 billion weights: a file of holes with true headers, which is all that is read."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_size": 4096, "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32}
    config |= {"num_key_value_heads": 8, "head_dim": 128}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    shapes = {"model.embed_tokens.weight": (49152, 4096), "lm_head.weight": (49152, 4096)}
    parts = {"self_attn.q_proj": (4096, 4096), "self_attn.k_proj": (1024, 4096), "self_attn.v_proj": (1024, 4096)}
    parts |= {"self_attn.o_proj": (4096, 4096), "mlp.gate_proj": (14336, 4096), "mlp.up_proj": (14336, 4096)}
    parts |= {"mlp.down_proj": (4096, 14336)}
    shapes |= {f"model.layers.{n}.{name}.weight": shape for n in range(32) for name, shape in parts.items()}
    header, at = {}, 0
    for name, (rows, columns) in shapes.items():
        size = 2 * rows * columns
        header[name] = {"dtype": "BF16", "shape": [rows, columns], "data_offsets": [at, at + size]}
        at += size
    text = json.dumps(header).encode()
    with (folder / "model.safetensors").open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        file.truncate(8 + len(text) + at)


def test_what_does_not_fit_has_cheaper_variants_to_click(open_train, tiny, qtbot) -> None:
    _make_large(tiny)
    page = open_train(card=SMALL)
    assert page.panel._fits.text() == "Does not fit"
    cards = page.panel._variants.findChildren(CardBox)
    assert 1 <= len(cards) <= 3
    before = page.recipe
    qtbot.mouseClick(cards[0], Qt.MouseButton.LeftButton)
    assert page.recipe != before and page.recipe == before.with_values(**page._outlook.variants[0].changes)


def test_rows_that_the_stage_cannot_train_keep_it_from_starting(open_train, tiny, qtbot) -> None:
    page = open_train()
    page.set_recipe(page.recipe.with_values(stage="kto"))
    settle(qtbot, page)
    assert page.panel.start.toolTip() == "None of the rows can be trained in stage kto."


def test_start_submits_the_job_and_opens_its_page(open_train, tiny, qtbot, project, starts) -> None:
    page = open_train()
    page.form.row("lora_rank").field.setValue(16)
    settle(qtbot, page)
    window = page.main
    qtbot.mouseClick(page.panel.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.page is not None and window.page.kind == "run", timeout=20_000)
    (job,) = [Job(f) for f in sorted(project.jobs_dir.iterdir()) if (f / "job.yaml").exists()]
    request = job.request
    assert isinstance(request, TrainRequest) and request.recipe["lora_rank"] == 16
    assert request.recipe["model_name_or_path"] == "tiny" and request.recipe["dataset"] == "support"
    assert list(request.dataset_versions) == ["support"]
    assert request.sample_prompts == [r["question"] for r in ROWS if r["answer"]]
    assert len(starts) == 1 and window.page.key == job.id


def test_ctrl_enter_starts_and_queue_stays_here(open_train, tiny, qtbot, project, starts) -> None:
    page = open_train()
    qtbot.mouseClick(page.panel.queue, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(project.jobs()) == 1, timeout=20_000)
    settle(qtbot, page)
    assert page.main.page is page and page.main._toast.label.text() == "Run 1 stands in the queue."
    page.main.activateWindow()
    qtbot.waitUntil(page.main.isActiveWindow, timeout=5_000)
    qtbot.keyClick(page, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: len(project.jobs()) == 2, timeout=20_000)


def test_a_contradiction_opens_its_group_at_start(open_train, tiny, qtbot, starts) -> None:
    page = open_train()
    page.set_recipe(page.recipe.with_values(mask_history=True, train_on_prompt=True))
    page.start()
    settle(qtbot, page)
    assert starts == [] and page.banner.isVisible() and "data" in page.form._open


def test_the_draft_survives_reopening_contradictions_and_all(open_train, make_window, tiny, qtbot, project) -> None:
    page = open_train()
    page.form.row("lora_rank").field.setValue(32)
    page.set_recipe(page.recipe.with_values(mask_history=True, train_on_prompt=True))
    page.main.run_command("view.close_tab")  # at once: the draft is kept as the page goes
    assert "lora_rank: 32" in (project.folder / "recipe.yaml").read_text(encoding="utf-8")
    page = page.main.open_page("train", "")
    settle(qtbot, page)
    assert page.recipe.lora_rank == 32 and page.recipe.mask_history and page.recipe.train_on_prompt


def test_an_older_draft_never_replaces_a_newer(open_train, tiny, qtbot, project) -> None:
    page = open_train()
    controller: TrainController = page.controller
    new, old = page.recipe.with_values(lora_rank=64), page.recipe.with_values(lora_rank=2)
    controller.save_draft(new, 1001)
    controller.save_draft(old, 1000)
    assert load_recipe(controller.draft_path.read_text(encoding="utf-8")).lora_rank == 64


def test_yaml_opens_with_its_unknown_keys_said_and_is_saved(open_train, tiny, qtbot, tmp_path, monkeypatch) -> None:
    path = tmp_path / "配方 one.yaml"
    path.write_text(
        "model_name_or_path: tiny\ndataset: support\nstage: sft\nfinetuning_type: lora\nlora_rank: 24\n"
        "some_new_key: 5\ncutoff_len: 1024\n",
        encoding="utf-8",
    )
    page = open_train()
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(path), ""))
    page.main.run_command("train.open_yaml")
    qtbot.waitUntil(lambda: page.recipe.lora_rank == 24, timeout=10_000)
    assert page.main._toast.label.text() == "1 key is kept but has no effect here: some_new_key"
    out = tmp_path / "out.yaml"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *a, **k: (str(out), ""))
    page.main.run_command("train.save_yaml")
    qtbot.waitUntil(out.exists, timeout=10_000)
    settle(qtbot, page)
    again = load_recipe(out.read_text(encoding="utf-8"))
    assert again == page.recipe and again.unknown_keys == ["some_new_key"]
    assert page.show_as_command()[1] == out.read_text(encoding="utf-8")


def test_a_file_that_is_no_recipe_is_a_sentence(open_train, tiny, qtbot, tmp_path, monkeypatch) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("lora_rank: many\n", encoding="utf-8")
    page = open_train()
    before = page.recipe
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *a, **k: (str(path), ""))
    page.open_yaml()
    qtbot.waitUntil(lambda: not page.banner.isHidden(), timeout=10_000)
    assert page.recipe == before and "lora_rank" in page.banner.panel().sentence.accessibleName()


def test_finished_runs_teach_the_minutes(open_train, tiny, qtbot, project) -> None:
    job = Job.create(
        project.jobs_dir, TrainRequest(name="s", recipe={"model_name_or_path": "tiny", "dataset": "support"})
    )
    journal = JournalWriter(job.journal_path)
    journal.append(ev.Started(attempt=1))
    for step in range(1, 8):
        journal.append(ev.Metric(step=step, name="tokens_per_s", value=5.0 + step / 10))
    journal.append(ev.Finished(step=7))
    journal.close()
    page = open_train()
    page.job_changed(job.id)
    qtbot.waitUntil(lambda: page.panel._time.value.text().startswith("about "), timeout=20_000)
    assert page._outlook.forecast.minutes > 0


def test_large_data_is_counted_in_part(app, tiny, project) -> None:
    import threading

    from desktop.controllers import train_lengths
    from services.datasets.lengths import lengths_path
    from services.recipes import Recipe

    make_set(project, [{**ROWS[0], "question": "long " * (i % 7)} for i in range(500)])
    recipe = Recipe(model_name_or_path="tiny", dataset="support")
    whole = train_lengths.LengthCounter(project).count(recipe, threading.Event())
    assert whole is not None and len(whole.lengths) == 500 and not whole.sampled
    lengths_path(project.dataset_path("support")).unlink()
    counter = train_lengths.LengthCounter(project)
    try:
        train_lengths._SAMPLE, train_lengths._STRETCH, kept = 100, 20, (train_lengths._SAMPLE, train_lengths._STRETCH)
        part = counter.count(recipe, threading.Event())
    finally:
        train_lengths._SAMPLE, train_lengths._STRETCH = kept
    assert part is not None and part.sampled and len(part.lengths) == 500
    assert abs(float(np.mean(part.lengths)) - float(np.mean(whole.lengths))) < 1
    assert counter.count(recipe.with_values(cutoff_len=64), threading.Event()) is part, "cutoff_len changes no length"
    stopped = threading.Event()
    stopped.set()
    assert train_lengths.LengthCounter(project).count(recipe, stopped) is None


def test_a_read_only_window_keeps_no_draft(open_train, make_window, tiny, qtbot, project) -> None:
    page = open_train()
    second = make_window(project.folder)
    other = second.open_page("train", "")
    settle(qtbot, other)
    other.form.row("lora_rank").field.setValue(128)
    settle(qtbot, other)
    assert "128" not in Path(page.controller.draft_path).read_text(encoding="utf-8") and BIG.kind == "cuda"
