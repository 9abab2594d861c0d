"""How many steps a recipe takes, and which of them are warm-up, log, check and save."""

import math
from dataclasses import dataclass

from services.recipes.recipe import Recipe


@dataclass(frozen=True)
class Rows:
    """How many rows learn and how many are kept apart to check with."""

    train: int
    check: int


def split_rows(recipe: Recipe, rows: int) -> Rows:
    """Apply val_size to the rows of the training data (max_samples is applied before, a data set at a time).

    A share is rounded up, as scikit-learn's and datasets' splits do; at least one row is left to learn from.
    """
    if recipe.val_size <= 0 or rows <= 1:
        return Rows(rows, 0)
    wanted = int(recipe.val_size) if recipe.val_size >= 1 else math.ceil(recipe.val_size * rows)
    check = min(wanted, rows - 1)
    return Rows(rows - check, check)


def steps_per_epoch(recipe: Recipe, rows: int) -> int:
    """Updates of the weights in one round over so many rows (packs, when packing)."""
    batches = math.ceil(rows / recipe.per_device_train_batch_size)
    return max(1, math.ceil(batches / recipe.gradient_accumulation_steps)) if rows else 0


def total_steps(recipe: Recipe, rows: int) -> int:
    """Updates of the weights in the whole run: max_steps, else rounds times steps a round, rounded up."""
    if recipe.max_steps > 0:
        return recipe.max_steps
    return math.ceil(recipe.num_train_epochs * steps_per_epoch(recipe, rows))


def warmup_steps(recipe: Recipe, total: int) -> int:
    """Steps in which the learning rate climbs; warmup_steps wins over warmup_ratio."""
    return recipe.warmup_steps if recipe.warmup_steps > 0 else math.ceil(recipe.warmup_ratio * total)


def every(count: float, total: int) -> int:
    """logging_steps, save_steps or eval_steps as whole steps: below 1 it is a share of all steps."""
    return max(1, math.ceil(count * total)) if count < 1 else int(count)


def eval_every(recipe: Recipe, total: int) -> int:
    """Steps between measurements for eval_strategy steps; where eval_steps is open, as often as it logs."""
    return every(recipe.eval_steps if recipe.eval_steps is not None else recipe.logging_steps, total)
