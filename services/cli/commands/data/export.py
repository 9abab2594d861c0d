"""tunesmith data export PROJECT NAME FILE"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.output import json_option, project_argument, say


@data.command("export", help="Write the rows to a file, as they are or in another format.")
@project_argument
@name_argument
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--format", "form", default="auto", show_default=True,
    help="A kind of file (json, jsonl, csv, tsv, txt, xlsx, parquet, arrow; by the suffix if auto), or a format to "
    "convert the rows into (alpaca, sharegpt, openai, preference, kto, text).",
)  # fmt: skip
@click.option("--version", default="", help="As they were at this version.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@click.option("--register", is_flag=True, help="Name the file in the dataset_info.json beside it.")
@json_option
def export(
    project: Path, name: str, file: Path, form: str, version: str, force: bool, register: bool, as_json: bool
) -> None:
    """Write a file."""
    from services.datasets.converting import targets

    to = form if form in targets else ""
    write_file(project, name, file, "auto" if to else form, to, version, force, register, as_json)


def write_file(
    project: Path, name: str, file: Path, kind: str, to: str, version: str, force: bool, register: bool, as_json: bool
) -> None:
    """Write the rows of a set and say what was written and what was lost; see `exporting.export_rows`."""
    from services.datasets.exporting import export_rows

    with open_store(project, name) as store:
        revision = store.version(version).revision if version else None
        made = export_rows(store, file, kind=kind, revision=revision, to=to, overwrite=force, register=register)
    facts = {
        "file": str(made.path),
        "kind": made.kind,
        "rows": made.rows,
        "lost": made.lost,
        "losses": [{"text": loss.text, "count": loss.count, "rows": loss.rows} for loss in made.losses],
        "registered": str(made.registered or ""),
    }
    lines = [f"Wrote {made.rows:,} rows to {made.path}", *made.lost, *(loss.text for loss in made.losses)]
    if register:
        lines.append(f"Named in {made.registered}" if made.registered else "This kind of file has no registry.")
    say(facts, "\n".join(lines), as_json=as_json)
