"""tunesmith data ...: one file a subcommand, each adding itself to `data`."""

import click

from services.cli.commands import commands
from services.registry import load_siblings

data = click.Group("data", help="Data sets of a project.")
commands.add("data")(data)

load_siblings(__name__, __path__)
