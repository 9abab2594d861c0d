"""The forecast: shapes to memory, rows to steps, past speeds to minutes."""

import json
import math
import struct
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hardware.card import Card
from services.recipes import Recipe
from services.recipes import forecast as forecasting
from services.recipes.forecast import cheaper_variants, forecast
from services.recipes.memory import checkpoint_bytes, learning, quantised_bits
from services.recipes.model_info import ModelInfo, ModelInfoError, of_config, read_model_info
from services.recipes.speeds import Speed, expected_speed, load_speeds, record_speed
from tests.services.recipes.strategies import recipes

SMALL = {
    "hidden_size": 576,
    "num_hidden_layers": 30,
    "intermediate_size": 1536,
    "vocab_size": 49152,
    "num_attention_heads": 9,
    "num_key_value_heads": 3,
    "head_dim": 64,
    "tie_word_embeddings": True,
    "max_position_embeddings": 8192,
}
EIGHT_B = {
    "hidden_size": 4096,
    "num_hidden_layers": 32,
    "intermediate_size": 14336,
    "vocab_size": 128256,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "max_position_embeddings": 8192,
}
CARD_12 = Card("cuda", "NVIDIA GeForce RTX 4070", 11.99, 0.6, compute_capability=8.9, bf16=True)


def small() -> ModelInfo:
    return of_config(SMALL, "small")


def eight_b() -> ModelInfo:
    return of_config(EIGHT_B, "eight")


