"""A recipe as the Trainer's arguments."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import TrainingArguments

from services.engine.errors import TrainingError
from services.i18n import N_
from services.recipes.recipe import Recipe

_OPTIMISERS = {"adamw_8bit": "adamw_bnb_8bit"}


_POINTS = 20  # of a curve that would have had one or none


def training_arguments(
    recipe: Recipe, folder: Path, where: torch.device, steps: int, evaluates: bool
) -> TrainingArguments:
    """Arguments for a run of so many steps. Rows of one step are one batch of the Trainer (see RunTrainer)."""
    eval_strategy = recipe.eval_strategy if evaluates else "no"
    if evaluates and eval_strategy == "no":
        eval_strategy = "steps" if recipe.eval_steps else "epoch"
    eval_steps = recipe.eval_steps or recipe.logging_steps
    save_strategy, save_steps = "steps", recipe.save_steps
    if evaluates and (recipe.load_best_model_at_end or recipe.early_stopping_steps):
        save_strategy, save_steps = eval_strategy, eval_steps  # so that the best one is kept
    args = TrainingArguments(
        output_dir=str(folder),
        per_device_train_batch_size=recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps,
        gradient_accumulation_steps=1,
        per_device_eval_batch_size=recipe.per_device_eval_batch_size,
        learning_rate=recipe.learning_rate,
        num_train_epochs=recipe.num_train_epochs,
        max_steps=recipe.max_steps,
        lr_scheduler_type=recipe.lr_scheduler_type,
        lr_scheduler_kwargs=_scheduler_kwargs(recipe),
        warmup_steps=recipe.warmup_steps or recipe.warmup_ratio,
        max_grad_norm=recipe.max_grad_norm,
        optim=_optimiser(recipe),
        weight_decay=recipe.weight_decay,
        adam_beta1=recipe.adam_beta1,
        adam_beta2=recipe.adam_beta2,
        adam_epsilon=recipe.adam_epsilon,
        seed=recipe.seed,
        logging_strategy="steps",
        logging_steps=logging_steps(recipe, steps),
        logging_nan_inf_filter=False,
        save_strategy=save_strategy,
        save_steps=save_steps,
        save_total_limit=recipe.save_total_limit,
        save_only_model=recipe.save_only_model,
        eval_strategy=eval_strategy,
        eval_steps=eval_steps if eval_strategy == "steps" else None,
        metric_for_best_model="eval_loss" if evaluates else None,
        greater_is_better=False if evaluates else None,
        load_best_model_at_end=False,  # done by us, after the last checkpoint
        use_cpu=where.type == "cpu",
        dataloader_pin_memory=False,
        remove_unused_columns=False,
        fp16=recipe.fp16 and where.type == "cuda",
        report_to="none",
        disable_tqdm=True,
        label_names=["labels"],
    )
    if recipe.loraplus_lr_ratio:
        args.loraplus_lr_ratio = recipe.loraplus_lr_ratio  # type: ignore[attr-defined]
    return args


def _optimiser(recipe: Recipe) -> str:
    name = _OPTIMISERS.get(recipe.optim, recipe.optim)
    needs_card = "bnb" in name or "8bit" in name or "paged" in name or "lion" in name
    if needs_card and not torch.cuda.is_available():
        raise TrainingError(
            N_("The optimiser {optim} needs a CUDA card, and this machine has none."),
            way_out=N_("Set optim to adamw_torch_fused."),
            optim=recipe.optim,
        )
    return name


def _scheduler_kwargs(recipe: Recipe) -> dict[str, Any] | None:
    if not recipe.lr_scheduler_kwargs:
        return None
    try:
        found = json.loads(recipe.lr_scheduler_kwargs)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise TrainingError(
            N_("lr_scheduler_kwargs is not an object in JSON: {text}"),
            way_out=N_('Write it as {{"min_lr": 1e-6}}, or leave it empty.'),
            text=recipe.lr_scheduler_kwargs,
        )
    return found


def logging_steps(recipe: Recipe, steps: int) -> float:
    """How often to log: as the recipe says, but a short run still shows a curve (files that leave it out mean 500)."""
    if recipe.logging_steps <= 1 or not steps or 2 * recipe.logging_steps <= steps:
        return recipe.logging_steps
    return max(1, steps // _POINTS)
