"""tunesmith data judge PROJECT NAME"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.commands.data._shared import name_argument, open_store, row_id_at
from services.cli.output import json_option, project_argument, say


@data.command("judge", help="Have a model score rows from 1 to 5 into a column, with its reason in another.")
@project_argument
@name_argument
@click.option("--model", required=True, metavar="RUN|MODEL|URL#NAME", help="Who judges.")
@click.option("--rubric", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Rubric in a file: "
              "{question}, {answer}.")  # fmt: skip
@click.option("--column", default="score", show_default=True, help="Where the score goes.")
@click.option("--row", "rows", multiple=True, type=int, metavar="NUMBER", help="Only these rows.")
@click.option("--again", is_flag=True, help="Score rows anew that have a score.")
@click.option("--detach", is_flag=True, help="Queue it and return at once.")
@json_option
def judge(
    project: Path, name: str, model: str, rubric: Path | None, column: str, rows: tuple[int, ...], again: bool,
    detach: bool, as_json: bool,
) -> None:  # fmt: skip
    """Submit the job and follow its journal."""
    from services.cli.follow import follow
    from services.jobs.kinds.judge import JudgeRequest
    from services.jobs.queue import submit
    from services.projects.project import Project

    with open_store(project, name) as store:
        ids = [row_id_at(store, number) for number in rows]
    text = rubric.read_text(encoding="utf-8") if rubric else ""
    opened = Project.open(project)
    request = JudgeRequest(
        name=f"judge {name}", dataset=name, model=model, rubric=text, column=column, rows=ids, again=again
    )
    job = submit(opened, request)
    if detach:
        say({"job": job.id}, f"Job {job.id} judges {name}.", as_json=as_json)
        return
    result = follow(job, as_json=as_json).result
    if not as_json:
        mean = f", mean {result['mean']}" if result.get("mean") is not None else ""
        click.echo(f"{result.get('scored', 0)} rows scored in column {column}{mean}")
