"""What is wrong with turns by the rules of their format, said at the turn, with a fix where there is one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from services.datasets.mapping import Mapping
from services.datasets.row_parts import Part
from services.datasets.turn_items import Turn, is_openai, json_fault
from services.datasets.turns import TurnCell
from services.datasets.values import load
from services.i18n import N_

_ASKS, _ANSWERS = ("user", "observation"), ("assistant", "function")
_TRAINED_TEXT = ("messages", "history", "response", "chosen")


@dataclass(frozen=True)
class TurnFix:
    """A way to mend a turn. words: N_-marked, with values. apply: gives the mended cell."""

    words: str
    apply: Callable[[TurnCell], TurnCell]
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Mark:
    """That something is wrong at a turn (its number from 0; -1: with the cell as a whole). sentence: N_-marked, with
    values. blocks: the row is not trained until it is mended."""

    turn: int
    code: str
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    blocks: bool = True
    fixes: tuple[TurnFix, ...] = ()


def marks(part: Part, mapping: Mapping, *, answer_follows: bool = False) -> list[Mark]:
    """Marks of one cell, in the order of its turns. answer_follows: chosen and rejected come after its turns."""
    cell = part.cell
    if cell.shape == "broken":
        return [_broken(part)]
    found = _unread(part)
    if cell.shape == "turns" and part.role in ("messages", "prompt"):
        if is_openai(mapping.tags):
            found += _openai_order(cell, answer_follows=answer_follows)
        else:
            found += _sharegpt_order(cell, answer_follows=answer_follows)
    found += _texts(part, mapping)
    return sorted(found, key=lambda mark: mark.turn)


def _broken(part: Part) -> Mark:
    fault = json_fault(part.cell.pieces.raw)
    if fault is None:
        return Mark(0, "turns", N_("{column} is not a list of turns."), {"column": part.column})
    return Mark(0, "turns", N_("{column} is no valid JSON: line {line}, column {place}: {reason}."),
                {"column": part.column, "line": fault.line, "place": fault.column, "reason": fault.reason})  # fmt: skip


def _unread(part: Part) -> list[Mark]:
    """Turns that say nobody's role, or one that is not known."""
    cell, found = part.cell, []
    if cell.shape == "pairs":
        return [
            Mark(i, "history", N_("This is no pair of question and answer."), fixes=(_remove(i),))
            for i, turn in enumerate(cell.turns)
            if not turn.speaker
        ]
    if not cell.has_roles:
        return []
    for i, turn in enumerate(cell.turns):
        if turn.speaker:
            continue
        if turn.role and is_openai(cell.tags):
            code, sentence = "role", N_("The role {role} is not known.")
        elif turn.role:
            code, sentence = "role-order", N_("The role {role} is not known.")
        else:
            code, sentence = "turns", N_("The turn does not say who speaks.")
        fixes = (_make(i, "user"), _make(i, "assistant"))
        found.append(Mark(i, code, sentence, {"role": turn.role}, fixes=fixes))
    return found


def _sharegpt_order(cell: TurnCell, *, answer_follows: bool) -> list[Mark]:
    """Questions at odd places, answers at even ones, after a system turn that may come first."""
    turns, found = cell.turns, []
    if not turns:
        return []
    asks = True
    first = 1 if turns[0].speaker == "system" else 0
    for i in range(first, len(turns)):
        speaker = turns[i].speaker
        if not speaker:  # marked already; taken as the one that is expected
            asks = not asks
            continue
        if speaker == "system":
            found.append(Mark(i, "role-order", N_("The system turn may only be the first."), fixes=_system(i, turns)))
            continue
        if (speaker in _ASKS) != asks:
            found.append(_twice(i, first, asks=asks))
        asks = speaker in _ANSWERS
    last = len(turns) - 1
    if last >= first and turns[last].speaker in _ASKS and not answer_follows:
        code = "no-answer" if last == first else "role-order"
        found.append(
            Mark(last, code, N_("This question has no answer."), fixes=(_add(last + 1, "assistant"), _remove(last)))
        )
    if last >= first and turns[last].speaker in _ANSWERS and answer_follows:
        found.append(Mark(last, "role-order", N_("The two answers to compare follow: this answer is one too many."),
                          fixes=(_remove(last),)))  # fmt: skip
    return found


