"""What this PC is and what it can train, in one sentence."""

from dataclasses import dataclass
from typing import Any

from services.hardware.card import Card
from services.hardware.nvidia import NoCards, Runner, nvidia_cards, run_program
from services.hardware.processor import memory_gib, processor_card
from services.i18n import N_, tr

_SIZES_B = (0.5, 1, 1.5, 3, 4, 8, 14, 24, 32, 70, 120)
_QLORA_GIB_A_B = 0.72  # 4-bit weights, 16-bit embeddings, adapter and its optimiser, for each billion weights
_LORA_GIB_A_B = 2.15
_FULL_GIB_A_B = 16.5
_STEP_GIB = 2.0  # context, activations of one row with recomputing, logits
_CPU_STEP_GIB = 2.5
_LEAST_GIB = 3.5


@dataclass(frozen=True)
class Ability:
    """What a machine can train. sentence and reason: N_-marked English with {fields} of values.

    card: the one it would use; the processor where no card can be used, and then reason and way_out say why.
    qlora_b, lora_b, full_b: the largest usual model size in billions that each method takes, 0 for none.
    """

    card: Card
    sentence: str
    values: dict[str, Any]
    reason: str = ""
    way_out: str = ""
    qlora_b: float = 0.0
    lora_b: float = 0.0
    full_b: float = 0.0

    def text(self) -> str:
        """The line in English."""
        return " ".join(part for part in (self.sentence.format(**self.values), self.reason) if part)

    def localized(self) -> str:
        """The line in the person's language."""
        return " ".join(part for part in (tr(self.sentence, **self.values), tr(self.reason)) if part)


def find_cards(run: Runner = run_program) -> list[Card]:
    """NVIDIA cards, the largest first; none if none can be used."""
    try:
        cards = nvidia_cards(run)
    except NoCards:
        return []
    return sorted(cards, key=lambda card: (card.too_old, -card.total_gib, card.index))


def best_card(run: Runner = run_program) -> Card:
    """Where a run would go: the largest usable card, else the processor."""
    usable = [card for card in find_cards(run) if not card.too_old]
    return usable[0] if usable else processor_card()


def what_can_train(run: Runner = run_program) -> Ability:
    """What this PC can train, for the start page."""
    try:
        cards = sorted(nvidia_cards(run), key=lambda card: (card.too_old, -card.total_gib, card.index))
    except NoCards as none:
        return _on_processor(none.sentence, none.way_out)
    card = cards[0]
    if card.too_old:
        return _on_processor(
            N_("The NVIDIA card is too old for present PyTorch."),
            N_("A card of the RTX 20 series (2018) or later is needed."),
        )
    if card.total_gib < _LEAST_GIB:
        return _on_processor(
            N_("The NVIDIA card has too little memory to train on."), N_("A card of 4 GB or more is needed.")
        )
    room = card.total_gib * 0.96 - _STEP_GIB
    qlora, lora, full = (_largest(room, a_b) for a_b in (_QLORA_GIB_A_B, _LORA_GIB_A_B, _FULL_GIB_A_B))
    return Ability(
        card,
        N_("{card}, {gb} GB: up to {qlora}B with QLoRA, {lora}B with LoRA."),
        {"card": card.short_name, "gb": card.nominal_gb, "qlora": f"{qlora:g}", "lora": f"{lora:g}"},
        qlora_b=qlora,
        lora_b=lora,
        full_b=full,
    )


def _on_processor(reason: str, way_out: str) -> Ability:
    card = processor_card()
    total, _ = memory_gib()
    per_b = _LORA_GIB_A_B if card.bf16 else 2 * _LORA_GIB_A_B
    lora = min(_largest(total * 0.9 - _CPU_STEP_GIB, per_b), 3)  # larger ones would take days
    if not lora:
        return Ability(card, N_("This PC has too little memory to train a model."), {}, reason, way_out)
    return Ability(
        card,
        N_("On the processor, {gb} GB memory: up to {lora}B with LoRA, slowly."),
        {"gb": round(total), "lora": f"{lora:g}"},
        reason,
        way_out,
        lora_b=lora,
    )


def _largest(room_gib: float, gib_a_b: float) -> float:
    return max((size for size in _SIZES_B if size * gib_a_b <= room_gib), default=0.0)
