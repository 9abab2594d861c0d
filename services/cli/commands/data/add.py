"""tunesmith data add PROJECT FILE..."""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.output import json_option, project_argument, say


@data.command("add", help="Import one or more files as a data set.")
@project_argument
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--name", default="", help="Name of the data set; the first file's if left out.")
@click.option("--format", "format_id", default="auto", show_default=True, help="alpaca, sharegpt, openai, ...")
@click.option(
    "--map", "pairs", multiple=True, metavar="COLUMN=ROLE", help="Say what a column means; COLUMN= takes it away."
)
@click.option("--encoding", default="", help="Encoding of the files; found if left out.")
@click.option("--rows", type=click.Choice(["line", "paragraph"]), default="line", help="What a row is in a .txt file.")
@json_option
def add(
    project: Path, files: tuple[Path, ...], name: str, format_id: str, pairs: tuple[str, ...], encoding: str,
    rows: str, as_json: bool,
) -> None:  # fmt: skip
    """Import files."""
    from services.datasets.importing import describe, import_file
    from services.projects.project import Project

    report = import_file(
        Project.open(project), files, name, format=format_id, mapping=pairs, encoding=encoding, options={"rows": rows}
    )
    facts = {
        "name": report.name,
        "rows": report.rows,
        "columns": report.columns,
        "format": report.mapping.format,
        "reason": report.reason.format(**report.reason_values) if report.reason_values else report.reason,
        "mapping": report.mapping.model_dump(exclude_defaults=True),
        "files": [file.__dict__ for file in report.files],
        "findings": [
            {"file": f.file, "line": f.line, "column": f.column, "code": f.code, "text": f.text, "kept": f.kept}
            for f in report.findings
        ],
        "counts": dict(report.counts),
        "repairs": report.repairs,
        "advice": [advice.sentence.format(**advice.values) for advice in report.advice],
    }
    say(facts, "\n".join(describe(report)), as_json=as_json)
