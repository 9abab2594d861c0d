"""OpenAI: a list of messages {"role": "user", "content": "..."} with tool calls, and a column tools."""

from typing import Any

from services.datasets.conversation import Conversation, Problem, Turn
from services.datasets.formats import Guess, Sample, formats
from services.datasets.formats._names import MEDIA, columns_for
from services.datasets.formats._openai import read_messages
from services.datasets.formats._parts import (
    check_answers,
    check_question,
    check_trained,
    list_cell,
    no_answer,
    note,
    stop,
    text_cell,
    tools_text,
)
from services.datasets.formats._recognise import turns_column
from services.datasets.formats._sharegpt import media_note
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.i18n import N_


class OpenAi:
    """Messages as chat servers take them."""

    id, title = "openai", N_("Messages (OpenAI)")
    roles = ("messages", "system", "tools", *MEDIA)

    def guess(self, sample: Sample) -> Guess | None:
        """Recognised by a column of lists whose items have role and content."""
        column = turns_column(sample, "role")
        if not column and not sample.rows and "messages" in sample.columns:
            column = "messages"
        if not column:
            return None
        columns = {"messages": column, **columns_for(("tools", *MEDIA), sample.columns)}
        return Guess(
            0.9, N_("{column} holds messages with role and content."),
            Mapping(format=self.id, columns=columns, tags=OPENAI_TAGS), {"column": column},
        )  # fmt: skip

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """The messages in the row's own order."""
        column = mapping.column("messages")
        items = list_cell(values, mapping, "messages", notes)
        if not items:
            raise stop("no-turns", N_("There are no turns."), N_("Write them, or delete the row."), column)
        system, turns = read_messages(items, mapping.tags, column, notes)
        if system is None:
            system = text_cell(values, mapping, "system", notes) or None
        check_talk(turns, mapping, column, notes)
        media_note(values, [mapping.column(role) for role in MEDIA], notes)
        return Conversation(tuple(turns), system, tools_text(values, mapping, notes))


def check_talk(turns: list[Turn], mapping: Mapping, column: str, notes: list[Problem]) -> None:
    """What may be wrong with a whole talk: nothing to train (RowProblem), no final answer, an empty question."""
    answers = [turn for turn in turns if turn.role in ("assistant", "function")]
    if not answers:
        raise no_answer(column)
    check_trained(answers, column)
    check_answers(answers, mapping, column)
    if turns[-1].role not in ("assistant", "function"):
        notes.append(
            note(
                "no-final-answer", N_("The row ends without a final answer; the turns before are trained."), "", column
            )
        )
    elif turns[-1].role == "function":
        notes.append(note("ends-with-call", N_("The row ends with a call of a tool."), "", column))
    check_question(turns, column, notes)


formats.add(OpenAi.id)(OpenAi())
