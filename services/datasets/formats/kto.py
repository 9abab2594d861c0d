"""kto: a question, its answer, and whether it is a good one."""

from typing import Any

from services.datasets.conversation import Conversation, Problem, Turn
from services.datasets.formats import Guess, Sample, formats
from services.datasets.formats._base import answer, question_mapping, talk
from services.datasets.formats._names import column_for, plain
from services.datasets.formats._parts import note, stop, tools_text
from services.datasets.formats.openai import check_talk
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.values import ABSENT, to_text
from services.i18n import N_

_SAFE = {"true": True, "false": False, "1": True, "0": False}
_LIKELY = {
    "yes": True, "no": False, "y": True, "n": False, "t": True, "f": False, "on": True, "off": False,
    "是": True, "否": False, "对": True, "错": False,
}  # fmt: skip


class Kto:
    """Single answers with a thumb up or down."""

    id, title = "kto", N_("Answer with a label (KTO)")
    roles = ("kto_tag", "messages", "prompt", "response", "query", "history", "system", "tools")

    def guess(self, sample: Sample) -> Guess | None:
        """Recognised by a column kto_tag, or one called label whose values can be true and false."""
        tag = column_for("kto_tag", sample.columns)
        if not tag or (plain(tag) != "ktotag" and not _mostly_labels(sample.values(tag))):
            return None
        mapping = question_mapping(sample, self.id, {"kto_tag": tag})
        if mapping is None or not {"messages", "response"} & set(mapping.columns):
            return None
        return Guess(0.95, N_("{column} says which answers are good."), mapping, {"column": tag})

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """The talk with its answer, and the label."""
        system, turns = talk(values, mapping, notes, answer_follows=False)
        if "messages" not in mapping.columns:
            column = mapping.column("response")
            last = answer(mapping.cell(values, "response", notes), mapping, column, notes)
            turns = [*turns, last] if last else turns
        column = mapping.column("messages") or mapping.column("response")
        if not turns or turns[-1].role not in ("assistant", "function"):
            raise stop("no-answer", N_("There is no answer."), N_("Write one, or delete the row."), column)
        turns = [_untrained(turn) for turn in turns[:-1]] + turns[-1:]
        check_talk(turns, mapping, column, notes)
        label = self._label(mapping.cell(values, "kto_tag", notes), mapping, notes)
        return Conversation(tuple(turns), system, tools_text(values, mapping, notes), label=label)

    def _label(self, value: Any, mapping: Mapping, notes: list[Problem]) -> bool:
        column = mapping.column("kto_tag")
        meant, sure = read_label(value)
        if isinstance(value, bool):
            return value
        if meant is not None and sure:
            notes.append(
                note("kto-label", N_("The label is written {value}; it is read as {meant}."),
                     N_("Write it as {meant}."), column, value=_shown(value), meant=str(meant).lower())
            )  # fmt: skip
            return meant
        raise _no_label(value, meant, column)


def read_label(value: Any) -> tuple[bool | None, bool]:
    """What a label means (None: cannot be told), and whether that is beyond doubt."""
    if isinstance(value, bool):
        return value, True
    if isinstance(value, int) and value in (0, 1):
        return bool(value), True
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in _SAFE:
            return _SAFE[word], True
        return _LIKELY.get(word), False
    return None, False


def _no_label(value: Any, meant: bool | None, column: str) -> RowProblem:
    if meant is None:
        return stop(
            "kto-label", N_("The label is {value}; whether the answer is good cannot be told from it."),
            N_("Write true or false."), column, value=_shown(value),
        )  # fmt: skip
    return stop(
        "kto-label", N_("The label is {value}, which probably means {meant}."), N_("Write it as {meant}."), column,
        value=_shown(value), meant=str(meant).lower(),
    )  # fmt: skip


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "-"
    return f'"{value}"' if isinstance(value, str) else to_text(value) or "null"


def _mostly_labels(values: list[Any]) -> bool:
    return bool(values) and sum(read_label(value)[0] is not None for value in values) * 2 > len(values)


def _untrained(turn: Turn) -> Turn:
    """Earlier answers of a KTO row are part of the question: only the last one is judged."""
    return Turn(turn.role, turn.content, turn.role not in ("assistant", "function"), turn.tool_calls,
                turn.tool_call_id, turn.reasoning)  # fmt: skip


formats.add(Kto.id)(Kto())
