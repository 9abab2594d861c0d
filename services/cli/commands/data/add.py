"""tunesmith data add PROJECT FILE..."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands.data import data
from services.cli.output import json_option, project_argument, say

if TYPE_CHECKING:
    from services.datasets.import_report import ImportProgress
    from services.projects.project import Project

_LARGE_BYTES = 5_000_000  # below it, an import is over before a bar could be read


@data.command("add", help="Import one or more files as a data set.")
@project_argument
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the data set; the first file's if left out.")
@click.option("--format", "format_id", default="auto", show_default=True, help="alpaca, sharegpt, openai, ...")
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=ROLE", help="Say what a column means; COLUMN= takes it away."
)
@click.option("--encoding", default="", help="Encoding of the files; found if left out.")
@click.option("--sheet", default="", help="Sheet of a workbook, * for all; the first with rows if left out.")
@click.option("--header", default="", help="Row of a sheet that names its columns, 0 for none; found if left out.")
@click.option("--kind", default="", help="Which kind of file to read of a folder or .zip: jsonl, csv, ...")
@click.option("--entry", default="", help="A set of a folder's dataset_info.json; `data offers FOLDER` lists them.")
@click.option("--seed", default=42, show_default=True, help="For an entry that draws num_samples rows.")
@click.option("--rows", type=click.Choice(["line", "paragraph"]), default="line", help="What a row is in a .txt file.")
@click.option("--delimiter", default="", help="What stands between the cells of a CSV file; found if left out.")
@click.option("--detach", is_flag=True, help="Import as a job and return at once; `job show` tells how it went.")
@json_option
def add(
    project: Path, files: tuple[Path, ...], name: str, format_id: str, pairs: tuple[str, ...], encoding: str,
    rows: str, delimiter: str, sheet: str, header: str, kind: str, entry: str, seed: int, detach: bool, as_json: bool,
) -> None:  # fmt: skip
    """Import files. Ctrl+C stops; nothing of a stopped import stays."""
    from services.datasets.import_offer import import_offer
    from services.datasets.importing import describe, import_file
    from services.datasets.offers import read_offers
    from services.projects.project import Project

    opened = Project.open(project)
    if entry:
        report = import_offer(opened, read_offers(files[0]).named(entry), name, seed=seed)
        say(report.said(), "\n".join(describe(report)), as_json=as_json)
        return
    options = {"rows": rows, "sheet": sheet, "header": header, "kind": kind}
    options["delimiter"] = {"tab": "\t", "\\t": "\t"}.get(delimiter, delimiter)
    options = {key: value for key, value in options.items() if value}
    if detach:
        _detach(opened, files, as_json=as_json, name=name, format=format_id, mapping=list(pairs), encoding=encoding,
                options=options)  # fmt: skip
        return
    with _Bar(files, quiet=as_json) as bar:
        report = import_file(opened, files, name, format=format_id, mapping=pairs, encoding=encoding, options=options,
                             watch=bar.show)  # fmt: skip
    say(report.said(), "\n".join(describe(report)), as_json=as_json)


def _detach(project: "Project", files: tuple[Path, ...], *, as_json: bool, **chosen: Any) -> None:
    from services.jobs import queue
    from services.jobs.kinds.import_data import ImportRequest

    request = ImportRequest(files=[str(file.expanduser().resolve()) for file in files], **chosen)
    job = queue.submit(project, request)
    say({"id": job.id, "folder": str(job.folder)}, f"Job {job.id} imports {request.title()}.", as_json=as_json)


class _Bar:
    """Progress of an import of large files, on stderr, where somebody looks."""

    def __init__(self, files: tuple[Path, ...], *, quiet: bool) -> None:
        size = sum(file.stat().st_size for file in files if file.is_file())
        self._shown = not quiet and size >= _LARGE_BYTES and sys.stderr.isatty()
        self._progress: Any = None
        self._task: Any = None

    def __enter__(self) -> "_Bar":
        if self._shown:
            from rich.console import Console
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

            columns = (
                TextColumn("{task.description}"),
                BarColumn(),
                DownloadColumn(),
                TimeRemainingColumn(compact=True),
            )
            self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
            self._task = self._progress.add_task("Reading", total=None)
            self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, place: "ImportProgress") -> bool:
        """Show where it is; it always goes on."""
        if self._progress is not None:
            self._progress.update(self._task, completed=place.read_bytes, total=place.total_bytes,
                                  description=f"{place.rows:,} rows")  # fmt: skip
        return True
