"""Turns that do not alternate between question and answer."""

from typing import Any

from services.datasets.conversation import Problem
from services.datasets.formats._recognise import turns_of
from services.datasets.lint import Check, Example, Fix, Subject, checks
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.values import ABSENT, dump
from services.i18n import N_

_TALKS = Mapping(format="sharegpt", columns={"messages": "talk"})


def _talk(*turns: str) -> dict[str, Any]:
    return {"talk": [{"from": "human" if turn[0] == "q" else "gpt", "value": turn[1:]} for turn in turns]}


@checks.add("role-order")
class RoleOrder(Check):
    """Found while the row is read; the fix joins neighbours of one side and drops a question that nobody answers."""

    id, title = "role-order", N_("Turns do not alternate")
    help = N_("Question and answer must take turns, and a talk ends with an answer; other rows cannot be trained.")
    verb = N_("Join")
    example = Example(
        (_talk("qHi", "qAnyone?", "aYes."), _talk("aHello", "qHi", "aYes."), _talk("qHi", "aYes.", "qAnd?")
         , _talk("qHi", "aYes."), _talk("qHi", "aYes.", "qAnd?", "aNo.")), (0, 1, 2), _TALKS
    )  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """The turns joined so that they alternate, if that mends the row."""
        column = self.mapping.column("messages")
        cell = self.mapping.cell(row.values, "messages")
        if problem.column != column or cell is ABSENT:
            return None
        turns = joined(turns_of(cell), self.mapping)
        fixed: Any = dump(turns) if isinstance(cell, str) else turns
        try:
            self.mapping.conversation({**row.values, column: fixed})
        except RowProblem:
            return None
        return Fix(
            N_("Join turns of the same side, and drop a question without an answer."), ((row.id, column, fixed),)
        )


def joined(turns: list[dict[str, Any]], mapping: Mapping) -> list[dict[str, Any]]:
    """Turns with neighbours of one role joined by a newline, answers before the first question dropped, and, unless
    two answers to compare follow, a last question dropped."""
    tags = mapping.tags
    asks = (tags.user_tag, tags.observation_tag)
    out: list[dict[str, Any]] = []
    started = False
    for turn in turns:
        role = turn.get(tags.role_tag)
        if role == tags.system_tag:
            out.append(turn)
            continue
        started = started or role in asks
        if not started:
            continue
        if out and out[-1].get(tags.role_tag) == role:
            before = out.pop()
            texts = [str(part.get(tags.content_tag) or "") for part in (before, turn)]
            turn = {**before, tags.content_tag: "\n".join(text for text in texts if text)}
        out.append(turn)
    if out and "chosen" not in mapping.columns and out[-1].get(tags.role_tag) in asks:
        out.pop()
    return out
