"""Into pairs of answers to compare."""

from collections.abc import Iterator
from typing import Any

from services.datasets.conversation import Conversation
from services.datasets.converting import Lose, targets
from services.datasets.converting._parts import alternating, flat
from services.datasets.converting.sharegpt import beside, items
from services.datasets.mapping import Mapping
from services.i18n import N_


class Preference:
    """conversations up to the question, chosen and rejected as one turn each."""

    title = N_("Chosen and rejected (preference)")
    mapping = Mapping(
        format="preference",
        columns={
            "messages": "conversations", "chosen": "chosen", "rejected": "rejected", "system": "system",
            "tools": "tools",
        },
    )  # fmt: skip

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """One row; none where there is no pair."""
        if talk.chosen is None or talk.rejected is None:
            lose(N_("Rows with one answer only make no pair and are left out."))
            return
        chosen, rejected = items(flat([talk.chosen, talk.rejected], lose))
        turns = alternating(flat(talk.turns, lose), lose)
        yield {"conversations": items(turns), "chosen": chosen, "rejected": rejected, **beside(talk)}


targets.add("preference")(Preference())
