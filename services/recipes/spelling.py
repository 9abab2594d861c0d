"""Other spellings of the same recipe: retired keys, aliases, stages that are losses. Applied before validation."""

from typing import Any

from services.recipes.schema.param import Parameter

RETIRED = {
    "evaluation_strategy": "eval_strategy",
    "quantization": "quantization_bit",
    "dpo_beta": "pref_beta",
    "kto_beta": "pref_beta",
    "orpo_beta": "pref_beta",
    "dpo_loss": "pref_loss",
    "dpo_ftx": "pref_ftx",
    "kto_ftx": "pref_ftx",
    "dpo_label_smoothing_factor": "dpo_label_smoothing",
    "num_layer_trainable": "freeze_trainable_layers",
    "name_module_trainable": "freeze_trainable_modules",
    "num_beams_eval": "eval_num_beams",
    "checkpoint_dir": "adapter_name_or_path",
    "batch_size_per_device": "per_device_train_batch_size",
    "per_gpu_train_batch_size": "per_device_train_batch_size",
    "per_gpu_eval_batch_size": "per_device_eval_batch_size",
}
"""Keys of earlier LLaMA-Factory and transformers releases -> their present names."""

_VALUES: dict[str, dict[str, str]] = {
    "quantization_method": {"bitsandbytes": "bnb"},
    "infer_backend": {"hf": "huggingface"},
    "flash_attn": {"off": "disabled", "false": "disabled", "on": "fa2", "true": "fa2"},
    "include_num_input_tokens_seen": {"all": "true", "non_padding": "true"},
    "optim": {"adamw_hf": "adamw_torch", "paged_adamw": "paged_adamw_32bit"},
    "report_to": {"": "none", "[]": "none"},
}
_LOSS_STAGES = ("orpo", "simpo")


def mended(data: dict[str, Any], parameters: dict[str, Parameter]) -> dict[str, Any]:
    """The same recipe in present names and values. A null for a parameter that knows none means its default."""
    out: dict[str, Any] = {}
    for key, value in data.items():
        name = RETIRED.get(str(key), str(key))
        if name != key and name in data:
            continue  # the present name wins over the retired one
        known = parameters.get(name)
        if value is None and known is not None and not known.optional:
            continue
        out[name] = _mended_value(name, value)
    _share_of_warmup(out)
    _loss_is_stage(out)
    return out


def _mended_value(name: str, value: Any) -> Any:
    if name in _VALUES:
        spelled = "off" if value is False else "on" if value is True else str(value).strip().lower()
        if not (name == "include_num_input_tokens_seen" and isinstance(value, bool)):
            return _VALUES[name].get(spelled, value)
    return value


def _share_of_warmup(data: dict[str, Any]) -> None:
    """transformers 5 reads warmup_steps below 1 as a share of all steps; that is warmup_ratio here."""
    steps = data.get("warmup_steps")
    if isinstance(steps, float) and 0 < steps < 1:
        del data["warmup_steps"]
        data["warmup_ratio"] = steps


def _loss_is_stage(data: dict[str, Any]) -> None:
    """`stage: dpo` with `pref_loss: orpo` is the stage orpo, as LLaMA-Factory has it; likewise simpo."""
    stage = str(data.get("stage", "sft")).strip().lower()
    loss = str(data.get("pref_loss", "")).strip().lower()
    if stage in _LOSS_STAGES:
        data["pref_loss"] = stage
    elif stage == "dpo" and loss in _LOSS_STAGES:
        data["stage"] = loss