def write_model(folder: Path, config: dict[str, Any], tensors: dict[str, list[int]]) -> None:
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    header, offset = {}, 0
    for name, shape in tensors.items():
        size = 2 * math.prod(shape)
        header[name] = {"dtype": "BF16", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", len(text)) + text + bytes(offset))


def test_known_models_have_their_known_sizes() -> None:
    assert small().parameters == 134_515_008  # SmolLM2-135M
    assert eight_b().parameters == 8_030_261_248  # Llama 3 8B
    assert learning(Recipe(), small()).adapter == 2_442_240  # PEFT's count at rank 8, all linear layers
    assert learning(Recipe(lora_rank=16), eight_b()).adapter == 41_943_040
    assert learning(Recipe(lora_rank=8, lora_target="q_proj,v_proj"), eight_b()).adapter == 3_407_872


def test_a_folder_and_its_config_agree(tmp_path: Path) -> None:
    config = {**SMALL, "num_hidden_layers": 2, "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96}
    config |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16}
    tensors = {"model.embed_tokens.weight": [100, 64], "model.norm.weight": [64]}
    for n in range(2):
        tensors |= {
            f"model.layers.{n}.self_attn.q_proj.weight": [64, 64],
            f"model.layers.{n}.self_attn.k_proj.weight": [32, 64],
            f"model.layers.{n}.self_attn.v_proj.weight": [32, 64],
            f"model.layers.{n}.self_attn.o_proj.weight": [64, 64],
            f"model.layers.{n}.mlp.gate_proj.weight": [96, 64],
            f"model.layers.{n}.mlp.up_proj.weight": [96, 64],
            f"model.layers.{n}.mlp.down_proj.weight": [64, 96],
            f"model.layers.{n}.input_layernorm.weight": [64],
            f"model.layers.{n}.post_attention_layernorm.weight": [64],
        }
    write_model(tmp_path / "模型 one", config, tensors)
    found, guessed = read_model_info(tmp_path / "模型 one"), of_config(config, "模型 one")
    assert not found.from_config and guessed.from_config
    for name in ("parameters", "embedding", "head", "layers", "key_value", "linear_parameters", "per_layer"):
        assert getattr(found, name) == getattr(guessed, name), name


@pytest.mark.parametrize("config", [None, "{", "[]", '{"hidden_size": 8}'])
def test_a_folder_that_tells_too_little_is_a_sentence(tmp_path: Path, config: str | None) -> None:
    if config is not None:
        (tmp_path / "config.json").write_text(config, encoding="utf-8")
    with pytest.raises(ModelInfoError, match="does not say how large") as caught:
        read_model_info(tmp_path)
    assert caught.value.way_out


def test_an_eight_b_model_needs_qlora_on_twelve_gb() -> None:
    lengths = [300] * 1000
    plain = forecast(Recipe(), eight_b(), lengths, CARD_12, speeds=[])
    assert not plain.fits and plain.spare_gib < 0
    assert plain.memory.weights_gib == pytest.approx(14.96, abs=0.01)  # 8.03e9 weights of 2 bytes
    variants = cheaper_variants(Recipe(), eight_b(), lengths, CARD_12)
    assert variants and all(v.forecast.fits for v in variants)
    assert variants[0].changes["quantization_bit"] == 4
    assert Recipe().with_values(**variants[0].changes).method == "qlora"
    assert variants[0].forecast.memory.weights_gib == pytest.approx(5.31, abs=0.02)


def test_full_training_is_offered_lora() -> None:
    full = Recipe(finetuning_type="full", learning_rate=1e-5)
    there = forecast(full, small(), [200] * 50, CARD_12, speeds=[])
    assert there.trained_percent == 100
    # fp32 weights, gradients and two Adam moments
    static = there.memory.weights_gib + there.memory.gradients_gib + there.memory.optimiser_gib
    assert static * 2**30 == pytest.approx(16 * 134_515_008)
    eight = cheaper_variants(full, eight_b(), [200] * 50, CARD_12)
    assert [v.changes["finetuning_type"] for v in eight] == ["lora"] * len(eight) and eight
    assert eight[0].changes["learning_rate"] == 1e-4


def test_the_processor_is_never_offered_bitsandbytes() -> None:
    cpu = Card("cpu", "a processor", 16.0, 4.0, bf16=False)
    for variant in cheaper_variants(Recipe(), eight_b(), [200] * 50, cpu):
        assert "quantization_bit" not in variant.changes
    assert forecast(Recipe(), small(), None, cpu, rows=5).memory.weights_gib * 2**30 == 4 * 134_515_008


def test_without_a_card_all_fits_and_nothing_is_recomputed() -> None:
    free = forecast(Recipe(), eight_b(), [100], None)
    assert free.fits and not free.tight and free.spare_gib == 0 and not free.checkpointing


def test_recomputing_is_chosen_only_if_memory_asks() -> None:
    long_rows = [8192] * 10
    recipe = Recipe(cutoff_len=8192)
    assert not forecast(Recipe(), small(), [100] * 10, CARD_12).checkpointing
    assert forecast(recipe, small(), long_rows, CARD_12).checkpointing
    assert not forecast(recipe.with_values(gradient_checkpointing=False), small(), long_rows, CARD_12).checkpointing
    assert forecast(Recipe(gradient_checkpointing=True), small(), [100], CARD_12).checkpointing


def test_rows_steps_and_cuts() -> None:
    lengths = [100] * 80 + [3000] * 11
    found = forecast(Recipe(), small(), lengths, CARD_12, speeds=[])
    assert (found.rows, found.rows_check, found.rows_cut, found.steps) == (91, 0, 11, 36)
    assert found.tokens == 3 * (80 * 100 + 11 * 2048)
    assert found.minutes is None and not found.measured and found.lengths_known
    kept_apart = forecast(Recipe(val_size=0.1, max_samples=50), small(), lengths, CARD_12)
    assert (kept_apart.rows, kept_apart.rows_check) == (45, 5)
    quick = forecast(Recipe(max_steps=20), small(), [100] * 80, CARD_12)
    assert quick.steps == 20 and quick.tokens == 20 * 8 * 100
    packed = forecast(Recipe(packing=True, cutoff_len=1000), small(), [100] * 80, CARD_12)
    assert packed.steps == 3  # 8 packs, one step a round


def test_uncounted_rows_are_taken_to_be_long() -> None:
    found = forecast(Recipe(), small(), None, CARD_12, rows=91)
    counted = forecast(Recipe(), small(), [2048] * 91, CARD_12)
    assert (found.steps, found.tokens, found.needed_gib) == (counted.steps, counted.tokens, counted.needed_gib)
    assert not found.lengths_known


def test_no_rows_at_all() -> None:
    for lengths in ([], None):
        found = forecast(Recipe(packing=True), small(), lengths, CARD_12)
        assert (found.rows, found.steps, found.tokens, found.disk_gib) == (0, 0, 0, 0)


def test_what_is_worth_telling() -> None:
    notes = [text for text, _ in forecast(Recipe(cutoff_len=16384), small(), [100], CARD_12).notes]
    assert any("longer than the model's window" in text for text in notes)
    notes = [text for text, _ in forecast(Recipe(cutoff_len=64), small(), [100], CARD_12).notes]
    assert any("a fifth of the rows" in text for text in notes)


def test_disk_of_checkpoints() -> None:
    # 36 steps saved every 10: four checkpoints, three kept and one being written
    recipe = Recipe(save_steps=10, save_total_limit=3)
    one = checkpoint_bytes(recipe, learning(recipe, small())) / 2**30
    assert one * 2**30 == 2_442_240 * 12
    assert forecast(recipe, small(), [100] * 91, CARD_12).disk_gib == pytest.approx(4.3 * one)


def test_bits_with_their_scales() -> None:
    assert float(quantised_bits(Recipe(quantization_bit=4))) == pytest.approx(4.127, abs=0.001)
    assert float(quantised_bits(Recipe(quantization_bit=4, double_quantization=False))) == 4.5
    assert float(quantised_bits(Recipe(quantization_bit=3, quantization_method="hqq"))) == 3.5


def test_minutes_come_from_measurements_only() -> None:
    lengths = [100] * 80
    own = Speed(CARD_12.name, "small", 134_515_008, "lora", False, 1000.0)
    found = forecast(Recipe(), small(), lengths, CARD_12, speeds=[own])
    assert found.minutes == pytest.approx(24_000 / 1000 / 60) and found.measured
    other = Speed(CARD_12.name, "half", 134_515_008 // 2, "lora", False, 2000.0)
    scaled = forecast(Recipe(), small(), lengths, CARD_12, speeds=[other])
    assert scaled.minutes == pytest.approx(found.minutes, rel=1e-6) and not scaled.measured
    elsewhere = Speed("another card", "small", 134_515_008, "lora", False, 1000.0)
    assert forecast(Recipe(), small(), lengths, CARD_12, speeds=[elsewhere]).minutes is None


def test_speeds_are_remembered_the_newest_of_a_kind(data_dir: Path) -> None:
    assert load_speeds() == []
    first = Speed("card", "m", 100, "lora", False, 10.0)
    record_speed(first)
    record_speed(Speed("card", "m", 100, "lora", True, 7.0))
    record_speed(Speed("card", "m", 100, "lora", False, 12.0))
    record_speed(Speed("card", "m", 100, "full", False, 0.0))
    assert [s.tokens_per_s for s in load_speeds()] == [7.0, 12.0]
    assert expected_speed(first, load_speeds()) == (12.0, True)
    slower = expected_speed(Speed("card", "n", 200, "lora", True, 0.0), load_speeds())
    assert slower is not None and slower[1] is False and 3 < slower[0] < 6
    (data_dir / "speeds.json").write_bytes(b"spoilt")
    assert load_speeds() == []
    record_speed(first)
    assert load_speeds() == [first]


@given(recipes(), st.lists(st.integers(1, 5000), max_size=30), st.sampled_from([None, CARD_12]))
def test_any_recipe_has_a_forecast(recipe: Recipe, lengths: list[int], card: Card | None) -> None:
    found = forecast(recipe, small(), lengths, card, speeds=[])
    assert 0 < found.needed_gib < float("inf")
    assert all(part >= 0 for part in vars(found.memory).values())
    assert 0 <= found.trained_percent <= 100
    assert found.steps >= 0 and found.rows + found.rows_check <= len(lengths)
    assert found.disk_gib >= 0


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60))
def test_more_room_never_costs_more(lengths: list[int]) -> None:
    narrow = forecast(Recipe(cutoff_len=256, gradient_checkpointing=False), eight_b(), lengths, CARD_12)
    wide = forecast(Recipe(cutoff_len=4096, gradient_checkpointing=False), eight_b(), lengths, CARD_12)
    assert narrow.needed_gib <= wide.needed_gib + 1e-9
    assert narrow.tokens <= wide.tokens and narrow.rows_cut >= wide.rows_cut
    tight = forecast(Recipe(quantization_bit=4), eight_b(), lengths, CARD_12)
    assert tight.memory.weights_gib < narrow.memory.weights_gib


