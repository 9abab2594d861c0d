"""A recipe reads every spelling, and says what is wrong in sentences beside the fields."""

from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from services.i18n import set_language
from services.recipes import Recipe, RecipeError, contradictions, read_recipe
from tests.services.recipes.strategies import recipes


@pytest.mark.parametrize(
    ("name", "spelled", "value"),
    [
        ("packing", "yes", True),
        ("packing", "Off", False),
        ("packing", 1, True),
        ("packing", None, None),
        ("bf16", "AUTO", "auto"),
        ("bf16", "true", True),
        ("lora_rank", "1_024", 1024),
        ("lora_rank", 16.0, 16),
        ("lora_alpha", "none", None),
        ("learning_rate", "1e-5", 1e-5),
        ("learning_rate", 1, 1.0),
        ("dataset", ["a", " b "], "a,b"),
        ("dataset", "a, b,", "a,b"),
        ("eval_dataset", None, ""),
        ("eval_strategy", False, "no"),
        ("eval_strategy", "EPOCH", "epoch"),
        ("model_name_or_path", 7, "7"),
        ("report_to", ["tensorboard", "wandb"], "tensorboard,wandb"),
        ("deepspeed", {"zero": 3}, '{"zero": 3}'),
        ("resume_from_checkpoint", True, "true"),
        ("logging_steps", 0.1, 0.1),
        ("save_total_limit", None, None),
        ("flash_attn", "off", "disabled"),
        ("quantization_method", "bitsandbytes", "bnb"),
        ("include_num_input_tokens_seen", "non_padding", True),
    ],
)
def test_spellings(name: str, spelled: Any, value: Any) -> None:
    found = getattr(Recipe.model_validate({name: spelled}), name)
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("lora_rank", 0, "lora_rank is a whole number from 1 to 4,096, not 0."),
        ("lora_rank", True, "lora_rank is a whole number from 1 to 4,096, not true."),
        ("lora_rank", "eight", 'lora_rank is a whole number from 1 to 4,096, not "eight".'),
        ("lora_rank", 8.5, "lora_rank is a whole number from 1 to 4,096, not 8.5."),
        ("learning_rate", 0, "learning_rate is a number above 0 and at most 1, not 0."),
        ("learning_rate", float("nan"), "learning_rate is a number above 0 and at most 1, not nan."),
        ("lora_dropout", 1, "lora_dropout is a number from 0 to just below 1, not 1."),
        ("max_grad_norm", -1, "max_grad_norm is a number from 0 to 1,000,000, not -1."),
        ("stage", "stf", 'not "stf". Did you mean sft?'),
        ("quantization_bit", 7, "quantization_bit is one of 2, 3, 4, 5, 6, 8, not 7."),
        ("bf16", "maybe", 'bf16 is auto, on or off, not "maybe". Write auto, true or false.'),
        ("fp16", [], "fp16 is on or off, not []."),
        ("dataset", {"a": 1}, "dataset is a text, not {'a': 1}."),
        ("template", ["qwen"], "template is a text, not ['qwen']."),
    ],
)
def test_a_wrong_value_is_a_sentence_beside_its_field(name: str, value: Any, sentence: str) -> None:
    with pytest.raises(RecipeError) as caught:
        read_recipe({name: value})
    assert caught.value.field == name
    assert sentence in str(caught.value)
    assert caught.value.problems[0].way_out


def test_several_wrong_values_come_at_once_in_the_forms_order() -> None:
    with pytest.raises(RecipeError) as caught:
        read_recipe({"learning_rate": "fast", "stage": 3, "cutoff_len": 1})
    assert [p.field for p in caught.value.problems] == ["cutoff_len", "stage", "learning_rate"]
    assert str(caught.value).count("\n") == 2


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"lora_target": ""}, "lora_target"),
        ({"val_size": 0.1, "eval_dataset": "check"}, "val_size"),
        ({"val_size": 2.5}, "val_size"),
        ({"bf16": True, "fp16": True}, "fp16"),
        ({"pure_bf16": True, "fp16": True}, "fp16"),
        ({"gradient_checkpointing": True, "disable_gradient_checkpointing": True}, "gradient_checkpointing"),
        ({"mask_history": True, "train_on_prompt": True}, "mask_history"),
        ({"stage": "dpo", "train_on_prompt": True}, "train_on_prompt"),
        ({"quantization_bit": 4, "finetuning_type": "full"}, "quantization_bit"),
        ({"quantization_bit": 3}, "quantization_bit"),
        ({"quantization_bit": 4, "pissa_init": True}, "pissa_init"),
        ({"quantization_bit": 4, "resize_vocab": True}, "resize_vocab"),
        ({"quantization_bit": 4, "create_new_adapter": True, "adapter_name_or_path": "x"}, "create_new_adapter"),
        ({"finetuning_type": "full", "use_dora": True}, "use_dora"),
        ({"finetuning_type": "freeze", "freeze_trainable_layers": 0}, "freeze_trainable_layers"),
        ({"use_galore": True}, "use_galore"),
        ({"finetuning_type": "full", "use_galore": True, "use_badam": True}, "use_badam"),
        ({"finetuning_type": "full", "use_llama_pro": True}, "use_llama_pro"),
        ({"stage": "ppo"}, "reward_model"),
        ({"stage": "dpo", "pref_loss": "ipo", "dpo_label_smoothing": 0.1}, "dpo_label_smoothing"),
        ({"stage": "dpo", "pissa_init": True}, "pissa_init"),
        ({"eval_strategy": "steps"}, "eval_strategy"),
        ({"early_stopping_steps": 3, "val_size": 0.1}, "early_stopping_steps"),
        ({"load_best_model_at_end": True}, "load_best_model_at_end"),
        ({"export_quantization_bit": 4}, "export_quantization_dataset"),
    ],
)
def test_fields_that_contradict_each_other(data: dict[str, Any], field: str) -> None:
    problems = contradictions(Recipe.model_validate(data))
    assert [p.field for p in problems] == [field]
    assert problems[0].way_out and problems[0].text()
    with pytest.raises(RecipeError):
        read_recipe(data)


