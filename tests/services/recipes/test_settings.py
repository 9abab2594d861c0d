"""--set, presets and the arithmetic of steps."""

import pytest

from services.recipes import FIELDS, Recipe, RecipeError, contradictions
from services.recipes.presets import presets
from services.recipes.settings import apply_settings, parse_settings
from services.recipes.steps import eval_every, every, split_rows, steps_per_epoch, total_steps, warmup_steps


@pytest.mark.parametrize(
    ("setting", "name", "value"),
    [
        ("lora_rank=16", "lora_rank", 16),
        (" learning_rate = 2e-4", "learning_rate", 2e-4),
        ("packing=on", "packing", True),
        ("bf16=auto", "bf16", "auto"),
        ("eval_strategy=no", "eval_strategy", "no"),
        ("dataset=a,b", "dataset", "a,b"),
        ("dataset=[a, b]", "dataset", "a,b"),
        ("template=qwen=x", "template", "qwen=x"),
        ("save_total_limit=null", "save_total_limit", 3),
        ("lora_alpha=", "lora_alpha", None),
        ("report_to=none", "report_to", "none"),
        ("evaluation_strategy=no", "eval_strategy", "no"),
    ],
)
def test_a_setting_takes_the_type_of_its_parameter(setting: str, name: str, value: object) -> None:
    assert getattr(apply_settings(Recipe(), [setting]), name) == value


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ("lora_rnak=16", "There is no parameter lora_rnak. Did you mean lora_rank"),
        ("zzz=1", "There is no parameter zzz. `tunesmith recipe fields`"),
        ("lora_rank", "lora_rank says no value. Write it as key=value"),
        ("lora_rank=much", "lora_rank is a whole number"),
        ("quantization_bit=3", "bnb cannot quantise to 3 bits"),
    ],
)
def test_a_wrong_setting_is_a_sentence(setting: str, words: str) -> None:
    with pytest.raises(RecipeError, match=words):
        apply_settings(Recipe(), [setting])


def test_every_wrong_name_is_told_at_once() -> None:
    with pytest.raises(RecipeError) as caught:
        parse_settings(["a=1", "b=2", "seed=1"])
    assert [p.field for p in caught.value.problems] == ["a", "b"]


def test_presets_are_sound_and_speak_both_languages() -> None:
    found = presets()
    assert [p.id for p in found][:2] == ["quick-try", "lora-default"]
    assert {"qlora-8gb", "full", "freeze"} <= {p.id for p in found}
    for preset in found:
        assert set(preset.values) <= set(FIELDS)
        assert preset.title("zh") != preset.title("en") and preset.help("zh") and preset.help("en")
        recipe = preset.apply(Recipe(dataset="support", model_name_or_path="m", seed=9))
        assert contradictions(recipe) == []
        assert (recipe.dataset, recipe.model_name_or_path, recipe.seed) == ("support", "m", 42)


def test_a_preset_forgets_the_one_before() -> None:
    by_id = {p.id: p for p in presets()}
    small = by_id["qlora-8gb"].apply(Recipe())
    assert small.quantization_bit == 4
    assert by_id["full"].apply(small).quantization_bit is None


def test_steps_of_a_run() -> None:
    recipe = Recipe(per_device_train_batch_size=2, gradient_accumulation_steps=4, num_train_epochs=3)
    assert steps_per_epoch(recipe, 91) == 12  # 46 batches, 11 full updates and one of two batches
    assert total_steps(recipe, 91) == 36
    assert total_steps(recipe.with_values(num_train_epochs=0.5), 91) == 6
    assert total_steps(recipe.with_values(max_steps=20), 91) == 20
    assert total_steps(recipe, 0) == 0
    assert total_steps(recipe, 1) == 3


def test_warm_up_log_and_checks() -> None:
    assert warmup_steps(Recipe(), 36) == 4
    assert warmup_steps(Recipe(warmup_steps=7), 36) == 7
    assert warmup_steps(Recipe(warmup_ratio=0), 36) == 0
    assert every(0.1, 36) == 4 and every(10, 36) == 10 and every(0.001, 36) == 1
    assert eval_every(Recipe(logging_steps=5), 36) == 5
    assert eval_every(Recipe(eval_steps=0.5), 36) == 18


@pytest.mark.parametrize(
    ("val_size", "rows", "train", "check"),
    [(0, 91, 91, 0), (0.1, 91, 81, 10), (10, 91, 81, 10), (200, 91, 1, 90), (0.5, 1, 1, 0)],
)
def test_rows_kept_apart(val_size: float, rows: int, train: int, check: int) -> None:
    split = split_rows(Recipe(val_size=val_size), rows)
    assert (split.train, split.check) == (train, check)
