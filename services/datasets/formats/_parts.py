"""Pieces that formats share: text of a cell, lists of turns, answers, and the problems they may have."""

from typing import Any

from services.datasets.conversation import Problem, Turn
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.values import ABSENT, dump, load, to_text
from services.i18n import N_


def stop(code: str, sentence: str, way_out: str = "", column: str = "", /, **values: Any) -> RowProblem:
    """A problem that stops the row, to be raised."""
    return RowProblem(Problem(code, sentence, way_out, values, column))


def note(code: str, sentence: str, way_out: str = "", column: str = "", /, **values: Any) -> Problem:
    """A problem that is only to be looked at."""
    return Problem(code, sentence, way_out, values, column, blocks=False)


def text_cell(values: dict[str, Any], mapping: Mapping, role: str, notes: list[Problem]) -> str | None:
    """The text of a role's cell; None if it is missing or null. RowProblem if it is something else than text."""
    value = mapping.cell(values, role, notes)
    if value is ABSENT or value is None:
        return None
    if not isinstance(value, str):
        raise stop(
            "not-text",
            N_("{column} holds {value}, which is no text."),
            N_("Turn it into text."),
            mapping.column(role),
            column=mapping.column(role),
            value=_short(to_text(value)),
        )
    return value


def list_cell(values: dict[str, Any], mapping: Mapping, role: str, notes: list[Problem]) -> list[Any] | None:
    """The list of a role's cell, also where the file spells it as JSON text; None if missing, null or empty text."""
    value = mapping.cell(values, role, notes)
    if isinstance(value, str) and value.strip():
        try:
            value = load(value)
        except (ValueError, RecursionError):
            raise not_a_list(mapping.column(role)) from None
    if value is ABSENT or value is None or value == "":
        return None
    if not isinstance(value, list):
        raise not_a_list(mapping.column(role))
    return value


def not_a_list(column: str) -> RowProblem:
    """The problem of a cell that should be a list of turns."""
    return stop("turns", N_("{column} is not a list of turns."), N_("Mend the cell."), column, column=column)


def tools_text(values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> str:
    """The tools of a row as JSON text; "" if none."""
    value = mapping.cell(values, "tools", notes)
    if value is ABSENT or value is None or value == []:
        return ""
    return value if isinstance(value, str) else dump(value)


def check_question(turns: tuple[Turn, ...] | list[Turn], column: str, notes: list[Problem]) -> None:
    """Note a question without text."""
    told = any(known.code == "empty-question" for known in notes)
    if not told and any(t.role == "user" and not t.content.strip() for t in turns):
        notes.append(note("empty-question", N_("The question is empty."), N_("Write one, or delete the row."), column))


def check_answers(answers: list[Turn], mapping: Mapping, column: str) -> None:
    """RowProblem if an answer that would be trained is empty or blank, unless the mapping allows it."""
    if mapping.train_empty_answers:
        return
    for turn in answers:
        if turn.trained and not turn.content.strip() and not turn.tool_calls:
            raise stop(
                "empty-answer",
                N_("The answer is empty.") if not turn.content else N_("The answer is only blanks."),
                N_("Write one, or delete the row; a setting of the mapping trains empty answers as saying nothing."),
                column,
            )


def check_trained(answers: list[Turn], column: str) -> None:
    """RowProblem if the row takes every answer out of training."""
    if answers and not any(turn.trained for turn in answers):
        raise stop(
            "nothing-trained",
            N_("All answers of the row have the weight 0; nothing is trained."),
            N_("Give an answer the weight 1, or delete the row."),
            column,
        )


def no_answer(column: str) -> RowProblem:
    """The problem of a row that has no answer at all."""
    return stop("no-answer", N_("There is no answer."), N_("Write one, or delete the row."), column)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "..."