def test_usual_recipes_contradict_nothing() -> None:
    for data in (
        {},
        {"quantization_bit": 4},
        {"quantization_bit": 3, "quantization_method": "hqq"},
        {"finetuning_type": "full", "use_galore": True},
        {"val_size": 0.1, "eval_strategy": "epoch", "early_stopping_steps": 3, "load_best_model_at_end": True},
        {"stage": "orpo", "pissa_init": True},
        {"do_train": False, "do_predict": True, "eval_strategy": "steps"},
    ):
        assert contradictions(Recipe.model_validate(data)) == []


def test_retired_keys_are_read_and_the_present_one_wins() -> None:
    assert Recipe.model_validate({"evaluation_strategy": "epoch"}).eval_strategy == "epoch"
    assert Recipe.model_validate({"dpo_beta": 0.2, "pref_beta": 0.3}).pref_beta == 0.3
    assert Recipe.model_validate({"warmup_steps": 0.25}).warmup_ratio == 0.25


def test_a_loss_that_is_a_stage() -> None:
    assert Recipe(stage="orpo") == Recipe(stage="dpo", pref_loss="orpo")
    assert Recipe(stage="simpo").pref_loss == "simpo"
    simpo = Recipe(stage="simpo")
    assert simpo.with_values(stage="dpo").pref_loss == "sigmoid"
    assert simpo.with_values(pref_loss="ipo").stage == "dpo"
    assert simpo.with_values(stage="sft").stage == "sft"
    assert simpo.with_values(simpo_gamma=1.0).stage == "simpo"


def test_what_follows_from_the_values() -> None:
    assert Recipe().alpha == 16 and Recipe(lora_rank=4).alpha == 8 and Recipe(lora_alpha=5).alpha == 5
    assert Recipe().method == "lora" and Recipe(quantization_bit=4).method == "qlora"
    assert Recipe(stage="pt").packs and not Recipe(stage="pt", packing=False).packs
    assert not Recipe().packs and Recipe(neat_packing=True).packs
    assert Recipe().checkpointing == "auto" and Recipe(gradient_checkpointing=True).checkpointing == "on"
    assert Recipe(disable_gradient_checkpointing=True).checkpointing == "off"
    assert Recipe(lora_rank=9, seed=1).changed() == {"lora_rank": 9, "seed": 1}


def test_unknown_keys_are_kept_and_listed() -> None:
    recipe = Recipe.model_validate({"media_dir": "x", "use_unsloth": True, "tunesmith": {"later": 1}})
    assert recipe.unknown_keys == ["media_dir", "tunesmith.later", "use_unsloth"]
    assert recipe.model_dump(exclude_defaults=True) == {
        "media_dir": "x",
        "use_unsloth": True,
        "tunesmith": {"later": 1},
    }
    assert recipe.with_values(seed=1).unknown_keys == recipe.unknown_keys


def test_a_recipe_does_not_change() -> None:
    recipe = Recipe()
    with pytest.raises(ValidationError):
        recipe.seed = 7  # type: ignore[misc]
    with pytest.raises(RecipeError, match="seed is a whole number"):
        recipe.with_values(seed=-1)
    assert recipe.seed == 42


@given(recipes())
def test_a_job_request_gives_the_same_recipe_back(recipe: Recipe) -> None:
    assert Recipe.model_validate(recipe.model_dump(mode="json", exclude_defaults=True)) == recipe


def test_problems_speak_the_persons_language() -> None:
    with pytest.raises(RecipeError) as caught:
        read_recipe({"bf16": True, "fp16": True})
    set_language("en")
    assert caught.value.problems[0].localized()[0].startswith("bf16 and fp16")
