"""tunesmith data versions|save-version|version|revert PROJECT NAME"""

from datetime import datetime
from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store
from services.cli.output import json_option, project_argument, say


@data.command("versions", help="Named versions of a data set, and which runs read it.")
@project_argument
@name_argument
@json_option
def versions(project: Path, name: str, as_json: bool) -> None:
    """List them, oldest first."""
    from services.datasets.used_by import uses
    from services.projects.project import Project

    with open_store(project, name) as store:
        found, changed = store.versions(), len(store.changed_since_version())
        used = uses(Project.open(project), name)
        facts = {
            "revision": store.revision,
            "changed_cells": changed,
            "versions": [
                {"name": v.name, "revision": v.revision, "time": v.time, "note": v.note,
                 "runs": [u.job_id for u in used if u.revision == v.revision]}
                for v in found
            ],
            "runs": [{"job": u.job_id, "title": u.title, "role": u.role, "revision": u.revision} for u in used],
        }  # fmt: skip
    lines = []
    for v in found:
        runs = ", ".join(u.job_id.lstrip("0") for u in used if u.revision == v.revision)
        lines.append(
            f"{v.name}  revision {v.revision}  {datetime.fromtimestamp(v.time):%Y-%m-%d %H:%M}"
            f"{f'  read by {runs}' if runs else ''}{f'  {v.note}' if v.note else ''}"
        )
    since = f"{changed:,} cells changed since {'the last version' if found else 'the import'}."
    say(facts, "\n".join([*lines, since]), as_json=as_json)


@data.command("save-version", help="Give the present state of a data set a name.")
@project_argument
@name_argument
@click.argument("version", default="")
@click.option("--note", default="", help="A word about it.")
@json_option
def save_version(project: Path, name: str, version: str, note: str, as_json: bool) -> None:
    """Name the current revision."""
    from services.datasets.versions import set_note

    with open_store(project, name, write=True) as store:
        made = store.save_version(version)
        if note:
            set_note(store, made.name, note)
    say({"name": made.name, "revision": made.revision}, f"Saved {made.name}", as_json=as_json)


@data.command("version", help="Rename a version, write a note beside it, or take its name away (rows and edits stay).")
@project_argument
@name_argument
@click.argument("version")
@click.option("--rename", "new", default="", help="Another name.")
@click.option("--note", default=None, help='A word about it; "" for none.')
@click.option("--delete", "gone", is_flag=True, help="Take the name away.")
@json_option
def change_version(
    project: Path, name: str, version: str, new: str, note: str | None, gone: bool, as_json: bool
) -> None:
    """Change a version's name or note."""
    from services.datasets.versions import delete_version, rename_version, set_note

    if gone and (new or note is not None):
        raise click.UsageError("--delete stands alone")
    with open_store(project, name, write=True) as store:
        about = store.version(version)
        if gone:
            delete_version(store, version)
        if note is not None:
            about = set_note(store, version, note)
        if new:
            about = rename_version(store, version, new)
    facts = {"name": about.name, "revision": about.revision, "note": about.note, "deleted": gone}
    said = f"{about.name} is no version any more; its rows are still revision {about.revision}." if gone else (
        f"{about.name}  revision {about.revision}  {about.note}".rstrip()
    )  # fmt: skip
    say(facts, said, as_json=as_json)


@data.command("revert", help="Go back to a version (or revision number, or `start`): one edit, which undo takes back.")
@project_argument
@name_argument
@click.argument("version")
@json_option
def revert(project: Path, name: str, version: str, as_json: bool) -> None:
    """Make rows, columns and mapping what they were."""
    from services.datasets.versions import find_revision, go_back

    with open_store(project, name, write=True) as store:
        before = store.revision
        revision = go_back(store, find_revision(store, version))
        rows = store.count()
    changed = revision != before
    said = f"{name} is as it was at {version}: {rows:,} rows. `data undo` brings the present back."
    say({"changed": changed, "revision": revision, "rows": rows}, said if changed else "Nothing differs.",
        as_json=as_json)  # fmt: skip
