"""Into alpaca's columns: one question, one answer, what came before as history."""

from collections.abc import Iterator
from typing import Any

from services.datasets.conversation import Conversation
from services.datasets.converting import Lose, targets
from services.datasets.converting._parts import (
    ASKS,
    CALLS,
    NO_LAST_ANSWER,
    TOOLS,
    WEIGHTS,
    alternating,
    flat,
    for_training,
)
from services.datasets.mapping import Mapping
from services.i18n import N_


class Alpaca:
    """instruction, input, output; system and history where the row has them."""

    title = N_("Question and answer (alpaca)")
    mapping = Mapping(
        format="alpaca",
        columns={
            "prompt": "instruction", "query": "input", "response": "output", "system": "system", "history": "history",
        },
    )  # fmt: skip

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """One row; none if there is no answer at all."""
        found = for_training(talk, lose)
        if found is None:
            return
        turns = alternating(flat(found.turns, lose), lose)
        if turns and turns[-1].role in ASKS:
            lose(NO_LAST_ANSWER)
            turns.pop()
        if found.tools:
            lose(TOOLS)
        if any(turn.role in ("function", "observation") for turn in turns):
            lose(CALLS)
        if not all(turn.trained for turn in turns if turn.role not in ASKS):
            lose(WEIGHTS)
        if not turns:
            return
        row: dict[str, Any] = {"instruction": turns[-2].content, "input": "", "output": turns[-1].content}
        if found.system is not None:
            row["system"] = found.system
        if len(turns) > 2:
            row["history"] = [[turns[i].content, turns[i + 1].content] for i in range(0, len(turns) - 2, 2)]
        yield row


targets.add("alpaca")(Alpaca())
