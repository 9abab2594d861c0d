"""tunesmith data repairs|repair PROJECT NAME"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, short
from services.cli.output import json_option, project_argument, say


@data.command("repairs", help="Records that could not be read and were kept aside.")
@project_argument
@name_argument
@json_option
def list_repairs(project: Path, name: str, as_json: bool) -> None:
    """List them."""
    from services.datasets.repairs import repairs

    with open_store(project, name) as store:
        found = repairs(store)
    facts = [{**r.__dict__, "sentence": r.sentence.format(**r.values)} for r in found]
    lines = [
        f"{r.id}  {r.source}, line {r.line}: {r.sentence.format(**r.values)}{'' if r.open else ' (mended)'}\n"
        f"    {short(r.text, 100)}"
        for r in found
    ]
    say(facts, "\n".join(lines) or "Nothing was kept aside.", as_json=as_json)


@data.command("repair", help="Put a mended record in its place. ID is from `data repairs`; TEXT is one JSON object.")
@project_argument
@name_argument
@click.argument("repair_id", metavar="ID", type=int)
@click.argument("text")
@json_option
def mend(project: Path, name: str, repair_id: int, text: str, as_json: bool) -> None:
    """Mend a record."""
    from services.datasets.repairs import repair

    with open_store(project, name, write=True) as store:
        numbers = [p + 1 for p in store.positions(repair(store, repair_id, text))]
    say({"rows": numbers}, f"It is row {', '.join(map(str, numbers))} now.", as_json=as_json)
