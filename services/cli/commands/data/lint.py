"""tunesmith data lint PROJECT NAME"""

from collections import Counter
from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.output import json_option, project_argument, say, stream

_SHOWN = 20  # findings of a kind that are printed one by one


@data.command("lint", help="Check a data set: what cannot be trained, and what should be looked at.")
@project_argument
@name_argument
@click.option(
    "--fix", "fix_ids", multiple=True, metavar="CHECK", help="Apply the fixes of this check (one edit; undo works)."
)
@json_option
def lint(project: Path, name: str, fix_ids: tuple[str, ...], as_json: bool) -> None:
    """Print findings; with --json a line stream that ends with the counts."""
    from services.datasets.lint import apply_fixes
    from services.datasets.lint import lint as find

    with open_store(project, name, write=bool(fix_ids)) as store:
        numbers = {row_id: number for number, row_id in enumerate(store.ids(), 1)}
        counts: Counter[str] = Counter()
        blocked: set[int | None] = set()
        chosen = []
        for finding in find(store):
            counts[finding.check] += 1
            number = numbers.get(finding.row_id) if finding.row_id is not None else None
            if finding.problem.blocks:
                blocked.add(finding.row_id)
            if finding.check in fix_ids:
                chosen.append(finding)
            fix = finding.fix.sentence.format(**finding.fix.values) if finding.fix else ""
            if as_json:
                stream(
                    {"check": finding.check, "row": number, "id": finding.row_id, "column": finding.problem.column,
                     "text": finding.text, "blocks": finding.problem.blocks, "fix": fix}
                )  # fmt: skip
            elif counts[finding.check] <= _SHOWN:
                click.echo(f"{f'row {number}' if number else name}: {finding.text} [{finding.check}]")
        fixed = apply_fixes(store, chosen)
        rows = len(numbers)
    ready = rows - len(blocked)
    facts = {"rows": rows, "trainable": ready, "counts": dict(counts), "fixed": fixed}
    kinds = ", ".join(f"{check} {count:,}" for check, count in sorted(counts.items())) or "nothing found"
    text = f"{ready:,} of {rows:,} rows can be trained; {kinds}" + (f"; {fixed:,} fixed" if fixed else "")
    say(facts, text, as_json=as_json)
