"""Into sharegpt's strictly alternating turns."""

from collections.abc import Iterable, Iterator
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.datasets.converting import Lose, targets
from services.datasets.converting._parts import ASKS, NO_LAST_ANSWER, alternating, flat, for_training, tools_text
from services.datasets.mapping import Mapping
from services.i18n import N_

_FROM = {"user": "human", "assistant": "gpt", "function": "function_call", "observation": "observation"}


class ShareGpt:
    """conversations with from and value; columns system and tools."""

    title = N_("Turns (sharegpt)")
    mapping = Mapping(
        format="sharegpt", columns={"messages": "conversations", "system": "system", "tools": "tools"}
    )  # fmt: skip

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """One row."""
        found = for_training(talk, lose)
        if found is None:
            return
        turns = alternating(flat(found.turns, lose), lose)
        if turns and turns[-1].role in ASKS:
            lose(NO_LAST_ANSWER)
            turns.pop()
        yield {"conversations": [turn_item(turn) for turn in turns], **beside(found)}


def turn_item(turn: Turn) -> dict[str, Any]:
    """A turn as {"from", "value"}; weight 0 beside them where it is not trained."""
    item: dict[str, Any] = {"from": _FROM[turn.role], "value": turn.content}
    return item if turn.trained or turn.role in ASKS else {**item, "weight": 0}


def items(turns: Iterable[Turn]) -> list[dict[str, Any]]:
    """Turns as items, none of them with a weight."""
    return [{"from": _FROM[turn.role], "value": turn.content} for turn in turns]


def beside(talk: Conversation) -> dict[str, Any]:
    """The columns system and tools, where there is something in them."""
    row: dict[str, Any] = {}
    if talk.system is not None:
        row["system"] = talk.system
    if talk.tools:
        row["tools"] = tools_text(talk.tools)
    return row


targets.add("sharegpt")(ShareGpt())
