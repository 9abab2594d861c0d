"""tunesmith data convert PROJECT NAME --to FORMAT"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.commands.data.export import write_file
from services.cli.output import json_option, project_argument, say


@data.command("convert", help="Rows in another format, as a new data set or a file. The set itself stays as it is.")
@project_argument
@name_argument
@click.option("--to", required=True, help="alpaca, sharegpt, openai, preference, kto or text.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Write a file in place of a data set.")
@click.option("--name", "new_name", default="", help="Name of the new data set; NAME-FORMAT if left out.")
@click.option("--version", default="", help="The rows as they were at this version.")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@json_option
def convert(
    project: Path, name: str, to: str, out: Path | None, new_name: str, version: str, force: bool, as_json: bool
) -> None:
    """Convert a set."""
    from services.datasets.convert import Conversion, convert_to_set
    from services.datasets.importing import free_name
    from services.projects.project import Project

    if out is not None:
        write_file(project, name, out, "auto", to, version, force, False, as_json)
        return
    opened = Project.open(project)
    with open_store(project, name) as store:
        conversion = Conversion(store, to, store.version(version).revision if version else None)
        made = new_name or free_name(opened, Path(f"{name}-{to}.x"))
        count = convert_to_set(conversion, opened.dataset_path(made), f"{name} as {to}")
    losses = list(conversion.losses.values())
    facts = {
        "name": made,
        "rows": count,
        "losses": [{"text": loss.text, "count": loss.count, "rows": loss.rows} for loss in losses],
    }
    say(facts, "\n".join([f"{made}: {count:,} rows in the format {to}", *(x.text for x in losses)]), as_json=as_json)
