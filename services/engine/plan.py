"""What a run decides once and keeps: number format, tokens a forward pass, recomputation.

It stands in RUN/plan.json, because a resumed run must compute exactly as it began, whatever the machine's memory or
load is by then.
"""

from pathlib import Path
from typing import Any

import msgspec
import torch

from services import files
from services.engine import processor
from services.recipes.recipe import Recipe

_MOST_TOKENS = {"cpu": 2048, "cuda": 16384}  # measured: more tokens a pass bring nothing beyond this
_SHARE = 0.6  # of the free memory that activations may take


class Plan(msgspec.Struct):
    """dtype: of frozen weights. budget_tokens: a forward pass. checkpointing: inner results are recomputed."""

    dtype: str
    budget_tokens: int
    checkpointing: bool


def make_plan(recipe: Recipe, model: Any, dtype: str, longest: int, where: torch.device) -> Plan:
    """Choose for a loaded model. longest: tokens of the longest row."""
    per_token = bytes_per_token(model.config, 4 if dtype == "fp32" else 2)
    room = int(processor.free_bytes(where) * _SHARE)
    asked = recipe.checkpointing
    checkpointing = asked == "on" or (asked == "auto" and longest * per_token > room)
    if checkpointing:
        per_token = max(1, per_token // max(2, int(model.config.num_hidden_layers) // 2))
    budget = max(longest, min(room // per_token, _MOST_TOKENS[where.type]), 1)
    return Plan(dtype, budget, checkpointing)


def bytes_per_token(config: Any, width: int) -> int:
    """About how much memory one token takes in the forward pass until its backward pass, in bytes.

    Measured on Llama models with LoRA: sixteen hidden and six inner vectors a layer.
    """
    hidden = int(config.hidden_size)
    inner = int(getattr(config, "intermediate_size", 0) or 4 * hidden)
    return int(config.num_hidden_layers) * (16 * hidden + 6 * inner) * width


def read_plan(path: Path) -> Plan | None:
    """The plan that an earlier attempt kept, or None."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Plan)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def write_plan(path: Path, plan: Plan) -> None:
    """Keep a plan."""
    files.write_bytes(path, msgspec.json.encode(plan))
