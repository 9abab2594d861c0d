"""tunesmith train PROJECT RECIPE.yaml [--set key=value]... [--detach]"""

from pathlib import Path
from typing import Any

import click

from services.cli.commands import commands
from services.cli.follow import follow
from services.cli.output import json_option, project_argument, say
from services.jobs.job import Summary
from services.projects.project import Project


@commands.add("train")
@click.command("train", help="Train a model by a recipe. Ctrl+C stops and saves; a second one leaves it running.")
@project_argument
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("--set", "changes", multiple=True, metavar="KEY=VALUE", help="Change one parameter of the recipe.")
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
    request = TrainRequest(name=name or recipe.stem, recipe=_recipe(recipe, changes), sample_prompts=list(prompts))
    job = submit(opened, request)
    if detach:
        say({"job": job.id, "folder": str(job.folder)}, f"Queued job {job.id}: {job.folder}", as_json=as_json)
        return
    summary = follow(job, as_json=as_json)
    if not as_json:
        click.echo(_ending(summary, job.folder))


def _recipe(path: Path, changes: tuple[str, ...]) -> dict[str, Any]:
    """The recipe of a file with changes, checked, as a request keeps it."""
    from services.errors import TunesmithError
    from services.i18n import N_
    from services.recipes.file import recipe_data
    from services.recipes.recipe import read_recipe

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise TunesmithError(
            N_("The recipe {file} cannot be read: {reason}"),
            way_out=N_("Check the path; a recipe is a YAML file in UTF-8."),
            file=str(path),
            reason=str(error),
        ) from error
    data = recipe_data(text)
    for change in changes:
        key, found, value = change.partition("=")
        if not found:
            raise click.UsageError(f"--set needs KEY=VALUE, not {change!r}")
        data[key.strip()] = value.strip()
    return read_recipe(data).model_dump(mode="json", exclude_defaults=True)


def _ending(summary: Summary, folder: Path) -> str:
    loss = summary.result.get("train_loss")
    figure = f", mean loss {loss:.4f}" if isinstance(loss, float) else ""
    return f"Job {summary.id} {summary.state.value}{figure}: {folder}"
