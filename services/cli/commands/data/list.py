"""tunesmith data list PROJECT"""

from pathlib import Path

from services.cli.commands.data import data
from services.cli.output import json_option, project_argument, say


@data.command("list", help="The data sets of a project.")
@project_argument
@json_option
def list_sets(project: Path, as_json: bool) -> None:
    """List them."""
    from services.datasets.store import DatasetStore
    from services.errors import TunesmithError
    from services.projects.project import Project

    opened = Project.open(project)
    sets, lines = [], []
    for name in opened.dataset_names():
        try:
            with DatasetStore.open(opened.dataset_path(name), read_only=True) as store:
                about = {"name": name, "rows": store.count(), "format": store.mapping.format, "columns": store.columns}
                lines.append(f"{name}  {about['rows']:,} rows  {about['format'] or 'format not known'}")
        except TunesmithError as error:  # one broken file must not hide the others
            about = {"name": name, "error": str(error)}
            lines.append(f"{name}  {error}")
        sets.append(about)
    say(sets, "\n".join(lines) or "No data sets yet.", as_json=as_json)
