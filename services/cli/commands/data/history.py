"""tunesmith data history PROJECT NAME [--to REVISION]"""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.output import json_option, project_argument, say
from services.datasets.history import Step, history, step_to


@data.command("history", help="The edits of a data set, newest first; --to undoes or redoes until one is the last.")
@project_argument
@name_argument
@click.option("--to", "revision", type=click.IntRange(0), help="Go to this edit (0: before all edits).")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1), help="Edits that are listed.")
@json_option
def show_history(project: Path, name: str, revision: int | None, limit: int, as_json: bool) -> None:
    """List them, or step through them."""
    with open_store(project, name, write=revision is not None) as store:
        if revision is not None:
            step_to(store, revision)
        steps = history(store, limit)
        current = store.revision
    lines = [_line(step) for step in steps]
    facts = {"revision": current, "steps": [asdict(step) for step in steps]}
    say(facts, "\n".join(lines) or "No edits yet.", as_json=as_json)


def _line(step: Step) -> str:
    mark = ">" if step.when == "now" else " "
    when = f"{datetime.fromtimestamp(step.time):%Y-%m-%d %H:%M:%S}"
    undone = ", undone" if step.when == "undone" else ""
    return f"{mark} {step.revision:6}  {when}  {step.label} ({step.cells:,} cells, {step.rows:,} rows){undone}"
