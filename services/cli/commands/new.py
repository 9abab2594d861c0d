"""tunesmith new PROJECT"""

from pathlib import Path

import click

from services.cli.commands import commands
from services.cli.output import json_option, say
from services.projects.project import Project


@commands.add("new")
@click.command("new", help="Make a project of a new or empty folder.")
@click.argument("project", type=click.Path(path_type=Path))
@click.option("--name", default="", help="The project's name; the folder's name if left out.")
@json_option
def new(project: Path, name: str, as_json: bool) -> None:
    """Make a project."""
    made = Project.create(project, name)
    say({"project": str(made.folder), "name": made.name}, f"Made the project {made.folder}", as_json=as_json)
