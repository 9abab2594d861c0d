"""Into raw text."""

from collections.abc import Iterator
from typing import Any

from services.datasets.conversation import Conversation
from services.datasets.converting import Lose, targets
from services.datasets.converting._parts import TOOLS, WEIGHTS, flat, for_training
from services.datasets.mapping import Mapping
from services.i18n import N_


class Text:
    """One column: system text, questions and answers one after the other, a blank line between."""

    title = N_("Raw text")
    mapping = Mapping(format="text", columns={"text": "text"})

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """One row."""
        if talk.text is not None:
            yield {"text": talk.text}
            return
        found = for_training(talk, lose)
        if found is None:
            return
        lose(N_("Who says what is no longer marked: the turns became one text."))
        if found.tools:
            lose(TOOLS)
        if not all(turn.trained for turn in found.turns):
            lose(WEIGHTS)
        parts = [found.system or "", *(turn.content for turn in flat(found.turns, lose))]
        yield {"text": "\n\n".join(part for part in parts if part)}


targets.add("text")(Text())
