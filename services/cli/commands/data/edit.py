"""tunesmith data set|undo|redo|map PROJECT NAME"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, row_id_at
from services.cli.output import json_option, project_argument, say


@data.command("set", help="Change one cell. ROW is the row's number, from 1.")
@project_argument
@name_argument
@click.argument("row", type=click.IntRange(1))
@click.argument("column")
@click.argument("value")
@json_option
def set_cell(project: Path, name: str, row: int, column: str, value: str, as_json: bool) -> None:
    """Change a cell: text stays text, a number or a list is read as JSON."""
    from services.datasets.values import ABSENT, from_text

    with open_store(project, name, write=True) as store:
        row_id = row_id_at(store, row)
        old = store.row(row_id).values.get(column, ABSENT)
        revision = store.set_cells([(row_id, column, from_text(value, old))])
    facts = {"row": row, "id": row_id, "column": column, "revision": revision}
    say(facts, f"Row {row}, {column}: changed", as_json=as_json)


@data.command("undo", help="Take back the last edit.")
@project_argument
@name_argument
@json_option
def undo(project: Path, name: str, as_json: bool) -> None:
    """Take back the last edit."""
    with open_store(project, name, write=True) as store:
        did, label = store.can_undo, store.undo_label
        revision = store.undo()
    say({"undone": did, "edit": label, "revision": revision}, f"Undone: {label}" if did else "Nothing to undo.",
        as_json=as_json)  # fmt: skip


@data.command("redo", help="Do the last undone edit again.")
@project_argument
@name_argument
@json_option
def redo(project: Path, name: str, as_json: bool) -> None:
    """Do it again."""
    with open_store(project, name, write=True) as store:
        did = store.can_redo
        revision = store.redo()
        label = store.undo_label
    say({"redone": did, "edit": label if did else "", "revision": revision},
        f"Done again: {label}" if did else "Nothing to redo.", as_json=as_json)  # fmt: skip


@data.command("map", help="Say what the columns mean: another format, or COLUMN=ROLE pairs.")
@project_argument
@name_argument
@click.argument("pairs", nargs=-1, metavar="[COLUMN=ROLE]...")
@click.option("--format", "format_id", default="", help="alpaca, sharegpt, openai, preference, kto, text, ...")
@click.option("--train-empty-answers/--leave-out-empty-answers", "train_empty", default=None, help="What to do with rows whose answer is empty.")  # noqa: E501  # fmt: skip
@json_option
def map_columns(
    project: Path, name: str, pairs: tuple[str, ...], format_id: str, train_empty: bool | None, as_json: bool
) -> None:
    """Change the mapping."""
    from services.datasets.formats import Sample
    from services.datasets.importing import checked_mapping, propose
    from services.datasets.mapping import Mapping

    checked_mapping(Mapping(format=format_id), [])
    with open_store(project, name, write=True) as store:
        mapping = store.mapping
        if format_id and format_id != mapping.format:
            mapping, _, _ = propose(Sample(store.columns, [row.values for row in store.rows(0, 1000)]), format_id)
        mapping = checked_mapping(mapping.changed(pairs), store.columns)
        if train_empty is not None:
            mapping = mapping.model_copy(update={"train_empty_answers": train_empty})
        revision = store.set_mapping(mapping)
    roles = ", ".join(f"{column} = {role}" for role, column in mapping.columns.items())
    facts = {"mapping": mapping.model_dump(exclude_defaults=True), "revision": revision}
    say(facts, f"{mapping.format or 'format not known'}; {roles or 'no roles'}", as_json=as_json)
