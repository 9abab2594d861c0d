"""tunesmith data turns PROJECT NAME ROW: a row's conversation, turn by turn; data turn ACTION ...: editing it."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, row_id_at, short
from services.cli.output import json_option, project_argument, say

if TYPE_CHECKING:
    from services.datasets.row_parts import Part
    from services.datasets.turns import TurnCell

F = TypeVar("F", bound=Callable[..., Any])
Edit = Callable[["TurnCell", int], "TurnCell"]
_SPEAKER = click.Choice(["user", "assistant", "function", "observation", "system"])


@data.command("turns", help="Show the conversation of a row, turn by turn. ROW is the row's number, from 1.")
@project_argument
@name_argument
@click.argument("row", type=click.IntRange(1))
@json_option
def turns(project: Path, name: str, row: int, as_json: bool) -> None:
    """Print turns with what is wrong with them."""
    from services.datasets.row_parts import row_parts
    from services.datasets.turn_marks import marks

    with open_store(project, name) as store:
        mapping, row_id = store.mapping, row_id_at(store, row)
        parts = row_parts(store.row(row_id).values, mapping)
    follows = "chosen" in mapping.columns
    shown = [(part, marks(part, mapping, answer_follows=follows)) for part in parts]
    facts = {"row": row, "id": row_id, "parts": [_facts(part, found) for part, found in shown]}
    say(facts, "\n".join(line for part, found in shown for line in _lines(part, found)), as_json=as_json)


def _facts(part: "Part", found: list[Any]) -> dict[str, Any]:
    turns = [
        {
            "turn": number, "speaker": turn.speaker, "role": turn.role, "text": turn.text, "trained": turn.trained,
            "fields": [{"kind": f.kind, "path": list(f.path), "text": f.text, "null": f.null} for f in turn.fields],
            "more": list(turn.more),
            "marks": [_mark(mark) for mark in found if mark.turn == number - 1],
        }
        for number, turn in enumerate(part.cell.turns, 1)
    ]  # fmt: skip
    return {"role": part.role, "column": part.column, "shape": part.cell.shape, "turns": turns}


def _mark(mark: Any) -> dict[str, Any]:
    fixes = [fix.words.format(**fix.values) for fix in mark.fixes]
    return {"code": mark.code, "text": mark.sentence.format(**mark.values), "blocks": mark.blocks, "fixes": fixes}


def _lines(part: "Part", found: list[Any]) -> list[str]:
    lines = [f"{part.column} ({part.role})"]
    for number, turn in enumerate(part.cell.turns, 1):
        who = turn.speaker or turn.role or "-"
        calls = " ".join(f"[{f.text}]" for f in turn.fields if f.kind == "call")
        away = "" if turn.trained else "  (not trained)"
        lines.append(f"{number:>4}  {who:<12}{short(' '.join(filter(None, (turn.text, calls))), 80)}{away}")
        lines += [f"      ! {_mark(mark)['text']}" for mark in found if mark.turn == number - 1]
    return lines


turn = click.Group("turn", help="Edit a turn of a row's conversation; each call is one edit, undo works.")
data.add_command(turn)


def _arguments(command: F) -> F:
    """PROJECT NAME ROW TURN, --column and --json."""
    for part in (
        json_option,
        click.option("--column", default="", help="Which cell of the row; the first that holds turns if left out."),
        click.argument("number", metavar="TURN", type=click.IntRange(1)),
        click.argument("row", type=click.IntRange(1)),
        name_argument,
        project_argument,
    ):
        command = part(command)
    return command


@turn.command("set", help="Type over a turn's text, or with --field another of its fields.")
@_arguments
@click.argument("text")
@click.option(
    "--field", "number_of_field", type=click.IntRange(1), default=1, help="As `data turns --json` lists them."
)
def set_text(text: str, number_of_field: int, **where: Any) -> None:
    """Change a text."""
    from services.datasets.errors import DatasetError
    from services.i18n import N_

    def edit(cell: "TurnCell", at: int) -> "TurnCell":
        fields = cell.turns[at].fields
        if number_of_field > len(fields):
            raise DatasetError(N_("Turn {turn} has no field {field}."), way_out=N_("It has {n}."),
                               turn=at + 1, field=number_of_field, n=len(fields))  # fmt: skip
        return cell.with_text(at, fields[number_of_field - 1], text)

    _edit(edit, **where)


@turn.command("add", help="Put a new turn before TURN; the number after the last one adds it at the end.")
@_arguments
@click.argument("speaker", type=_SPEAKER)
@click.argument("text", default="")
def add(speaker: str, text: str, **where: Any) -> None:
    """Add a turn."""
    _edit(lambda cell, at: cell.inserted(at, speaker, text), end=True, **where)


@turn.command("remove", help="Take a turn away.")
@_arguments
def remove(**where: Any) -> None:
    """Remove a turn."""
    _edit(lambda cell, at: cell.removed(at), **where)


@turn.command("duplicate", help="Copy a turn to below itself.")
@_arguments
def duplicate(**where: Any) -> None:
    """Copy a turn."""
    _edit(lambda cell, at: cell.duplicated(at), **where)


@turn.command("move", help="Let a turn stand at place TO.")
@_arguments
@click.argument("to", type=click.IntRange(1))
def move(to: int, **where: Any) -> None:
    """Move a turn."""
    _edit(lambda cell, at: cell.moved(at, min(to, len(cell.turns)) - 1), **where)


@turn.command("role", help="Let another one speak.")
@_arguments
@click.argument("speaker", type=_SPEAKER)
def role(speaker: str, **where: Any) -> None:
    """Change who speaks."""
    _edit(lambda cell, at: cell.with_speaker(at, speaker), **where)


@turn.command("join", help="Join a turn with the next one.")
@_arguments
def join(**where: Any) -> None:
    """Join two turns."""
    _edit(lambda cell, at: cell.joined(at) if at + 1 < len(cell.turns) else cell, **where)


@turn.command("split", help="Cut a turn in two after so many characters.")
@_arguments
@click.argument("characters", type=click.IntRange(0))
def split(characters: int, **where: Any) -> None:
    """Split a turn."""
    _edit(lambda cell, at: cell.split_at(at, cell.turns[at].fields[0], characters), **where)


@turn.command("train", help="Have an answer trained, or with --off not.")
@_arguments
@click.option("--off", is_flag=True, help="Keep it, but do not train it.")
def train(off: bool, **where: Any) -> None:
    """Train an answer or not."""
    _edit(lambda cell, at: cell.with_trained(at, not off), **where)


@turn.command("mend", help="Apply a fix to a turn, as `data turns --json` lists them.")
@_arguments
@click.option("--fix", "wanted", type=click.IntRange(1), default=1, show_default=True, help="Which of its fixes.")
def mend(wanted: int, **where: Any) -> None:
    """Mend what is wrong with a turn."""
    from services.datasets.errors import DatasetError
    from services.datasets.row_parts import row_parts
    from services.datasets.turn_marks import marks
    from services.i18n import N_

    with open_store(where["project"], where["name"]) as store:
        values, mapping = store.row(row_id_at(store, where["row"])).values, store.mapping
    parts = row_parts(values, mapping)
    part = next((p for p in parts if p.column == where["column"]), next(iter(_most_turns(parts)), None))
    found = marks(part, mapping, answer_follows="chosen" in mapping.columns) if part is not None else []
    fixes = [fix for mark in found if mark.turn == where["number"] - 1 for fix in mark.fixes]
    if wanted > len(fixes):
        raise DatasetError(N_("Turn {turn} has no fix {fix}."), way_out=N_("It has {n}."),
                           turn=where["number"], fix=wanted, n=len(fixes))  # fmt: skip
    _edit(lambda cell, at: fixes[wanted - 1].apply(cell), **where)


@turn.command("call", help="Give a turn one more call of a tool, to fill in; with --remove N take its call N away.")
@_arguments
@click.option("--remove", "gone", type=click.IntRange(1), default=None, help="Number of a call, from 1.")
def call(gone: int | None, **where: Any) -> None:
    """Add or remove a call."""
    _edit(lambda cell, at: cell.with_call(at) if gone is None else cell.without_call(at, gone - 1), **where)


@turn.command("swap", help="Let the chosen and the rejected answer of a row change places.")
@project_argument
@name_argument
@click.argument("row", type=click.IntRange(1))
@json_option
def swap(project: Path, name: str, row: int, as_json: bool) -> None:
    """Swap two answers."""
    from services.datasets.row_parts import swapped
    from services.i18n import N_

    with open_store(project, name, write=True) as store:
        row_id = row_id_at(store, row)
        cells = swapped(store.row(row_id).values, store.mapping)
        edits = [(row_id, column, value) for column, value in cells]
        revision = store.set_cells(edits, N_("Swap the answers")) if edits else store.revision
    facts = {"row": row, "id": row_id, "swapped": bool(cells), "revision": revision}
    say(facts, f"Row {row}: {'swapped' if cells else 'there are no two answers'}", as_json=as_json)


def _edit(
    edit: Edit, *, project: Path, name: str, row: int, number: int, column: str, as_json: bool, end: bool = False
) -> None:
    """Make one edit of one cell, and say whether anything changed. end: the place after the last turn is meant too."""
    from services.datasets.errors import DatasetError
    from services.datasets.row_parts import row_parts
    from services.i18n import N_

    with open_store(project, name, write=True) as store:
        row_id = row_id_at(store, row)
        parts = row_parts(store.row(row_id).values, store.mapping)
        wanted = [part for part in parts if part.column == column] if column else _most_turns(parts)
        if not wanted:
            raise DatasetError(N_("The row has no turns in {column}."), way_out=N_("Its conversation is in: {names}."),
                               column=column or "-", names=", ".join(p.column for p in parts) or "-")  # fmt: skip
        cell = wanted[0].cell
        count = len(cell.turns)
        if number > count + (1 if end else 0):
            raise DatasetError(N_("There is no turn {number}."), way_out=N_("There are {n} turns."),
                               number=number, n=count)  # fmt: skip
        try:
            made = edit(cell, number - 1)
        except IndexError:
            raise DatasetError(
                N_("The turns of {column} cannot be added, moved or removed: it holds one text."),
                way_out=N_("Change its text in place of that."), column=wanted[0].column,
            ) from None  # fmt: skip
        changed = made.changed and made is not cell
        revision = store.set_cells([(row_id, wanted[0].column, made.value())], N_("Edit a turn")) if changed else store.revision  # noqa: E501  # fmt: skip
    facts = {"row": row, "id": row_id, "column": wanted[0].column, "turns": len(made.turns), "changed": changed,
             "revision": revision}  # fmt: skip
    done = "changed" if changed else "nothing to change"
    say(facts, f"Row {row}, {wanted[0].column}: {done}, {len(made.turns)} turns", as_json=as_json)


def _most_turns(parts: "tuple[Part, ...]") -> "list[Part]":
    """The cell that is meant where none is named: a list of turns, else the first one."""
    return [part for part in parts if part.cell.is_list] or [*parts[:1]]
