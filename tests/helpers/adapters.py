"""LoRA adapters made and merged by PEFT, to hold ours against."""

import shutil
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM
from transformers.utils import logging as transformers_logging

ALL_LINEAR = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def load(folder: Path, dtype: torch.dtype | str = "auto") -> Any:
    """A model of a folder, silently."""
    transformers_logging.disable_progress_bar()
    return AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)


def in_dtype(folder: Path, out: Path, dtype: torch.dtype, shard_size: str = "5GB") -> Path:
    """A copy of a model folder in another type, perhaps in shards."""
    shutil.copytree(folder, out)
    (out / "model.safetensors").unlink()
    load(folder, dtype).save_pretrained(out, max_shard_size=shard_size)
    return out


def make_adapter(base: Path, out: Path, seed: int = 1, **settings: Any) -> Path:
    """An adapter whose every tensor is noise, saved by PEFT. settings: of LoraConfig."""
    torch.manual_seed(seed)
    config = LoraConfig(**{"r": 4, "lora_alpha": 8, "target_modules": ALL_LINEAR, "task_type": "CAUSAL_LM", **settings})
    model = get_peft_model(load(base), config)
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            parameter.data = torch.randn_like(parameter.data) * (0.05 if "lora_" in name else 0.2)
    model.save_pretrained(out)
    return out


def merged_by_peft(base: Path, adapter: Path) -> dict[str, torch.Tensor]:
    """State of the merged model, by PEFT's own merge, in the base's type."""
    model = load(base)
    dtype = model.dtype
    merged = PeftModel.from_pretrained(model, adapter).merge_and_unload()
    return {name: tensor.to(dtype) for name, tensor in merged.state_dict().items()}
