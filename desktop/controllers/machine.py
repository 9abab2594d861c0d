"""What this PC can train, as the start page says it. read_machine runs off the window's thread."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from services.i18n import tr

if TYPE_CHECKING:
    from services.hardware import Ability


@dataclass(frozen=True)
class MachineSaid:
    """What was read of the machine, and how it is said in the language in use."""

    ability: "Ability"

    @property
    def mark(self) -> tuple[str, str]:
        """(icon, colour role)"""
        return ("cpu", "accent") if self.ability.card.kind == "cuda" else ("warning", "warn")

    def sentence(self) -> str:
        """Up to what size, with what method."""
        ability = self.ability
        sizes = {"qlora": f"{ability.qlora_b:g}", "lora": f"{ability.lora_b:g}"}
        if ability.qlora_b and ability.lora_b:
            return tr("This PC trains models up to {qlora}B with QLoRA, up to {lora}B with LoRA.", **sizes)
        if ability.qlora_b:
            return tr("This PC trains models up to {qlora}B with QLoRA.", **sizes)
        if ability.lora_b:
            return tr("No usable card: the processor trains models up to {lora}B with LoRA, slowly.", **sizes)
        return tr("This PC has too little memory to train a model.")

    def name(self) -> str:
        """The card and its memory."""
        card = self.ability.card
        if card.kind == "cpu":
            return tr("{gb} GB memory", gb=round(card.total_gib))
        return tr("{card}, {gb} GB", card=card.short_name, gb=card.nominal_gb)

    def why(self) -> tuple[str, str]:
        """Why there is no card, and what would help; empty with a card."""
        return tr(self.ability.reason), tr(self.ability.way_out)


def read_machine() -> MachineSaid:
    """Look at the cards and what they can train."""
    from services.hardware import what_can_train

    return MachineSaid(what_can_train())
