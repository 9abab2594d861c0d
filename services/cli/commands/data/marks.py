"""tunesmith data star|tag|untag|tags PROJECT NAME ROW..."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, row_id_at
from services.cli.output import json_option, project_argument, say

if TYPE_CHECKING:
    from services.datasets.store import DatasetStore

_rows = click.argument("rows", nargs=-1, required=True, type=click.IntRange(1), metavar="ROW...")
_tag = click.option("--tag", "word", required=True, help="The tag.")


@data.command("star", help="Star rows. ROW is a row's number, from 1.")
@project_argument
@name_argument
@_rows
@click.option("--off", is_flag=True, help="Take the star away.")
@json_option
def star_rows(project: Path, name: str, rows: tuple[int, ...], off: bool, as_json: bool) -> None:
    """Star them, as one edit."""
    _mark(project, name, rows, lambda store, ids: store.set_star(ids, not off), as_json=as_json)


@data.command("tag", help="Tag rows. ROW is a row's number, from 1.")
@project_argument
@name_argument
@_rows
@_tag
@json_option
def tag_rows(project: Path, name: str, rows: tuple[int, ...], word: str, as_json: bool) -> None:
    """Tag them, as one edit."""
    _mark(project, name, rows, lambda store, ids: store.add_tag(ids, word), as_json=as_json)


@data.command("untag", help="Take a tag from rows. ROW is a row's number, from 1.")
@project_argument
@name_argument
@_rows
@_tag
@json_option
def untag_rows(project: Path, name: str, rows: tuple[int, ...], word: str, as_json: bool) -> None:
    """Take it away, as one edit."""
    _mark(project, name, rows, lambda store, ids: store.remove_tag(ids, word), as_json=as_json)


@data.command("tags", help="Tags in use, and how many rows have each.")
@project_argument
@name_argument
@json_option
def tags(project: Path, name: str, as_json: bool) -> None:
    """List them, the most used first."""
    with open_store(project, name) as store:
        counts = store.tag_counts()
    say(counts, "\n".join(f"{count:7,}  {tag}" for tag, count in counts.items()) or "No tags.", as_json=as_json)


def _mark(
    project: Path,
    name: str,
    rows: tuple[int, ...],
    change: "Callable[[DatasetStore, list[int]], int]",
    *,
    as_json: bool,
) -> None:
    with open_store(project, name, write=True) as store:
        ids = [row_id_at(store, number) for number in rows]
        before = store.revision
        revision = change(store, ids)
        marks = store.marks(ids)
    facts = {
        "revision": revision,
        "changed": revision != before,
        "rows": [
            {"row": number, "id": i, "star": marks[i].star, "tags": list(marks[i].tags)}
            if i in marks
            else {"row": number, "id": i, "star": False, "tags": []}
            for number, i in zip(rows, ids, strict=True)
        ],
    }
    done = "Nothing to change." if revision == before else f"{len(ids)} row{'s' if len(ids) > 1 else ''} changed."
    say(facts, done, as_json=as_json)
