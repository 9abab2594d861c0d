"""Folders that are no models, and what is loaded from those that are."""

import json
import shutil
from pathlib import Path

import pytest
import torch

from services.engine import loading, processor
from services.engine.errors import ModelLoadError
from services.engine.loading import LoadOptions, choose_dtype, load_model
from services.recipes.recipe import Recipe


def broken(tiny: Path, tmp_path: Path, kind: str) -> Path:
    folder = tmp_path / "broken 模型"
    if kind == "missing":
        return folder
    shutil.copytree(tiny, folder)
    weights = folder / "model.safetensors"
    if kind == "no weights":
        weights.unlink()
    elif kind == "pickle only":
        weights.rename(folder / "pytorch_model.bin")
    elif kind == "cut weights":
        weights.write_bytes(weights.read_bytes()[:1000])
    elif kind == "no config":
        (folder / "config.json").unlink()
    elif kind == "broken config":
        (folder / "config.json").write_text("{", encoding="utf-8")
    elif kind == "unknown architecture":
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        config |= {"model_type": "mystery", "architectures": ["Mystery"], "auto_map": {"AutoConfig": "evil.Config"}}
        (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
        (folder / "evil.py").write_text("raise SystemExit('ran')", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        ("missing", "is not there"),
        ("no weights", "no .safetensors weights"),
        ("pickle only", "no .safetensors weights"),
        ("cut weights", "cannot be loaded"),
        ("no config", "no readable config.json"),
        ("broken config", "no readable config.json"),
        ("unknown architecture", "cannot be loaded"),
    ],
)
def test_a_folder_that_is_no_model_is_a_sentence(tiny: Path, tmp_path: Path, kind: str, sentence: str) -> None:
    with pytest.raises(ModelLoadError) as caught:
        load_model(broken(tiny, tmp_path, kind), LoadOptions())
    assert sentence in caught.value.sentence
    assert caught.value.way_out
    assert len(caught.value.sentence) < 600


def test_a_model_is_loaded_frozen_in_the_dtype_that_is_asked_for(tiny: Path) -> None:
    model = load_model(tiny, LoadOptions(dtype="bf16"))
    assert {p.dtype for p in model.parameters()} == {torch.bfloat16}
    assert not any(p.requires_grad for p in model.parameters())


def test_bf16_is_chosen_where_the_machine_computes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    for has, expected in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(processor, "computes_bf16", lambda where, has=has: has)
        assert choose_dtype(Recipe(), cpu) == expected
        assert choose_dtype(Recipe(bf16=True), cpu) == expected
        assert choose_dtype(Recipe(bf16=False), cpu) == "fp32"
        assert choose_dtype(Recipe(bf16=False, pure_bf16=True), cpu) == expected
        assert choose_dtype(Recipe(fp16=True), cpu) == expected  # fp16 needs a card
    assert processor.computes_bf16(cpu) in (True, False)


def test_rope_scaling_stretches_to_cutoff_len(tiny: Path) -> None:
    options = LoadOptions(dtype="fp32", rope_scaling="linear", cutoff_len=5000)
    model = load_model(tiny, options)
    assert model.config.rope_parameters["rope_type"] == "linear"
    assert model.config.rope_parameters["factor"] == 3.0
    plain = load_model(tiny, LoadOptions(dtype="fp32"))
    ids = torch.arange(5, 45)[None]
    assert not torch.equal(model(input_ids=ids).logits, plain(input_ids=ids).logits)


def test_quantised_training_that_does_not_exist_is_refused() -> None:
    for recipe in (Recipe(quantization_bit=3), Recipe(quantization_bit=4, quantization_method="hqq")):
        with pytest.raises(ModelLoadError, match="Choose bnb with 4 or 8 bits"):
            LoadOptions.of(recipe)


def test_enlarging_begins_new_rows_as_the_mean(tmp_path: Path) -> None:
    from tests.helpers.tiny_model import make_tiny_model

    folder = make_tiny_model(tmp_path / "m", add_tokens=("<a>", "<b>"))
    model = load_model(folder, LoadOptions(dtype="fp32", resize_vocab=True))
    table = model.get_input_embeddings().weight
    assert table.shape[0] == 261 == model.config.vocab_size
    torch.testing.assert_close(table[259], table[:259].mean(dim=0))
    assert loading.give_rows(model, folder) == 0
