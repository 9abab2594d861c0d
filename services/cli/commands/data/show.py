"""tunesmith data show PROJECT NAME"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, short
from services.cli.output import json_option, project_argument, say, stream


@data.command("show", help="Rows of a data set, and what its columns mean.")
@project_argument
@name_argument
@click.option("--start", default=1, show_default=True, type=click.IntRange(1), help="Number of the first row.")
@click.option("--rows", "count", default=10, show_default=True, type=click.IntRange(0), help="How many rows.")
@click.option("--version", default="", help="As they were at this version.")
@json_option
def show(project: Path, name: str, start: int, count: int, version: str, as_json: bool) -> None:
    """Show rows; with --json a line stream, the set first and then its rows."""
    from services.datasets.values import dump, to_text

    with open_store(project, name) as store:
        revision = store.version(version).revision if version else store.revision
        mapping, total = store.mapping_at(revision), store.count_at(revision)
        rows = store.rows_at(revision, start - 1, count)
        if as_json:
            about = {"name": name, "rows": total, "revision": revision, "columns": store.columns_at(revision)}
            stream({**about, "mapping": mapping.model_dump(exclude_defaults=True)})
            for number, row in enumerate(rows, start):
                click.echo(dump({"row": number, "id": row.id, "values": row.values}))
            return
        roles = {column: role for role, column in mapping.columns.items()}
        say(None, f"{name}: {total:,} rows, {mapping.format or 'format not known'}", as_json=False)
        for number, row in enumerate(rows, start):
            click.echo(f"{number}")
            for column, value in row.values.items():
                role = f" ({roles[column]})" if column in roles else ""
                click.echo(f"    {column}{role}: {short(to_text(value), 100)}")
