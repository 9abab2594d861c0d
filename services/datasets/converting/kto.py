"""Into single answers with a label."""

from collections.abc import Iterator
from typing import Any

from services.datasets.conversation import Conversation, Turn
from services.datasets.converting import Lose, targets
from services.datasets.converting._parts import ASKS, NO_QUESTION, tools_list
from services.datasets.converting.openai import messages
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.i18n import N_


class Kto:
    """messages that end with the answer, and label: true or false. A pair becomes two rows."""

    title = N_("Answer with a label (KTO)")
    mapping = Mapping(
        format="kto", columns={"messages": "messages", "kto_tag": "label", "tools": "tools"}, tags=OPENAI_TAGS
    )  # fmt: skip

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """One row, two of a pair, none without an answer."""
        if talk.chosen is not None and talk.rejected is not None:
            lose(N_("A pair became two rows, one good and one bad."))
            yield self._row(talk, (*talk.turns, talk.chosen), label=True)
            yield self._row(talk, (*talk.turns, talk.rejected), label=False)
            return
        turns = talk.turns
        if talk.text is not None:
            lose(NO_QUESTION)
            turns = (Turn("user", ""), Turn("assistant", talk.text))
        if not turns or turns[-1].role in ASKS:
            lose(N_("Rows that do not end with an answer are left out."))
            return
        if talk.label is None:
            lose(N_("Rows without a label are taken as good ones."))
        yield self._row(talk, turns, label=talk.label is not False)

    def _row(self, talk: Conversation, turns: tuple[Turn, ...], *, label: bool) -> dict[str, Any]:
        items = messages(talk.system, turns)
        for item in items:
            item.pop("weight", None)  # the label says which answer is meant: the last
        row: dict[str, Any] = {"messages": items, "label": label}
        return {**row, "tools": tools_list(talk.tools)} if talk.tools else row


targets.add("kto")(Kto())
