"""tunesmith data versions PROJECT NAME"""

from datetime import datetime
from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.output import json_option, project_argument, say


@data.command("versions", help="Named versions of a data set.")
@project_argument
@name_argument
@json_option
def versions(project: Path, name: str, as_json: bool) -> None:
    """List them, oldest first."""
    with open_store(project, name) as store:
        found, changed = store.versions(), len(store.changed_since_version())
        facts = {
            "revision": store.revision,
            "changed_cells": changed,
            "versions": [{"name": v.name, "revision": v.revision, "time": v.time} for v in found],
        }
    lines = [f"{v.name}  revision {v.revision}  {datetime.fromtimestamp(v.time):%Y-%m-%d %H:%M}" for v in found]
    since = f"{changed:,} cells changed since {'the last version' if found else 'the import'}."
    say(facts, "\n".join([*lines, since]), as_json=as_json)


@data.command("save-version", help="Give the present state of a data set a name.")
@project_argument
@name_argument
@click.argument("version", default="")
@json_option
def save_version(project: Path, name: str, version: str, as_json: bool) -> None:
    """Name the current revision."""
    with open_store(project, name, write=True) as store:
        made = store.save_version(version)
    say({"name": made.name, "revision": made.revision}, f"Saved {made.name}", as_json=as_json)
