"""tunesmith data split|sample|merge PROJECT ..."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, row_id_at
from services.cli.output import json_option, project_argument, say

if TYPE_CHECKING:
    from services.datasets.choosing import Chosen, How
    from services.datasets.store import DatasetStore


@data.command("split", help="Move rows into a set of their own, by chance (--count or --share), by a column's value, or by row number.")  # noqa: E501  # fmt: skip
@project_argument
@name_argument
@click.option("--into", default="", help="Name of the new set.  [default: NAME-validation]")
@click.option("--count", type=click.IntRange(1), help="So many rows by chance.")
@click.option("--share", type=click.FloatRange(0, 1, min_open=True, max_open=True), help="Such a share by chance: 0.1.")
@click.option("--seed", default=42, show_default=True, help="The same seed draws the same rows.")
@click.option("--per", default="", metavar="COLUMN", help="Each value of the column gives its part.")
@click.option("--together", is_flag=True, help="Rows with one question go together.")
@click.option("--column", default="", help="Rows whose cell of this column is one of --value.")
@click.option("--value", "values", multiple=True, help="A value of --column; may be repeated.")
@click.option("--where", default="", help="Rows that a filter finds: 'starred', 'tag is check', 'answer is empty'.")
@click.option("--row", "numbers", multiple=True, type=click.IntRange(1), help="A row by its number; may be repeated.")
@click.option("--copy", "copied", is_flag=True, help="Leave the rows here too.")
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@json_option
def split(project: Path, name: str, into: str, copied: bool, dry_run: bool, as_json: bool, **chosen: Any) -> None:
    """Split; `data undo` puts moved rows back here, the new set stays."""
    from services.datasets.choosing import choose
    from services.datasets.names import free_variant, new_name
    from services.datasets.splitting import split as make
    from services.projects.project import Project

    opened = Project.open(project)
    with open_store(project, name, write=not (dry_run or copied)) as store:
        how, note = _how(store, chosen)
        into = new_name(opened, into) if into else free_variant(opened, f"{name}-validation")
        found = choose(store, how)
        facts: dict[str, Any] = {"into": into, "moved": not copied, **_counts(found)}
        if not dry_run:
            made = make(store, found, opened.dataset_path(into), move=not copied, note=note)
            facts["revision"] = made.revision
    say(facts, _sentence(found, into, copied=copied, dry_run=dry_run), as_json=as_json)


@data.command("sample", help="Draw rows by chance into a set of their own; the rows stay here too.")
@project_argument
@name_argument
@click.argument("count", type=click.IntRange(1))
@click.option("--into", default="", help="Name of the new set.  [default: NAME-sample]")
@click.option("--seed", default=42, show_default=True, help="The same seed draws the same rows.")
@click.option("--per", default="", metavar="COLUMN", help="Each value of the column gives its part.")
@json_option
def sample(project: Path, name: str, count: int, into: str, seed: int, per: str, as_json: bool) -> None:
    """Draw a sample."""
    from services.datasets.choosing import ByChance, choose
    from services.datasets.names import free_variant, new_name
    from services.datasets.splitting import split as make
    from services.projects.project import Project

    opened = Project.open(project)
    with open_store(project, name) as store:
        into = new_name(opened, into) if into else free_variant(opened, f"{name}-sample")
        found = choose(store, ByChance(count, seed=seed, per=per))
        make(store, found, opened.dataset_path(into), move=False, note=f"sample, seed {seed}")
    say({"into": into, **_counts(found)}, f"{into} has {len(found.ids):,} of {found.rows:,} rows", as_json=as_json)


@data.command("merge", help="Make one set of several: columns are matched by role, then by name.")
@project_argument
@click.argument("names", nargs=-1, required=True, metavar="NAME NAME...")
@click.option("--into", required=True, help="Name of the new set.")
@click.option("--source-column", default="", help="A new column that says which set a row came from.")
@click.option("--drop-equal", is_flag=True, help="Leave out rows whose cells all equal an earlier row's.")
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
@json_option
def merge(
    project: Path, names: tuple[str, ...], into: str, source_column: str, drop_equal: bool, dry_run: bool, as_json: bool
) -> None:
    """Merge; the sets themselves stay as they are."""
    from contextlib import ExitStack

    from services.datasets.merging import merge as make
    from services.datasets.merging import plan_merge
    from services.datasets.names import new_name
    from services.projects.project import Project

    if len(set(names)) < 2:
        raise click.UsageError("name at least two different sets")
    opened = Project.open(project)
    new_name(opened, into)
    with ExitStack() as stack:
        stores = [stack.enter_context(open_store(project, name)) for name in dict.fromkeys(names)]
        plan = plan_merge(stores)
        facts: dict[str, Any] = {
            "into": into,
            "rows": dict(zip(plan.names, plan.rows, strict=True)),
            "columns": [{"name": c.name, "role": c.role, "sources": c.sources} for c in plan.columns],
        }
        lines = [
            f"{c.name}{f' ({c.role})' if c.role else ''}: {', '.join(s if s is not None else '-' for s in c.sources)}"
            for c in plan.columns
        ]
        if dry_run:
            lines.append(f"{into} would have {sum(plan.rows):,} rows")
        else:
            made = make(stores, opened.dataset_path(into), source_column=source_column, drop_equal=drop_equal)
            facts |= {"merged": made.rows, "left_out": made.left_out}
            left = sum(made.left_out.values())
            lines.append(f"{into} has {made.rows:,} rows" + (f"; {left:,} equal rows were left out" if left else ""))
    say(facts, "\n".join(lines), as_json=as_json)


def _how(store: "DatasetStore", chosen: dict[str, Any]) -> tuple["How", str]:
    """How to choose, and a word that remembers it."""
    from services.datasets.choosing import ByChance, ByHand, ByValue

    ways = [bool(chosen["count"] or chosen["share"]), bool(chosen["column"]), bool(chosen["where"]),
            bool(chosen["numbers"])]  # fmt: skip
    if sum(ways) != 1 or (chosen["count"] and chosen["share"]):
        raise click.UsageError("say how in one way: --count, --share, --column with --value, --where, or --row")
    if ways[0]:
        how = ByChance(chosen["count"] or 0, chosen["share"] or 0.0, chosen["seed"], chosen["per"], chosen["together"])
        return how, f"by chance, seed {chosen['seed']}"
    if ways[1]:
        if not chosen["values"]:
            raise click.UsageError("--column needs --value")
        return ByValue(chosen["column"], chosen["values"]), f"{chosen['column']} = {', '.join(chosen['values'])}"
    if ways[2]:
        return ByHand(_found(store, chosen["where"]), chosen["together"]), chosen["where"]
    return ByHand(tuple(row_id_at(store, n) for n in chosen["numbers"]), chosen["together"]), "by hand"


def _found(store: "DatasetStore", words: str) -> tuple[int, ...]:
    from services.datasets.query import parse_filter, select

    wanted = parse_filter(words, store.columns, store.mapping)
    return tuple(int(i) for batch in select(store, wanted) for i in batch)


def _counts(found: "Chosen") -> dict[str, Any]:
    return {"rows": found.rows, "chosen": len(found.ids), "stay": found.stay, "shared_questions": found.shared}


def _sentence(found: "Chosen", into: str, *, copied: bool, dry_run: bool) -> str:
    would = "would " if dry_run else ""
    said = (
        f"{len(found.ids):,} of {found.rows:,} rows {would}go to {into}; {found.rows if copied else found.stay:,} stay"
    )
    if found.shared:
        said += (
            f"\n{found.shared:,} of them ask what rows that stay ask too, such as: {found.example}"
            "\nWith --together rows with one question stay on one side."
        )
    return said
