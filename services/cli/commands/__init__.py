"""Commands, one file each; a file registers its click command with `@commands.add(name)`."""

import click

from services.registry import Registry, load_siblings

commands: Registry[click.Command] = Registry("command")

load_siblings(__name__, __path__)