def test_trained_tokens_count_for_the_logits() -> None:
    lengths = np.full(100, 100)
    few = forecast(Recipe(), small(), lengths, CARD_12, trained=np.full(100, 5))
    many = forecast(Recipe(), small(), lengths, CARD_12, trained=np.full(100, 95))
    assert few.memory.logits_gib < many.memory.logits_gib
    whole = forecast(Recipe(train_on_prompt=True), small(), lengths, CARD_12, trained=np.full(100, 5))
    assert whole.memory.logits_gib >= many.memory.logits_gib


def test_a_forecast_needs_no_torch() -> None:
    import subprocess

    code = "import services.recipes.forecast, sys; sys.exit('torch' in sys.modules or 'PySide6' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[3], check=False).returncode == 0


def test_the_engine_plans_with_the_same_numbers() -> None:
    plan = pytest.importorskip("services.engine.plan")
    from types import SimpleNamespace

    from services.engine import loss
    from services.recipes import memory

    assert forecasting.ACTIVATION_SHARE == plan._SHARE
    assert forecasting.MOST_TOKENS == plan._MOST_TOKENS
    assert loss._CHUNK_BYTES == memory._LOGIT_CHUNK_BYTES
    shape = SimpleNamespace(hidden_size=576, intermediate_size=1536, num_hidden_layers=30)
    ours = memory.bytes_per_token(Recipe(), small(), CARD_12, checkpointing=False)
    assert plan.bytes_per_token(shape, 2) == ours
