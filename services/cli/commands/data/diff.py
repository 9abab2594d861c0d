"""tunesmith data diff PROJECT NAME A B"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, short
from services.cli.output import json_option, project_argument, say, stream

if TYPE_CHECKING:
    from services.datasets.difference import Difference

_SHOWN = 50


@data.command("diff", help="What differs between two versions, revision numbers, `start` (as imported) or `now`.")
@project_argument
@name_argument
@click.argument("before", default="", metavar="[A]")
@click.argument("after", default="now", metavar="[B]")
@click.option("--kind", type=click.Choice(["changed", "added", "removed"]), help="Only these rows.")
@click.option("--column", default="", help="Only rows that differ in this column.")
@click.option("--rows", "most", default=_SHOWN, show_default=True, type=click.IntRange(0), help="How many rows to show (with --json all).")  # noqa: E501  # fmt: skip
@json_option
def diff(
    project: Path, name: str, before: str, after: str, kind: str | None, column: str, most: int, as_json: bool
) -> None:
    """Compare; A is the last version if it is not named. With --json a line stream: the counts, then a line a row."""
    from services.datasets.difference import Difference
    from services.datasets.versions import find_revision

    with open_store(project, name) as store:
        versions = store.versions()
        before = before or (versions[-1].name if versions else "start")
        found = Difference(store, find_revision(store, before), find_revision(store, after))
        chosen = found.select(kind or "", column or None)
        if as_json:
            stream(_facts(found))
            for entry in chosen.tolist():
                stream(_row(found, entry))
            return
        say(None, f"{name}: {before} → {after}\n{_head(found)}", as_json=False)
        for entry in chosen[:most].tolist():
            _show(found, entry)
        if len(chosen) > most:
            click.echo(f"... and {len(chosen) - most:,} more rows (--rows {len(chosen)} shows them)")


def _facts(found: "Difference") -> dict[str, Any]:
    return {
        "start": found.start, "goal": found.goal, **found.counts.rows, "cells": found.counts.cells,
        "columns": found.counts.columns, "moved": found.moved, "mapping": found.mapping,
        "columns_added": found.columns_added, "columns_removed": found.columns_removed,
        "columns_renamed": found.columns_renamed,
    }  # fmt: skip


def _head(found: "Difference") -> str:
    if not found:
        return "Nothing differs."
    rows = found.counts.rows
    lines = [f"{rows['changed']:,} rows changed, {rows['added']:,} added, {rows['removed']:,} removed"]
    if found.counts.columns:
        lines.append(", ".join(f"{_name(name)} {n:,}" for name, n in found.counts.columns.items()))
    lines += [f"column {name} is new" for name in found.columns_added]
    lines += [f"column {name} is gone" for name in found.columns_removed]
    lines += [f"column {old} is called {new}" for old, new in found.columns_renamed.items()]
    lines += ["the rows stand in another order"] if found.moved else []
    lines += ["the columns mean something else"] if found.mapping else []
    return "\n".join(lines)


def _name(column: str) -> str:
    return column or "star and tags"


def _row(found: "Difference", entry: int) -> dict[str, Any]:
    from services.datasets.values import ABSENT, to_text

    before, after = (n + 1 if n >= 0 else None for n in found.numbers(entry))
    cells = {
        _name(cell.column.name): {
            side: None if value is ABSENT else to_text(value)
            for side, value in (("before", cell.before), ("after", cell.after))
        }
        for cell in found.cells(entry)
    }
    return {"kind": found.kind(entry), "id": int(found.ids[entry]), "row_before": before, "row_after": after,
            "cells": cells}  # fmt: skip


def _show(found: "Difference", entry: int) -> None:
    from services.datasets.values import ABSENT, to_text

    before, after = found.numbers(entry)
    click.echo(f"{found.kind(entry)} row {(after if after >= 0 else before) + 1:,}")
    for cell in found.cells(entry):
        click.echo(f"    {_name(cell.column.name)}")
        for sign, value in (("-", cell.before), ("+", cell.after)):
            if value is not ABSENT:
                click.echo(f"      {sign} {short(to_text(value), 110)}")