def _twice(i: int, first: int, *, asks: bool) -> Mark:
    """A turn of the wrong side: an answer where a question is expected, or the other way round."""
    if i == first:
        return Mark(i, "role-order", N_("A question is expected here, and this is an answer."),
                    fixes=(_add(i, "user"), _make(i, "user"), _remove(i)))  # fmt: skip
    if asks:
        fixes = (_join(i), _add(i, "user"), _make(i, "user"))
        return Mark(i, "role-order", N_("Two answers in a row."), fixes=fixes)
    fixes = (_join(i), _add(i, "assistant"), _make(i, "assistant"))
    return Mark(i, "role-order", N_("Two questions in a row."), fixes=fixes)


def _openai_order(cell: TurnCell, *, answer_follows: bool) -> list[Mark]:
    """The system message comes first; results answer calls; the last word is an answer's."""
    turns, found = cell.turns, []
    called: set[str] = set()
    for i, turn in enumerate(turns):
        called |= _call_ids(turn)
        if turn.speaker == "system" and i > 0:
            found.append(Mark(i, "system-place", N_("The system turn may only be the first."), fixes=_system(i, turns)))
        for field_ in turn.fields:
            if field_.kind == "result_id" and field_.text and called and field_.text not in called:
                found.append(
                    Mark(i, "result-id", N_("No call above has the id {id}."), {"id": field_.text}, blocks=False)
                )
    if turns and turns[-1].speaker in _ASKS and not answer_follows:
        alone = not any(turn.speaker in _ANSWERS for turn in turns)
        fixes = (_add(len(turns), "assistant"), _remove(len(turns) - 1))
        code = "no-answer" if alone else "no-final-answer"
        found.append(Mark(len(turns) - 1, code, N_("This question has no answer."), blocks=alone, fixes=fixes))
    return found


def _call_ids(turn: Turn) -> set[str]:
    item = load(turn.raw)
    calls = item.get("tool_calls") if isinstance(item, dict) else None
    return {str(c.get("id") or "") for c in calls if isinstance(c, dict)} - {""} if isinstance(calls, list) else set()


def _texts(part: Part, mapping: Mapping) -> list[Mark]:
    """Empty questions and answers, calls without a name, arguments that are no JSON."""
    found = []
    for i, turn in enumerate(part.cell.turns):
        says = bool(turn.text.strip()) or any(f.kind == "raw" for f in turn.fields)
        has_calls = any(f.kind == "call" for f in turn.fields)
        if part.role in _TRAINED_TEXT and turn.speaker in _ANSWERS and turn.trained and not says and not has_calls:
            if not mapping.train_empty_answers:
                found.append(Mark(i, "empty-answer", N_("The answer is empty.")))
        elif turn.speaker == "user" and not says and part.role not in ("query", "prompt"):
            found.append(Mark(i, "empty-question", N_("The question is empty."), blocks=False))
        for field_ in turn.fields:
            if field_.kind == "call" and not field_.text:
                found.append(Mark(i, "tool-calls", N_("The call has no name."), blocks=field_.null))
            if field_.kind == "arguments" or (field_.kind == "text" and _is_call_text(turn, part)):
                found += _fault(i, field_.text)
    return found


def _is_call_text(turn: Turn, part: Part) -> bool:
    """Whether the text of a turn is the JSON of a call, as sharegpt's function_call has it."""
    return turn.speaker == "function" and not is_openai(part.cell.tags)


def _fault(turn: int, text: str) -> list[Mark]:
    fault = json_fault(text) if text else None
    if fault is None:
        return []
    sentence = N_("No valid JSON: line {line}, column {place}: {reason}. It is trained as it stands.")
    values = {"line": fault.line, "place": fault.column, "reason": fault.reason}
    return [Mark(turn, "tool-arguments", sentence, values, blocks=False)]


def _system(i: int, turns: tuple[Turn, ...]) -> tuple[TurnFix, ...]:
    if turns[0].speaker == "system":

        def join(cell: TurnCell) -> TurnCell:
            return cell.moved(i, 1).joined(0)

        return (TurnFix(N_("Join it to the first"), join), _make(i, "user"), _remove(i))
    return (TurnFix(N_("Move it to the top"), lambda cell: cell.moved(i, 0)), _make(i, "user"), _remove(i))


def _make(i: int, speaker: str) -> TurnFix:
    words = N_("Make it a question") if speaker == "user" else N_("Make it an answer")
    return TurnFix(words, lambda cell: cell.with_speaker(i, speaker))


def _join(i: int) -> TurnFix:
    return TurnFix(N_("Join it to the one before"), lambda cell: cell.joined(i - 1))


def _add(at: int, speaker: str) -> TurnFix:
    words = N_("Add a question") if speaker == "user" else N_("Add an answer")
    return TurnFix(words, lambda cell: cell.inserted(at, speaker))


def _remove(i: int) -> TurnFix:
    return TurnFix(N_("Remove it"), lambda cell: cell.removed(i))
