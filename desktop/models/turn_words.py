"""Turns in the person's words: who speaks, what a field is."""

from typing import TYPE_CHECKING

from services.i18n import tr

if TYPE_CHECKING:
    from services.datasets.turn_items import Field


def speaker_word(speaker: str) -> str:
    """Who speaks, in a word."""
    return {
        "user": lambda: tr("User"),
        "assistant": lambda: tr("Answer"),
        "function": lambda: tr("Tool call"),
        "observation": lambda: tr("Tool result"),
        "system": lambda: tr("System"),
    }.get(speaker, lambda: tr("Not known"))()


SPEAKER_ICONS = {
    "user": "user",
    "assistant": "chat-text",
    "function": "wrench",
    "observation": "arrow-bend-down-right",
    "system": "gear-six",
}
"""Phosphor names."""


def part_word(role: str) -> str:
    """What a column that is part of the conversation means, in a word."""
    return {
        "system": lambda: tr("System"),
        "tools": lambda: tr("Tools"),
        "history": lambda: tr("Earlier turns"),
        "messages": lambda: tr("Conversation"),
        "prompt": lambda: tr("User"),
        "query": lambda: tr("User, second part"),
        "response": lambda: tr("Answer"),
        "chosen": lambda: tr("Chosen"),
        "rejected": lambda: tr("Rejected"),
        "text": lambda: tr("Text"),
    }[role]()


def field_word(field: "Field") -> str:
    """What a field holds, in a few words; '' for what needs none: the text itself."""
    number = field.number + 1
    return {
        "text": lambda: "",
        "part": lambda: tr("Text, part {n}", n=number),
        "other": lambda: tr("Part {n}: kept, not trained", n=number),
        "call": lambda: tr("Tool"),
        "arguments": lambda: tr("Arguments (JSON)"),
        "result_id": lambda: tr("Answers the call"),
        "thought": lambda: tr("Reasoning"),
        "raw": lambda: "JSON",
    }[field.kind]()
