"""alpaca: instruction, input, output, system, history; under whatever names a person gave the columns."""

from typing import Any

from services.datasets.conversation import Conversation, Problem, Turn
from services.datasets.formats import Guess, Sample, formats
from services.datasets.formats._names import MEDIA, columns_for
from services.datasets.formats._parts import (
    check_answers,
    check_question,
    list_cell,
    no_answer,
    stop,
    text_cell,
    tools_text,
)
from services.datasets.formats._recognise import is_text
from services.datasets.formats._sharegpt import media_note
from services.datasets.mapping import Mapping
from services.i18n import N_


class Alpaca:
    """A question and its answer in columns of their own."""

    id, title = "alpaca", N_("Question and answer (alpaca)")
    roles = ("prompt", "response", "query", "system", "history", "tools", *MEDIA)

    def guess(self, sample: Sample) -> Guess | None:
        """Recognised by the columns' names; two columns of text are taken as question and answer."""
        found = columns_for(self.roles, sample.columns)
        if "prompt" not in found and "query" in found and "response" in found:
            found["prompt"] = found.pop("query")  # input and output alone
        found = {role: c for role, c in found.items() if role in ("history", "tools", *MEDIA) or is_text(sample, c)}
        if "prompt" in found and "response" in found:
            return Guess(
                0.8, N_("{prompt} is taken as the question and {response} as the answer, by their names."),
                Mapping(format=self.id, columns=found), {"prompt": found["prompt"], "response": found["response"]},
            )  # fmt: skip
        texts = [column for column in sample.columns if is_text(sample, column)]
        if len(sample.columns) == len(texts) == 2:
            return Guess(
                0.4, N_("There are two columns of text: {prompt} is taken as the question, {response} as the answer."),
                Mapping(format=self.id, columns={"prompt": texts[0], "response": texts[1]}),
                {"prompt": texts[0], "response": texts[1]},
            )  # fmt: skip
        return None

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """History first, then instruction, a newline and input, nothing trimmed; then the answer."""
        turns = question_turns(values, mapping, notes)
        answer = text_cell(values, mapping, "response", notes)
        if answer is None:
            raise no_answer(mapping.column("response"))
        turns.append(Turn("assistant", answer))
        check_answers(turns[1::2], mapping, mapping.column("response"))
        media_note(values, [mapping.column(role) for role in MEDIA], notes)
        system = text_cell(values, mapping, "system", notes)
        return Conversation(tuple(turns), system or None, tools_text(values, mapping, notes))


def question_turns(values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> list[Turn]:
    """Turns of the history and the question. RowProblem for a history that is no list of pairs."""
    turns: list[Turn] = []
    column = mapping.column("history")
    for number, pair in enumerate(list_cell(values, mapping, "history", notes) or [], 1):
        if not isinstance(pair, list) or len(pair) != 2 or not all(isinstance(text, str) for text in pair):
            raise stop(
                "history",
                N_("Entry {number} of the history is no pair of question and answer."),
                N_("Mend the cell."),
                column,
                number=number,
            )
        turns += [Turn("user", pair[0]), Turn("assistant", pair[1])]
    parts = [text_cell(values, mapping, role, notes) for role in ("prompt", "query")]
    turns.append(Turn("user", "\n".join(part for part in parts if part)))
    check_question(turns, mapping.column("prompt"), notes)
    return turns


formats.add(Alpaca.id)(Alpaca())
