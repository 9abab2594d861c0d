"""tunesmith data export PROJECT NAME FILE"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.output import json_option, project_argument, say


@data.command("export", help="Write the rows to a file, as they are.")
@project_argument
@name_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format", "kind", default="auto", show_default=True, help="json, jsonl, csv, tsv, txt; by the suffix if auto."
)
@click.option("--version", default="", help="As they were at this version.")
@json_option
def export(project: Path, name: str, file: Path, kind: str, version: str, as_json: bool) -> None:
    """Write a file."""
    from services.datasets.exporting import export_rows

    with open_store(project, name) as store:
        revision = store.version(version).revision if version else None
        made = export_rows(store, file, kind=kind, revision=revision)
    facts = {"file": str(made.path), "kind": made.kind, "rows": made.rows, "lost": made.lost}
    say(facts, "\n".join([f"Wrote {made.rows:,} rows to {made.path}", *made.lost]), as_json=as_json)
