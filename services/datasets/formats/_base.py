"""The question part of a preference or KTO row: a list of turns, a prompt of messages, or alpaca's columns."""

from typing import Any

from services.datasets.conversation import Problem, Turn
from services.datasets.formats import Sample
from services.datasets.formats._names import columns_for
from services.datasets.formats._openai import read_messages
from services.datasets.formats._parts import list_cell, stop, text_cell
from services.datasets.formats._recognise import turns_column, turns_of
from services.datasets.formats._sharegpt import read_turn, read_turns
from services.datasets.formats.alpaca import question_turns
from services.datasets.mapping import OPENAI_TAGS, Mapping, Tags
from services.datasets.values import ABSENT, to_text
from services.i18n import N_


def talk(
    values: dict[str, Any], mapping: Mapping, notes: list[Problem], *, answer_follows: bool
) -> tuple[str | None, list[Turn]]:
    """System text and turns of the row; where the mapping has a column of turns, from it, else from alpaca's columns.

    RowProblem as the formats of those have it.
    """
    system_cell = text_cell(values, mapping, "system", notes) or None
    role = "messages" if "messages" in mapping.columns else "prompt"
    if role == "prompt" and not turns_of(mapping.cell(values, "prompt")):
        return system_cell, question_turns(values, mapping, notes)
    column = mapping.column(role)
    items = list_cell(values, mapping, role, notes)
    if not items:
        raise stop("no-turns", N_("There are no turns."), N_("Write them, or delete the row."), column)
    if mapping.tags.role_tag == OPENAI_TAGS.role_tag:
        system, turns = read_messages(items, mapping.tags, column, notes)
    else:
        system, turns = read_turns(items, mapping.tags, column, notes, answer_follows=answer_follows)
        system = system or None
    return (system_cell if system is None else system), turns


def answer(value: Any, mapping: Mapping, column: str, notes: list[Problem]) -> Turn | None:
    """An answer given as text, as one turn, or as a list that ends with one; None if missing or null."""
    if value is ABSENT or value is None:
        return None
    if isinstance(value, list) and value and isinstance(value[-1], dict):
        value = value[-1]  # the whole talk is repeated before its answer
    if isinstance(value, dict):
        if mapping.tags.role_tag != OPENAI_TAGS.role_tag:
            return read_turn(value, mapping.tags, column)
        _, turns = read_messages([value], mapping.tags, column, notes)
        if turns and turns[0].role in ("assistant", "function"):
            return turns[0]
        raise stop("role-order", N_("{column} is no answer."), N_("Mend the cell."), column, column=column)
    if not isinstance(value, str):
        raise stop(
            "not-text", N_("{column} holds {value}, which is no text."), N_("Turn it into text."), column,
            column=column, value=to_text(value)[:60],
        )  # fmt: skip
    return Turn("assistant", value)


def question_mapping(sample: Sample, format_id: str, extra: dict[str, str]) -> Mapping | None:
    """A mapping whose question is recognised from the columns that extra leaves; None if there is no question."""
    rest = [column for column in sample.columns if column not in extra.values()]
    left = Sample(rest, sample.rows)
    for tags, keys in ((Tags(), ("from", "value")), (OPENAI_TAGS, ("role", "content"))):
        column = turns_column(left, *keys)
        if column:
            role = "prompt" if column == "prompt" else "messages"
            others = ("system", "tools", "response") if role == "prompt" else ("system", "tools")
            columns = {role: column, **columns_for(others, rest), **extra}
            return Mapping(format=format_id, columns=columns, tags=tags)
    columns = columns_for(("prompt", "query", "response", "history", "system", "tools"), rest)
    if "prompt" not in columns and "query" in columns:
        columns["prompt"] = columns.pop("query")
    if "prompt" not in columns:
        return None
    return Mapping(format=format_id, columns={**columns, **extra})
