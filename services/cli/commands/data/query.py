"""tunesmith data filter|sort|replace PROJECT NAME"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._known import known
from services.cli.commands.data._shared import name_argument, open_store, short
from services.cli.output import json_option, project_argument, say, stream

if TYPE_CHECKING:
    from services.datasets.query import ReplacePreview
    from services.datasets.store import DatasetStore

_limit = click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(0), help="How many rows are printed."
)
_model = click.option("--model", default="", help="Whose tokens: a model id, `sample`, or a folder with a tokenizer.")
_template = click.option("--template", default="model", show_default=True, help="The template that tokens count.")


@data.command("filter", help='Rows that a filter in words means: "answer is empty", "contains refund", "length > 500".')
@project_argument
@name_argument
@click.argument("words", nargs=-1, required=True)
@_limit
@_model
@_template
@json_option
def filter_rows(
    project: Path, name: str, words: tuple[str, ...], limit: int, model: str, template: str, as_json: bool
) -> None:
    """Print rows; with --json a line stream that ends with the count. Words such as star, tag, tokens, and, or, not."""
    from services.datasets.query import parse_filter, select
    from services.datasets.query.about import HasFinding, Tokens

    with open_store(project, name) as store:
        wanted = parse_filter(" ".join(words), store.columns, store.mapping)
        asks = {"tokens": wanted.has(Tokens), "findings": wanted.has(HasFinding)}
        context = known(project, name, store, **asks, model=model, template=template)
        count = 0
        for ids in select(store, wanted, context):
            _print(store, ids[: max(0, limit - count)].tolist(), as_json=as_json)
            count += len(ids)
        _end({"found": count, "rows": store.count()}, f"{count:,} of {store.count():,} rows", as_json=as_json)


@data.command("sort", help="Rows in another order: by a column's text, or with an option by something else.")
@project_argument
@name_argument
@click.option("--by", "column", default="", help="The column. None: the length of all, or the tokens, of a row.")
@click.option("--length", "by", flag_value="length", help="By characters.")
@click.option("--number", "by", flag_value="number", help="By the number that stands there.")
@click.option("--tokens", "by", flag_value="tokens", help="By tokens of the row (needs --model).")
@click.option("--reverse", is_flag=True, help="The greatest first.")
@click.option("--keep", is_flag=True, help="Keep this order for good, as one edit (undo works).")
@_limit
@_model
@_template
@json_option
def sort_rows(
    project: Path,
    name: str,
    column: str,
    by: str | None,
    reverse: bool,
    keep: bool,
    limit: int,
    model: str,
    template: str,
    as_json: bool,
) -> None:
    """Print the first rows of the new order; with --json a line stream that ends with what was done."""
    from services.datasets.query import SortKey, sorted_ids

    if not column and by not in ("length", "tokens"):
        raise click.UsageError("say --by COLUMN, --length or --tokens")
    with open_store(project, name, write=keep) as store:
        key = SortKey(column, by or "text", reverse)  # type: ignore[arg-type]
        context = known(project, name, store, tokens=by == "tokens", findings=False, model=model, template=template)
        ids = sorted_ids(store, key, context=context)
        before = store.revision
        revision = store.reorder(ids) if keep else before
        _print(store, ids[:limit].tolist(), as_json=as_json)
        done = f"{len(ids):,} rows" + (", kept in this order" if revision != before else "")
        _end({"rows": len(ids), "kept": revision != before, "revision": revision}, done, as_json=as_json)


@data.command("replace", help="Find and replace text, as one edit (undo works).")
@project_argument
@name_argument
@click.option("--find", required=True, help="What to look for, in any case.")
@click.option("--with", "replacement", required=True, help="What comes in its place; may be empty.")
@click.option("--columns", default="", help="In these columns only, separated by commas.")
@click.option("--where", default="", help="Only in the rows that a filter means.")
@click.option("--regex", is_flag=True, help="A regular expression; \\1 and \\g<name> are its groups.")
@click.option("--case", is_flag=True, help="Upper and lower case differ.")
@click.option("--whole", is_flag=True, help="Whole words only.")
@click.option("--dry-run", is_flag=True, help="Say what would change, change nothing.")
@json_option
def replace_text(
    project: Path,
    name: str,
    find: str,
    replacement: str,
    columns: str,
    where: str,
    regex: bool,
    case: bool,
    whole: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Replace, and say in how many places."""
    import numpy as np

    from services.datasets.query import Replacement, parse_filter, select

    names = tuple(part.strip() for part in columns.split(",") if part.strip())
    wanted = Replacement(find, replacement, names, regex, case, whole)
    with open_store(project, name, write=not dry_run) as store:
        some = None
        if where:
            some = np.concatenate(
                [store.all_ids()[:0], *select(store, parse_filter(where, store.columns, store.mapping))]
            )
        preview = wanted.preview(store, some)
        revision = store.revision
        if not dry_run and preview.ids:
            revision = wanted.apply(store, np.array(preview.ids, dtype=np.int64))
        numbers = [position + 1 for position in store.positions([sample.row for sample in preview.samples])]
    say(
        _facts(preview, numbers, revision, dry_run=dry_run),
        _sentences(preview, numbers, dry_run=dry_run),
        as_json=as_json,
    )


def _facts(preview: "ReplacePreview", numbers: Sequence[int], revision: int, *, dry_run: bool) -> dict[str, Any]:
    return {
        "places": preview.places,
        "cells": preview.cells,
        "rows": preview.rows,
        "changed": not dry_run and bool(preview.cells),
        "revision": revision,
        "samples": [
            {"row": number, "id": s.row, "column": s.column, "old": s.old, "new": s.new}
            for number, s in zip(numbers, preview.samples, strict=True)
        ],
    }


def _sentences(preview: "ReplacePreview", numbers: Sequence[int], *, dry_run: bool) -> str:
    lines = [
        f"{number}  {sample.column}: {short(sample.old)} -> {short(sample.new)}"
        for number, sample in zip(numbers[:5], preview.samples, strict=False)
    ]
    what = f"{preview.places:,} places in {preview.cells:,} cells of {preview.rows:,} rows"
    return "\n".join([*lines, f"{what} {'would be' if dry_run else 'were'} replaced."])


def _print(store: "DatasetStore", ids: list[int], *, as_json: bool) -> None:
    """Rows with their numbers."""
    from services.datasets.values import dump, to_text

    for number, row in zip(store.positions(ids), store.rows_of(ids), strict=True):
        if as_json:
            click.echo(dump({"row": number + 1, "id": row.id, "values": row.values}))
        else:
            cells = (f"{column}: {short(to_text(value), 50)}" for column, value in row.values.items())
            click.echo(f"{number + 1}  {'  '.join(cells)}")


def _end(facts: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        stream(facts)
    else:
        say(None, sentence, as_json=False)
