"""What a run will take before it starts: memory, minutes, steps, rows cut, disk. Honest estimates, in milliseconds."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.hardware.card import GIB, Card
from services.i18n import N_
from services.recipes import memory as sizes
from services.recipes.memory import Memory
from services.recipes.model_info import ModelInfo
from services.recipes.recipe import Recipe
from services.recipes.speeds import Speed, expected_speed, load_speeds
from services.recipes.steps import every, split_rows, total_steps

Lengths = Sequence[int] | NDArray[np.int64] | None
_TIGHT = 0.92
_FULL = 0.98
ACTIVATION_SHARE = 0.6
"""Of the free memory; the engine fills passes up to it."""
MOST_TOKENS = {"cpu": 2048, "cuda": 16384}
"""In a pass; more bring nothing, so the engine takes no more."""
_WORTH_IT = 0.97
"""A further change must save 3 % to be worth offering."""
_TRAINED_SHARE = 0.6
"""Of tokens not counted yet."""
_PAIRS = ("dpo", "orpo", "simpo", "rm")


@dataclass(frozen=True)
class Forecast:
    """An estimate. minutes None: nothing was measured on this card yet. card None: the recipe was not held to one.

    rows: that learn. rows_cut: longer than cutoff_len. lengths_known: token lengths were counted, else every row was
    taken to be cutoff_len long. checkpointing: what gradient_checkpointing auto comes to. measured: minutes are of
    this very model and method, not scaled from another.
    """

    memory: Memory
    card: Card | None
    rows: int
    rows_check: int
    rows_cut: int
    steps: int
    tokens: int
    minutes: float | None
    measured: bool
    disk_gib: float
    trained_parameters: int
    trained_percent: float
    checkpointing: bool
    lengths_known: bool
    notes: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """N_-marked English sentences with their values."""

    @property
    def needed_gib(self) -> float:
        """All memory together, that of other programs included."""
        return self.memory.total_gib

    @property
    def spare_gib(self) -> float:
        """What is left on the card; negative if it does not fit, 0 without a card."""
        return self.card.total_gib - self.needed_gib if self.card else 0.0

    @property
    def fits(self) -> bool:
        """Whether it fits the card; True where none was given."""
        return self.card is None or self.needed_gib <= self.card.total_gib * _FULL

    @property
    def tight(self) -> bool:
        """Whether it fits with so little to spare that another program may break it."""
        return self.card is not None and self.fits and self.needed_gib > self.card.total_gib * _TIGHT


@dataclass(frozen=True)
class Variant:
    """A cheaper way to run a recipe. title: N_-marked words. changes: values for `with_values`."""

    title: str
    changes: dict[str, Any]
    forecast: Forecast


def forecast(
    recipe: Recipe,
    model: ModelInfo,
    lengths: Lengths,
    card: Card | None,
    *,
    rows: int = 0,
    trained: Lengths = None,
    speeds: list[Speed] | None = None,
) -> Forecast:
    """What a run of the recipe takes.

    lengths: tokens of each row before cutting, in any order, or None where they are not counted yet (then rows says
    how many there are). trained: how many of them the loss sees, row by row. speeds: past measurements; None reads
    the file. Never raises for a recipe of any values.
    """
    batch = _Batch.of(recipe, lengths, trained, rows)
    steps = total_steps(recipe, batch.packs)
    checkpointing, needs = _memory(recipe, model, card, batch)
    learns = sizes.learning(recipe, model)
    tokens = _tokens_read(recipe, batch, steps)
    wanted = Speed(card.name if card else "", model.name, model.parameters, recipe.method, checkpointing, 0.0)
    speed = expected_speed(wanted, load_speeds() if speeds is None else speeds)
    return Forecast(
        memory=needs,
        card=card,
        rows=batch.rows,
        rows_check=batch.rows_check,
        rows_cut=batch.cut,
        steps=steps,
        tokens=tokens,
        minutes=tokens / speed[0] / 60 if speed else None,
        measured=bool(speed and speed[1]),
        disk_gib=_disk(recipe, steps, sizes.checkpoint_bytes(recipe, learns)),
        trained_parameters=learns.total,
        trained_percent=100 * learns.total / max(1, model.parameters + learns.adapter),
        checkpointing=checkpointing,
        lengths_known=lengths is not None,
        notes=_notes(recipe, model, batch),
    )


def cheaper_variants(
    recipe: Recipe, model: ModelInfo, lengths: Lengths, card: Card | None, *, rows: int = 0, trained: Lengths = None
) -> list[Variant]:
    """Up to three ways that need less memory and fit, the least change first; if none fits, the three smallest."""
    speeds = load_speeds()
    here = forecast(recipe, model, lengths, card, rows=rows, trained=trained, speeds=speeds)
    found: list[Variant] = []
    longest = recipe.cutoff_len if lengths is None or not len(lengths) else int(np.max(lengths))
    for title, changes in _cheaper(recipe, card, longest):
        changed = recipe.with_values(**changes)
        there = forecast(changed, model, lengths, card, rows=rows, trained=trained, speeds=speeds)
        smaller = [v.forecast for v in found if v.changes.items() <= changes.items()] or [here]
        if there.needed_gib < _WORTH_IT * min(f.needed_gib for f in smaller):
            found.append(Variant(title, changes, there))
    fitting = [variant for variant in found if variant.forecast.fits]
    return (fitting or sorted(found, key=lambda v: v.forecast.needed_gib))[:3]


@dataclass(frozen=True)
class _Batch:
    """rows: that learn. packs: rows, or packs of rows. tokens_step: of the fullest step. longest: of a row or pack."""

    rows: int
    rows_check: int
    cut: int
    packs: int
    tokens_all: int
    tokens_step: int
    longest: int
    trained_share: float

    @classmethod
    def of(cls, recipe: Recipe, lengths: Lengths, trained: Lengths, rows: int) -> "_Batch":
        """Rows, and the fullest step that they can make."""
        size, limit = recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps, recipe.cutoff_len
        answers = 2 if recipe.stage in _PAIRS else 1  # a row of a pair is computed with either answer
        if lengths is None:
            split = split_rows(recipe, min(rows, recipe.max_samples or rows))
            whole = split.train * limit * answers
            step = min(size, split.train) * limit * answers
            return cls(split.train, split.check, 0, split.train, whole, step, limit * answers, _TRAINED_SHARE)
        counted = np.asarray(lengths, dtype=np.int64)[: recipe.max_samples]
        split = split_rows(recipe, len(counted))
        kept = np.minimum(counted, limit)
        total = int(kept.sum() * split.train / max(1, len(kept)))
        if recipe.packs:
            packs = math.ceil(total / limit)
            longest, step = limit, min(size, packs) * limit
        else:
            packs, longest, step = split.train, int(kept.max(initial=0)), _largest(kept, size)
        share = _TRAINED_SHARE
        if recipe.train_on_prompt or recipe.stage == "pt":
            share = 1.0
        elif trained is not None and counted.sum():
            share = min(1.0, float(np.asarray(trained, dtype=np.int64)[: recipe.max_samples].sum() / counted.sum()))
        cut = int((counted > limit).sum())
        return cls(split.train, split.check, cut, packs, total * answers, step * answers, longest * answers, share)


def _largest(lengths: NDArray[np.int64], size: int) -> int:
    """Tokens of the fullest step of that many rows: any rows may meet in one."""
    if len(lengths) <= size:
        return int(lengths.sum())
    return int(np.partition(lengths, len(lengths) - size)[-size:].sum())


def _memory(recipe: Recipe, model: ModelInfo, card: Card | None, batch: _Batch) -> tuple[bool, Memory]:
    """As the engine plans: whether inner results are recomputed, and the memory of its fullest pass."""
    still = sizes.standing(recipe, model, card)
    free = max(0.0, card.total_gib - still.total_gib) * GIB * ACTIVATION_SHARE if card else math.inf
    per_token = sizes.bytes_per_token(recipe, model, card, checkpointing=False)
    checkpointing = recipe.checkpointing == "on" or (
        recipe.checkpointing == "auto" and batch.longest * per_token > free
    )
    if checkpointing:
        per_token = sizes.bytes_per_token(recipe, model, card, checkpointing=True)
    most = MOST_TOKENS[card.kind if card else "cuda"]
    room = most if math.isinf(free) else int(min(free / max(1.0, per_token), most))
    tokens = min(batch.tokens_step, max(batch.longest, room))
    activations, logits = sizes.at_work(
        recipe,
        model,
        card,
        tokens=tokens,
        trained=math.ceil(tokens * batch.trained_share),
        checkpointing=checkpointing,
    )
    return checkpointing, replace(still, activations_gib=activations, logits_gib=logits)


def _tokens_read(recipe: Recipe, batch: _Batch, steps: int) -> int:
    per_round = batch.tokens_all
    if recipe.max_steps > 0 and batch.packs:
        rows_a_step = recipe.per_device_train_batch_size * recipe.gradient_accumulation_steps
        return int(per_round / batch.packs * rows_a_step * steps)
    return int(per_round * recipe.num_train_epochs)


def _disk(recipe: Recipe, steps: int, checkpoint_bytes: int) -> float:
    if not steps:
        return 0.0
    made = max(1, steps // every(recipe.save_steps, steps) + (steps % every(recipe.save_steps, steps) > 0))
    kept = min(made, recipe.save_total_limit + 1 if recipe.save_total_limit else made)
    return (kept + 0.3) * checkpoint_bytes / GIB


def _notes(recipe: Recipe, model: ModelInfo, batch: _Batch) -> list[tuple[str, dict[str, Any]]]:
    notes: list[tuple[str, dict[str, Any]]] = []
    if model.context_len and recipe.cutoff_len > model.context_len and not recipe.rope_scaling:
        notes.append(
            (
                N_("cutoff_len {cutoff_len} is longer than the model's window of {context_len} tokens."),
                {"cutoff_len": f"{recipe.cutoff_len:,}", "context_len": f"{model.context_len:,}"},
            )
        )
    if batch.rows and batch.cut > batch.rows / 5:
        notes.append(
            (
                N_("More than a fifth of the rows is cut; a larger cutoff_len would keep them whole."),
                {},
            )
        )
    return notes


def _cheaper(recipe: Recipe, card: Card | None, longest: int) -> list[tuple[str, dict[str, Any]]]:
    """Ideas from the smallest change to the largest; `cheaper_variants` drops those that save nothing."""
    recompute = {"gradient_checkpointing": True, "disable_gradient_checkpointing": False}
    shorter = {"cutoff_len": max(4, min(recipe.cutoff_len, longest) // 2)}
    lora = {
        "finetuning_type": "lora",
        "learning_rate": max(recipe.learning_rate, 1e-4),
        "pure_bf16": False,
        "use_galore": False,
        "use_apollo": False,
        "use_badam": False,
    }
    bits = {"quantization_bit": 4, "quantization_method": "bnb", "pissa_init": False, "resize_vocab": False}
    ideas: list[tuple[str, dict[str, Any]]] = [(N_("Recompute to save memory"), recompute)]
    if recipe.finetuning_type != "lora":
        if not recipe.pure_bf16 and not recipe.fp16:
            ideas.append((N_("Everything in bf16"), {"pure_bf16": True}))
        ideas.append((N_("LoRA in place of whole weights"), lora))
        bits = {**lora, **bits}
    if (card is None or card.kind == "cuda") and recipe.method != "qlora":
        ideas.append((N_("QLoRA: the model in 4 bits"), bits))
        ideas.append((N_("QLoRA, and recompute"), {**bits, **recompute}))
        ideas.append((N_("QLoRA, recompute, rows half as long"), {**bits, **recompute, **shorter}))
    ideas.append((N_("Rows half as long"), shorter))
    ideas.append((N_("Recompute, rows half as long"), {**recompute, **shorter}))
    return ideas
