"""tunesmith train PROJECT RECIPE.yaml [--set key=value]... [--detach]"""

from pathlib import Path

import click

from services.cli.commands import commands
from services.cli.follow import follow
from services.cli.output import json_option, project_argument, say
from services.cli.recipe_file import recipe_of, set_option
from services.jobs.job import Summary
from services.projects.project import Project


@commands.add("train")
@click.command("train", help="Train a model by a recipe. Ctrl+C stops and saves; a second one leaves it running.")
@project_argument
@click.argument("recipe", type=click.Path(path_type=Path))
@set_option("changes", "Change one parameter of the recipe.")
@click.option("--name", default="", help="Your own word for the run.")
@click.option("--ask", "prompts", multiple=True, metavar="TEXT", help="A question asked before and after training.")
@click.option("--detach", is_flag=True, help="Queue the run and return at once.")
@json_option
def train(
    project: Path,
    recipe: Path,
    changes: tuple[str, ...],
    name: str,
    prompts: tuple[str, ...],
    detach: bool,
    as_json: bool,
) -> None:
    """Submit a run and follow its journal."""
    from services.jobs.kinds.train import TrainRequest
    from services.jobs.queue import submit

    opened = Project.open(project)
    request = TrainRequest(name=name or recipe.stem, recipe=recipe_of(recipe, changes), sample_prompts=list(prompts))
    job = submit(opened, request)
    if detach:
        say({"job": job.id, "folder": str(job.folder)}, f"Queued job {job.id}: {job.folder}", as_json=as_json)
        return
    summary = follow(job, as_json=as_json)
    if not as_json:
        click.echo(_ending(summary, job.folder))


def _ending(summary: Summary, folder: Path) -> str:
    loss = summary.result.get("train_loss")
    figure = f", mean loss {loss:.4f}" if isinstance(loss, float) else ""
    return f"Job {summary.id} {summary.state.value}{figure}: {folder}"
