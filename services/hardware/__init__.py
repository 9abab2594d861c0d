"""The machine: its cards, processor, memory and disks, and what it can train."""

from services.hardware.card import GIB, Card
from services.hardware.machine import Ability, best_card, find_cards, what_can_train
from services.hardware.nvidia import NoCards, nvidia_cards
from services.hardware.processor import Processor, disk_free_gib, memory_gib, processor, processor_card
from services.hardware.sampling import Reading, Sampler

__all__ = [
    "GIB",
    "Ability",
    "Card",
    "NoCards",
    "Processor",
    "Reading",
    "Sampler",
    "best_card",
    "disk_free_gib",
    "find_cards",
    "memory_gib",
    "nvidia_cards",
    "processor",
    "processor_card",
    "what_can_train",
]
