"""sharegpt: a list of turns {"from": "human", "value": "..."}, and columns system and tools."""

from typing import Any

from services.datasets.conversation import Conversation, Problem
from services.datasets.formats import Guess, Sample, formats
from services.datasets.formats._names import MEDIA, columns_for
from services.datasets.formats._parts import (
    check_answers,
    check_question,
    check_trained,
    list_cell,
    stop,
    text_cell,
    tools_text,
)
from services.datasets.formats._recognise import turns_column
from services.datasets.formats._sharegpt import media_note, read_turns
from services.datasets.mapping import Mapping
from services.i18n import N_


class ShareGpt:
    """Strictly alternating turns in one column."""

    id, title = "sharegpt", N_("Turns (sharegpt)")
    roles = ("messages", "system", "tools", *MEDIA)

    def guess(self, sample: Sample) -> Guess | None:
        """Recognised by a column of lists whose items have from and value."""
        column = turns_column(sample, "from", "value")
        if not column:
            return None
        columns = {"messages": column, **columns_for(("system", "tools", *MEDIA), sample.columns)}
        return Guess(
            0.9, N_("{column} holds turns with from and value."), Mapping(format=self.id, columns=columns),
            {"column": column},
        )  # fmt: skip

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """The turns; a leading system turn wins over the system column."""
        column = mapping.column("messages")
        items = list_cell(values, mapping, "messages", notes)
        if not items:
            raise stop("no-turns", N_("There are no turns."), N_("Write them, or delete the row."), column)
        system, turns = read_turns(items, mapping.tags, column, notes)
        if system is None:
            system = text_cell(values, mapping, "system", notes)
        check_question(turns, column, notes)
        check_trained([t for t in turns if t.role in ("assistant", "function")], column)
        check_answers([t for t in turns if t.role in ("assistant", "function")], mapping, column)
        media_note(values, [mapping.column(role) for role in MEDIA], notes)
        return Conversation(tuple(turns), system or None, tools_text(values, mapping, notes))


formats.add(ShareGpt.id)(ShareGpt())
