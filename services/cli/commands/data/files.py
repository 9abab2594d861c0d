"""tunesmith data rename|copy|remove|restore|trash PROJECT ..."""

from datetime import datetime
from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument
from services.cli.output import json_option, project_argument, say


@data.command("rename", help="Give a data set another name; the recipe in the making follows.")
@project_argument
@name_argument
@click.argument("new")
@json_option
def rename(project: Path, name: str, new: str, as_json: bool) -> None:
    """Rename a set."""
    from services.projects.dataset_files import rename_dataset
    from services.projects.project import Project

    path = rename_dataset(Project.open(project), name, new)
    say({"name": new, "path": path}, f"{name} is called {new} now", as_json=as_json)


@data.command("copy", help="Copy a data set with all its edits and versions.")
@project_argument
@name_argument
@click.argument("new", default="")
@json_option
def copy(project: Path, name: str, new: str, as_json: bool) -> None:
    """Copy a set."""
    from services.projects.dataset_files import copy_dataset
    from services.projects.project import Project

    path = copy_dataset(Project.open(project), name, new)
    say({"name": path.stem, "path": path}, f"{path.stem} is a copy of {name}", as_json=as_json)


@data.command("remove", help="Move a data set into the project's trash; `data restore` brings it back.")
@project_argument
@name_argument
@json_option
def remove(project: Path, name: str, as_json: bool) -> None:
    """Remove a set."""
    from services.projects.dataset_files import remove_dataset
    from services.projects.project import Project

    item = remove_dataset(Project.open(project), name)
    facts = {"name": item.name, "path": item.path, "bytes": item.size_bytes}
    say(facts, f"{name} lies in {item.path}; `data restore` brings it back", as_json=as_json)


@data.command("restore", help="Bring a data set back from the trash: the one that was removed last.")
@project_argument
@name_argument
@json_option
def restore(project: Path, name: str, as_json: bool) -> None:
    """Bring a set back."""
    from services.datasets.errors import DatasetError
    from services.i18n import N_
    from services.projects.dataset_files import bring_back, trash
    from services.projects.project import Project

    opened = Project.open(project)
    items = trash(opened)
    item = next((i for i in items if i.name == name), None)
    if item is None:
        raise DatasetError(
            N_("There is no {name} in the trash."), way_out=N_("It has: {names}."),
            name=name, names=", ".join(dict.fromkeys(i.name for i in items)) or "-",
        )  # fmt: skip
    made = bring_back(opened, item)
    say({"name": made}, f"{name} is back{f' as {made}' if made != name else ''}", as_json=as_json)


@data.command("trash", help="Data sets in the trash; --empty deletes them for good.")
@project_argument
@click.option("--empty", is_flag=True, help="Delete all of it. This cannot be undone.")
@json_option
def show_trash(project: Path, empty: bool, as_json: bool) -> None:
    """List or empty the trash."""
    from services.projects.dataset_files import empty_trash, trash
    from services.projects.project import Project

    opened = Project.open(project)
    items = trash(opened)
    facts = [{"name": i.name, "path": i.path, "time": i.when, "bytes": i.size_bytes} for i in items]
    lines = [f"{i.name}  {i.size_bytes / 1e6:,.1f} MB  {datetime.fromtimestamp(i.when):%Y-%m-%d %H:%M}" for i in items]
    if empty:
        freed = empty_trash(opened)
        lines.append(f"Deleted: {freed / 1e6:,.1f} MB are free now.")
        say({"deleted": facts, "freed_bytes": freed}, "\n".join(lines), as_json=as_json)
        return
    say(facts, "\n".join(lines) or "The trash is empty.", as_json=as_json)
