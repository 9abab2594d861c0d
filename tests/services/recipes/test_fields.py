"""Every parameter is declared whole: words in two languages, a group, a range or choices."""

import re

import pytest

from services.recipes import FIELDS, GROUPS, Parameter, Recipe, describe
from services.recipes.recipe import declared
from services.recipes.schema.param import param
from services.recipes.schema.types import Whole

_TABLE = """
model_name_or_path adapter_name_or_path stage do_train do_predict predict_with_generate finetuning_type
freeze_trainable_layers freeze_trainable_modules lora_target lora_rank lora_alpha lora_dropout loraplus_lr_ratio
use_rslora use_dora pissa_init create_new_adapter additional_target quantization_bit quantization_method dataset
eval_dataset dataset_dir template cutoff_len max_samples val_size packing neat_packing mask_history train_on_prompt
preprocessing_num_workers output_dir overwrite_output_dir logging_steps save_steps save_total_limit save_only_model
plot_loss report_to per_device_train_batch_size per_device_eval_batch_size gradient_accumulation_steps learning_rate
num_train_epochs max_steps lr_scheduler_type warmup_steps warmup_ratio max_grad_norm optim weight_decay adam_beta1
adam_beta2 neftune_noise_alpha seed bf16 fp16 pure_bf16 flash_attn gradient_checkpointing rope_scaling
resume_from_checkpoint ddp_timeout include_num_input_tokens_seen deepspeed eval_strategy eval_steps
early_stopping_steps pref_beta pref_loss pref_ftx simpo_gamma kto_chosen_weight kto_rejected_weight reward_model
ppo_epochs ppo_score_norm ppo_whiten_rewards use_galore galore_target galore_rank galore_scale galore_layerwise
use_apollo use_badam badam_mode badam_switch_mode badam_switch_interval use_llama_pro pissa_iter pissa_convert
disable_gradient_checkpointing double_quantization enable_thinking resize_vocab ref_model dpo_label_smoothing
dataloader_num_workers overwrite_cache tokenized_path infer_backend ray_num_workers trust_remote_code max_new_tokens
top_p top_k temperature export_dir export_size export_device export_legacy_format export_quantization_bit
export_quantization_dataset task task_dir lang n_shot save_dir batch_size
"""
TABLE = _TABLE.split()
"""The parameters that must be understood."""

each_field = pytest.mark.parametrize("parameter", FIELDS.values(), ids=lambda p: p.name)
_CHINESE = re.compile("[\u4e00-\u9fff]")


def test_the_whole_table_is_there() -> None:
    assert len(TABLE) == len(set(TABLE)) == 121
    assert [name for name in TABLE if name not in FIELDS] == []


def test_every_field_of_the_recipe_is_declared() -> None:
    assert set(Recipe.model_fields) == set(FIELDS)


@each_field
def test_words_in_both_languages(parameter: Parameter) -> None:
    for language, least in (("en", 20), ("zh", 8)):
        title, text = parameter.title(language), parameter.help(language)
        assert title and text.rstrip()[-1] in ".。）)？", (title, text)
        assert len(text) >= least
        assert "  " not in text
    assert _CHINESE.search(parameter.help("zh"))
    assert not _CHINESE.search(parameter.title("en") + parameter.help("en"))
    assert describe(parameter.name, "zh").startswith(parameter.title("zh"))


@each_field
def test_group_and_range(parameter: Parameter) -> None:
    assert parameter.group in GROUPS
    if parameter.kind in ("whole", "real"):
        assert parameter.choices or (parameter.minimum is not None and parameter.maximum is not None)
    if parameter.kind == "choice":
        assert len(parameter.choices) > 1


@each_field
def test_an_open_default_says_what_it_means(parameter: Parameter) -> None:
    for language in ("en", "zh"):
        assert parameter.default_text(language), "None or an empty text needs `unset` words"


@each_field
def test_the_default_is_a_value_that_it_takes(parameter: Parameter) -> None:
    again = Recipe.model_validate({parameter.name: parameter.default, "pref_loss": "sigmoid"})
    assert getattr(again, parameter.name) == parameter.default
    assert getattr(Recipe.model_validate({parameter.name: parameter.peer_default}), parameter.name) is not ...


@each_field
def test_another_default_than_llama_factorys_is_said_in_the_help(parameter: Parameter) -> None:
    told = "LLaMA-Factory" in parameter.help("en") or "own" in parameter.help("en")
    if parameter.peer_default != parameter.default:
        assert told or parameter.ours, parameter.name
        assert "LLaMA-Factory" in parameter.help("zh") or parameter.ours


@each_field
def test_labels_are_of_choices(parameter: Parameter) -> None:
    assert set(parameter.labels) <= set(parameter.choices)
    for choice in parameter.choices:
        assert parameter.label(choice, "zh")


def test_no_field_is_called_applied_that_only_other_programs_use() -> None:
    kept = {name for name, p in FIELDS.items() if p.status == "kept"}
    assert {"output_dir", "dataset_dir", "infer_backend", "ray_num_workers", "trust_remote_code"} <= kept
    later = {name for name, p in FIELDS.items() if p.status == "later"}
    assert all(FIELDS[name].implemented is False for name in kept | later)


def test_where_a_field_applies() -> None:
    rank = FIELDS["lora_rank"]
    assert rank.applies_to("sft", "lora") and rank.applies_to("sft", "qlora")
    assert not rank.applies_to("sft", "full")
    assert not FIELDS["kto_chosen_weight"].applies_to("sft", "lora")
    assert FIELDS["kto_chosen_weight"].applies_to("kto", "lora")
    assert FIELDS["learning_rate"].applies_to("ppo", "freeze")


def test_schema_is_plain_json() -> None:
    properties = Recipe.model_json_schema()["properties"]
    assert properties["lora_rank"]["title"] == "Rank"
    assert properties["lora_rank"]["maximum"] == 4096


def test_a_new_parameter_is_one_field() -> None:
    class Wider(Recipe):
        lora_magic: Whole = param(
            3, ge=1, le=9, group="adapter", peer=5, en=("Magic", "Nine is plenty."), zh=("魔法", "九就够了。")
        )

    found = declared(Wider)["lora_magic"]
    assert (found.kind, found.minimum, found.maximum, found.peer_default) == ("whole", 1, 9, 5)
    assert found.title("zh") == "魔法" and found.default_text() == "3" and found.group_title("zh") == "适配器"
    assert list(declared(Wider))[list(declared(Wider)).index("lora_magic") - 1] in FIELDS
    assert Wider(lora_magic="4").lora_magic == 4  # type: ignore[arg-type]


def test_a_field_declared_otherwise_is_refused() -> None:
    class Loose(Recipe):
        loose: int = 3

    with pytest.raises(TypeError, match="loose is not declared by param"):
        declared(Loose)
    with pytest.raises(ValueError, match="no group"):
        param(1, group="nowhere", en=("a", "b."), zh=("a", "b。"))


@pytest.mark.parametrize(
    ("name", "value", "en", "zh"),
    [
        ("packing", True, "on", "开"),
        ("fp16", False, "off", "关"),
        ("packing", None, "on for pre-training only", "仅预训练时开"),
        ("lora_alpha", None, "2 × lora_rank", "2 × 秩"),
        ("learning_rate", 1e-5, "1e-05", "1e-05"),
        ("dataset", "", "none chosen", "未选择"),
        ("template", "qwen", "qwen", "qwen"),
    ],
)
def test_values_as_a_person_reads_them(name: str, value: object, en: str, zh: str) -> None:
    assert (FIELDS[name].text(value), FIELDS[name].text(value, "zh")) == (en, zh)
