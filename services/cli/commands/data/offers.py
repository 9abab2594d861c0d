"""tunesmith data offers FOLDER"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.output import json_option, say


@data.command("offers", help="Data sets that a folder offers: of its dataset_info.json, and its other files.")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@json_option
def offers(folder: Path, as_json: bool) -> None:
    """List them."""
    from services.datasets.offers import read_offers

    found = read_offers(folder)
    sets = [
        {
            "name": offer.name,
            "file": str(offer.path) if offer.path else "",
            "listed": offer.listed,
            "usable": offer.usable,
            "format": offer.mapping.format if offer.mapping else "",
            "sample": offer.sample,
            "hub": offer.hub,
            "problems": [problem.sentence.format(**problem.values) for problem in offer.problems],
        }
        for offer in found.sets
    ]
    problems = [problem.sentence.format(**problem.values) for problem in found.problems]
    lines = [*problems]
    for item in sets:
        draws = f", {item['sample']} rows drawn" if item["sample"] else ""
        lines.append(
            f"{item['name']}: {item['file'] or 'nothing here'}{draws}{'' if item['usable'] else ' (cannot be used)'}"
        )
        lines += [f"    {sentence}" for sentence in item["problems"]]  # type: ignore[attr-defined]
    if found.left:
        lines.append(f"No data: {', '.join(found.left)}")
    say({"sets": sets, "problems": problems, "left": found.left}, "\n".join(lines) or "Nothing.", as_json=as_json)
