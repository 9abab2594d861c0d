"""preference: a question, and a chosen and a rejected answer."""

from typing import Any

from services.datasets.conversation import Conversation, Problem, Turn
from services.datasets.formats import Guess, Sample, formats
from services.datasets.formats._base import answer, question_mapping, talk
from services.datasets.formats._names import columns_for
from services.datasets.formats._parts import check_answers, check_question, note, stop, tools_text
from services.datasets.formats._recognise import turns_of
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.values import ABSENT
from services.i18n import N_


class Preference:
    """Pairs of answers to compare (for dpo, orpo, simpo, reward models)."""

    id, title = "preference", N_("Chosen and rejected (preference)")
    roles = ("chosen", "rejected", "messages", "prompt", "query", "history", "system", "tools")

    def guess(self, sample: Sample) -> Guess | None:
        """Recognised by columns called chosen and rejected."""
        pair = columns_for(("chosen", "rejected"), sample.columns)
        if len(pair) < 2:
            return None
        mapping = question_mapping(sample, self.id, pair)
        if mapping is None and any(len(turns_of(v)) > 1 for v in sample.values(pair["chosen"])):
            mapping = Mapping(format=self.id, columns=pair)  # the talk is repeated within both answers
        if mapping is None:
            return None
        if any(turns_of([v] if isinstance(v, dict) else v) for v in sample.values(pair["chosen"])):
            mapping = _with_tags_of(sample, pair["chosen"], mapping)
        return Guess(0.95, N_("{chosen} and {rejected} hold answers to compare."), mapping, dict(pair))

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """The turns up to the question, and both answers. Also the old form: chosen is a list of both texts."""
        chosen, rejected = self._answers(values, mapping, notes)
        system, turns = self._question(values, mapping, notes)
        check_question(turns, mapping.column("messages") or mapping.column("prompt"), notes)
        check_answers([chosen], mapping, mapping.column("chosen"))
        if not rejected.content.strip() and not rejected.tool_calls:
            notes.append(
                note("empty-rejected", N_("The rejected answer is empty."), N_("Write one, or delete the row."),
                     mapping.column("rejected"))
            )  # fmt: skip
        if chosen == rejected:
            notes.append(_SAME)
        elif chosen.content.split() == rejected.content.split() and chosen.tool_calls == rejected.tool_calls:
            notes.append(_SAME_BUT_BLANKS)
        return Conversation(tuple(turns), system, tools_text(values, mapping, notes), chosen, rejected)

    def _answers(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> tuple[Turn, Turn]:
        raw = {role: mapping.cell(values, role, notes) for role in ("chosen", "rejected")}
        both = raw["chosen"]
        alone = raw["rejected"] is ABSENT or raw["rejected"] is None
        if alone and isinstance(both, list) and len(both) == 2 and all(isinstance(text, str) for text in both):
            notes.append(_OLD_PAIR)
            raw["chosen"], raw["rejected"] = both
        found = {role: answer(value, mapping, mapping.column(role), notes) for role, value in raw.items()}
        for role, turn in found.items():
            if turn is None:
                raise stop(
                    "no-answer", N_("{column} has no answer."), N_("Write one, or delete the row."),
                    mapping.column(role), column=mapping.column(role) or role,
                )  # fmt: skip
        assert found["chosen"] is not None and found["rejected"] is not None
        return found["chosen"], found["rejected"]

    def _question(
        self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]
    ) -> tuple[str | None, list[Turn]]:
        if "messages" not in mapping.columns and "prompt" not in mapping.columns:
            before = turns_of(mapping.cell(values, "chosen"))[:-1]
            inner = mapping.model_copy(update={"columns": {**mapping.columns, "messages": "before"}})
            return talk({"before": before}, inner, notes, answer_follows=True)
        return talk(values, mapping, notes, answer_follows=True)


def _with_tags_of(sample: Sample, column: str, mapping: Mapping) -> Mapping:
    """The mapping with OpenAI's tags if the answers are spelled so and the question says nothing."""
    for value in sample.values(column):
        turns = turns_of([value] if isinstance(value, dict) else value)
        if turns and OPENAI_TAGS.role_tag in turns[-1]:
            return mapping.model_copy(update={"tags": OPENAI_TAGS})
    return mapping


_SAME = note(
    "chosen-equals-rejected",
    N_("Both answers are the same: nothing can be learned from the pair."),
    N_("Change one, or delete the row."),
)
_SAME_BUT_BLANKS = note(
    "chosen-equals-rejected",
    N_("The answers differ in blanks only."),
    N_("Change one, or delete the row."),
)
_OLD_PAIR = note("old-pair", N_("Both answers stand in one list, the old form; they are read as chosen and rejected."))

formats.add(Preference.id)(Preference())
