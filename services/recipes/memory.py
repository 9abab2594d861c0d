"""How much memory a run takes, part by part. An estimate: measured on Llama-like models, close for others.

It follows what the engine does: weights that do not learn in 16 bits where the machine computes them, what learns in
32, a step divided into passes of as many tokens as memory holds, logits made a few hundred positions at a time.
"""

from dataclasses import dataclass, fields
from fractions import Fraction

from services.hardware.card import GIB, Card
from services.recipes.model_info import Linear, ModelInfo
from services.recipes.recipe import Recipe
from services.recipes.schema.types import split_names

_CUDA_CONTEXT = 0.55 * GIB
_CPU_PROCESS = 0.9 * GIB
_OPTIMISER_BYTES = {
    "adamw_torch": 8.0,
    "adamw_torch_fused": 8.0,
    "adamw_8bit": 2.1,
    "adamw_bnb_8bit": 2.1,
    "paged_adamw_32bit": 8.0,
    "paged_adamw_8bit": 2.1,
    "adafactor": 0.1,
    "sgd": 0.0,
    "adagrad": 4.0,
    "rmsprop": 4.0,
    "lion_8bit": 1.05,
    "lion_32bit": 4.0,
    "paged_lion_8bit": 1.05,
    "paged_lion_32bit": 4.0,
    "ademamix": 12.0,
    "ademamix_8bit": 3.2,
    "stable_adamw": 8.0,
}
"""Bytes of optimiser state for each weight that learns."""
LAYER_HIDDEN, LAYER_INNER = 16, 6
"""Vectors of hidden and of inner width that a layer keeps for each token; the engine plans with the same numbers."""
_LOGIT_BYTES = 10
"""A logit in bf16, in fp32, and its gradient, at the loss."""
_LOGIT_CHUNK_BYTES = 64 << 20
"""Of float32 logits held at a time."""


@dataclass(frozen=True)
class Memory:
    """Parts in GiB. system: what the driver, the CUDA context and other programs take."""

    weights_gib: float = 0.0
    adapter_gib: float = 0.0
    gradients_gib: float = 0.0
    optimiser_gib: float = 0.0
    activations_gib: float = 0.0
    logits_gib: float = 0.0
    system_gib: float = 0.0

    @property
    def total_gib(self) -> float:
        """All parts together."""
        return sum(getattr(self, field.name) for field in fields(self))


@dataclass(frozen=True)
class Learning:
    """What of a model learns: weights of the base, weights of new adapters, and the layers that carry adapters."""

    base: int
    adapter: int
    adapted: tuple[Linear, ...] = ()

    @property
    def total(self) -> int:
        """All weights that learn."""
        return self.base + self.adapter


def learning(recipe: Recipe, model: ModelInfo) -> Learning:
    """What learns under a recipe's method."""
    if recipe.finetuning_type == "full":
        return Learning(model.parameters, 0)
    if recipe.finetuning_type == "freeze":
        return Learning(_unfrozen(recipe, model), 0)
    targets = split_names(recipe.lora_target)
    adapted = tuple(part for part in model.linears if part.block >= 0 and (targets == ["all"] or part.name in targets))
    size = sum(recipe.lora_rank * (part.inputs + part.outputs) for part in adapted)
    if recipe.use_dora:
        size += sum(part.outputs for part in adapted)
    named = split_names(recipe.additional_target)
    if "embed_tokens" in named:
        size += model.embedding
    if "lm_head" in named:
        size += model.head or model.embedding
    return Learning(0, size, adapted)


def standing(recipe: Recipe, model: ModelInfo, card: Card | None) -> Memory:
    """What is there all the time: everything but activations and logits."""
    learns = learning(recipe, model)
    half = computes_in_16_bit(recipe, card)
    per_weight = 2 if recipe.pure_bf16 else 4
    system = _CPU_PROCESS if card is None or card.kind == "cpu" else _CUDA_CONTEXT
    return Memory(
        weights_gib=_weights(recipe, model, learns, half) / GIB,
        adapter_gib=learns.adapter * per_weight / GIB,
        gradients_gib=learns.total * per_weight / GIB,
        optimiser_gib=learns.total * _optimiser(recipe) / GIB,
        system_gib=system / GIB + (card.used_gib if card else 0.0),
    )


