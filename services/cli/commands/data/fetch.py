"""tunesmith data fetch PROJECT HUB_ID"""

from pathlib import Path

import click

from services.cli.commands.data import data
from services.cli.output import json_option, project_argument, say


@data.command("fetch", help="A data set from Hugging Face, its mirror or ModelScope ('maker/name').")
@project_argument
@click.argument("dataset", metavar="HUB_ID")
@click.option("--from", "hub", type=click.Choice(["hf", "mirror", "modelscope"]), default="hf", show_default=True)
@click.option("--subset", default="", help="Which of its subsets; the only one if left out.")
@click.option("--split", default="", help="Which split; train if left out and there is one.")
@click.option("--revision", default="", help="Branch, tag or commit; the newest if left out.")
@click.option("--endpoint", default="", help="Address in place of the hub's own.")
@click.option("--name", default="", help="Name of the data set; after the hub's if left out.")
@click.option("--detach", is_flag=True, help="Queue it and return at once; `job show` tells how it went.")
@json_option
def fetch(
    project: Path, dataset: str, hub: str, subset: str, split: str, revision: str, endpoint: str, name: str,
    detach: bool, as_json: bool,
) -> None:  # fmt: skip
    """Fetch it as a job and follow that."""
    from services.cli.follow import follow
    from services.jobs.kinds.fetch_data import FetchDataRequest
    from services.jobs.queue import submit
    from services.projects.project import Project

    request = FetchDataRequest.model_validate(
        {"dataset": dataset, "hub": hub, "subset": subset, "split": split, "revision": revision,
         "endpoint": endpoint.rstrip("/"), "name": name}
    )  # fmt: skip
    job = submit(Project.open(project), request)
    if detach:
        say({"job": job.id, "folder": str(job.folder)}, f"Queued job {job.id}: {job.folder}", as_json=as_json)
        return
    summary = follow(job, as_json=as_json)
    if not as_json and summary.result:
        click.echo("\n".join(request.told(job)))
