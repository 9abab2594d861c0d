"""Lists of turns in sharegpt's strict form: questions at odd places, answers at even ones.

Source of the rule: formats.md's facts about LLaMA-Factory's sharegpt converter (an optional leading system turn;
{human, observation} odd, {gpt, function_call} even; an even number of turns, odd where a preference answer follows).
"""

from typing import Any

from services.datasets.conversation import Problem, Role, Turn
from services.datasets.formats._parts import note, stop
from services.datasets.mapping import RowProblem, Tags
from services.datasets.turn_items import is_trained
from services.datasets.values import to_text
from services.i18n import N_


def read_turns(
    items: list[Any], tags: Tags, column: str, notes: list[Problem], *, answer_follows: bool = False
) -> tuple[str | None, list[Turn]]:
    """System text (None if the list has none) and turns; weight 0 and loss false take an answer out of training.

    RowProblem where the rule is broken.
    """
    roles: dict[str, Role] = {
        tags.user_tag: "user",
        tags.observation_tag: "observation",
        tags.assistant_tag: "assistant",
        tags.function_tag: "function",
    }
    system: str | None = None
    pairs = [_pair(item, tags, column, place) for place, item in enumerate(items, 1)]
    if pairs and pairs[0][0] == tags.system_tag:
        system, pairs = pairs[0][1], pairs[1:]
    first = len(items) - len(pairs)
    turns: list[Turn] = []
    for place, (role, content) in enumerate(pairs):
        expected = ("user", "observation") if place % 2 == 0 else ("assistant", "function")
        if roles.get(role) not in expected:
            wanted = [tag for tag, known in roles.items() if known in expected]
            raise _order(
                column,
                N_("Turn {turn} is {role}; {wanted} is expected there."),
                turn=first + place + 1,
                role=role,
                wanted="/".join(wanted),
            )
        turns.append(Turn(roles[role], content, is_trained(items[first + place])))
    if not turns:
        raise stop("no-turns", N_("There are no turns."), N_("Write them, or delete the row."), column)
    if answer_follows and len(turns) % 2 == 0:
        raise _order(column, N_("The turns end with an answer, but the two answers to compare follow."))
    if not answer_follows and len(turns) % 2 == 1:
        if len(turns) == 1:
            raise stop("no-answer", N_("There is no answer."), N_("Write one, or delete the row."), column)
        raise _order(column, N_("The last turn has no answer."))
    return system, turns


def read_turn(item: Any, tags: Tags, column: str) -> Turn:
    """One answer that stands by itself (chosen, rejected). RowProblem if it is none."""
    role, content = _pair(item, tags, column, 1)
    if role not in (tags.assistant_tag, tags.function_tag):
        raise _order(column, N_("{column} is a turn of {role}, not an answer."), column=column, role=role)
    return Turn("function" if role == tags.function_tag else "assistant", content)


def _order(column: str, sentence: str, /, **values: Any) -> RowProblem:
    return stop("role-order", sentence, N_("Join, remove or add turns so that question and answer alternate."), column,
                **values)  # fmt: skip


def _pair(item: Any, tags: Tags, column: str, turn: int) -> tuple[str, str]:
    if not isinstance(item, dict) or not isinstance(item.get(tags.role_tag), str):
        raise stop(
            "turns",
            N_("Turn {turn} has no {key}."),
            N_("Mend the turn."),
            column,
            turn=turn,
            key=tags.role_tag,
        )
    content = item.get(tags.content_tag)
    if content is None:
        return item[tags.role_tag], ""
    return item[tags.role_tag], content if isinstance(content, str) else to_text(content)


def media_note(values: dict[str, Any], columns: list[str], notes: list[Problem]) -> None:
    """Note pictures, sounds and films: kept and shown, not trained."""
    for column in columns:
        if values.get(column):
            notes.append(note("media", N_("{column} is kept and shown, but only text is trained."), column=column))