def bytes_per_token(recipe: Recipe, model: ModelInfo, card: Card | None, *, checkpointing: bool) -> float:
    """What one token of a pass takes until its gradient is computed. checkpointing: inner results are recomputed."""
    width = 2 if computes_in_16_bit(recipe, card) else 4
    layer: float = (LAYER_HIDDEN * model.hidden + LAYER_INNER * model.intermediate) * width
    if recipe.method == "qlora" or recipe.use_dora:  # PEFT's own loop widens each adapter's input to float32
        layer += 4 * sum(part.inputs for part in learning(recipe, model).adapted) / max(1, model.layers)
    return model.hidden * width * model.layers + layer if checkpointing else layer * model.layers


def at_work(
    recipe: Recipe, model: ModelInfo, card: Card | None, *, tokens: int, trained: int, checkpointing: bool
) -> tuple[float, float]:
    """(activations, logits) of a pass in GiB. tokens: in the pass. trained: those that the loss sees."""
    learns = learning(recipe, model)
    layers = bytes_per_token(recipe, model, card, checkpointing=checkpointing) * tokens
    casts = 2 * learns.base if not recipe.pure_bf16 and computes_in_16_bit(recipe, card) else 0
    unpacked = 0.0
    if recipe.method == "qlora":  # the largest layer is unpacked to 16 bits while it computes
        unpacked = 2.0 * max((part.inputs * part.outputs for part in model.linears), default=0)
    at_once = min(trained, max(16, _LOGIT_CHUNK_BYTES // (4 * max(1, model.vocabulary))))
    logits = _LOGIT_BYTES * at_once * model.vocabulary + 2 * trained * model.hidden
    return (layers + casts + unpacked) / GIB, logits / GIB


def computes_in_16_bit(recipe: Recipe, card: Card | None) -> bool:
    """Whether the base is held and computed in 16 bits on this card."""
    if recipe.fp16 or recipe.pure_bf16 or recipe.bf16 is True:
        return True
    return recipe.bf16 == "auto" and (card is None or card.bf16)


def quantised_bits(recipe: Recipe) -> Fraction:
    """Bits that a quantised weight takes, its block's scales included."""
    bits = Fraction(recipe.quantization_bit or 16)
    if recipe.quantization_method == "hqq":
        return bits + Fraction(1, 2)
    if bits == 8:
        return bits + Fraction(1, 32)
    scale = Fraction(8, 64) + Fraction(32, 64 * 256) if recipe.double_quantization else Fraction(32, 64)
    return bits + scale


def checkpoint_bytes(recipe: Recipe, learns: Learning) -> int:
    """Size of one checkpoint on disk: what learns, and the optimiser's state beside it."""
    state = 0.0 if recipe.save_only_model else _optimiser(recipe)
    return int(learns.total * ((2 if recipe.pure_bf16 or learns.base else 4) + state))


def _weights(recipe: Recipe, model: ModelInfo, learns: Learning, half: bool) -> float:
    if recipe.method == "qlora":
        linear = model.linear_parameters
        return float(linear * quantised_bits(recipe) / 8 + (model.parameters - linear) * 2)
    frozen = (model.parameters - learns.base) * (2 if half else 4)
    return float(frozen + learns.base * (2 if recipe.pure_bf16 else 4))


def _optimiser(recipe: Recipe) -> float:
    return _OPTIMISER_BYTES[recipe.optim] * (0.5 if recipe.pure_bf16 and "8bit" not in recipe.optim else 1)


def _unfrozen(recipe: Recipe, model: ModelInfo) -> int:
    count = min(abs(recipe.freeze_trainable_layers), model.layers)
    named = split_names(recipe.freeze_trainable_modules)
    if named in (["all"], []):
        learns = count * model.per_layer
    else:
        blocks = set(range(model.layers)[-count:] if recipe.freeze_trainable_layers > 0 else range(count))
        learns = sum(p.inputs * p.outputs for p in model.linears if p.block in blocks and p.name in named)
    extra = split_names(recipe.freeze_extra_modules)
    return learns + ("embed_tokens" in extra) * model.embedding + ("lm_head" in extra) * (model.head or model.embedding)
