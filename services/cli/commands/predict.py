"""tunesmith predict PROJECT RECIPE.yaml [--set key=value]... [--detach]"""

from pathlib import Path

import click

from services.cli.commands import commands
from services.cli.output import json_option, project_argument
from services.projects.project import Project


@commands.add("predict")
@click.command("predict", help="Answer every row of a recipe's eval_dataset and score the answers (BLEU, ROUGE).")
@project_argument
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change one parameter of the recipe.")
@click.option("--name", default="", help="Your own word for the job.")
@click.option("--detach", is_flag=True, help="Queue it and return at once.")
@json_option
def predict(project: Path, recipe: Path, changes: tuple[str, ...], name: str, detach: bool, as_json: bool) -> None:
    """Submit a prediction and follow its journal."""
    from services.cli.follow import follow
    from services.cli.output import say
    from services.cli.recipe_file import recipe_of
    from services.jobs.kinds.predict import PredictRequest
    from services.jobs.queue import submit

    opened = Project.open(project)
    job = submit(opened, PredictRequest(name=name or recipe.stem, recipe=recipe_of(recipe, changes)))
    if detach:
        say({"job": job.id, "folder": str(job.folder)}, f"Queued job {job.id}: {job.folder}", as_json=as_json)
        return
    summary = follow(job, as_json=as_json)
    if not as_json:
        for key, value in summary.result.items():
            if key.startswith("predict_"):
                click.echo(f"{key.removeprefix('predict_'):>20}  {value:,.4f}")
        place = job.folder / str(summary.result.get("predictions", ""))
        click.echo(f"Job {summary.id} {summary.state.value}, {summary.result.get('rows', 0)} rows: {place}")
