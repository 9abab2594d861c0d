"""tunesmith serve PROJECT RUN [--port N]"""

from pathlib import Path

import click

from services.cli.commands import commands
from services.cli.output import json_option, project_argument
from services.projects.project import Project


@commands.add("serve")
@click.command(
    "serve", help="Answer OpenAI-compatible requests on this computer as a run, its checkpoints or its base."
)
@project_argument
@click.argument("run")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="0 picks a free one.")
@click.option("--idle", "idle_s", type=float, default=0.0, help="End after so many seconds without a request.")
@click.option("--detach", is_flag=True, help="Start it and return at once.")
@json_option
def serve(project: Path, run: str, port: int, idle_s: float, detach: bool, as_json: bool) -> None:
    """Serve until Ctrl+C."""
    from services.cli.follow import follow
    from services.cli.output import say
    from services.jobs import events as ev
    from services.jobs.kinds.serve import ServeRequest
    from services.jobs.queue import submit
    from services.projects.project import ProjectError

    opened = Project.open(project)
    try:
        request = ServeRequest(run=opened.job(run.removeprefix("run-")).id, port=port, idle_s=idle_s)
    except ProjectError:
        if run.removeprefix("run-").isdigit():  # a number is a job's and never a model's
            raise
        from services.catalogue.local import resolve_model

        request = ServeRequest(model=opened.relative(resolve_model(run)), port=port, idle_s=idle_s)
    job = submit(opened, request)
    if detach:
        say({"job": job.id}, f"Job {job.id} serves; `tunesmith job stop` ends it.", as_json=as_json)
        return

    def told(event: ev.AnyEvent) -> None:
        if isinstance(event, ev.Serving) and not as_json:
            click.echo(f"models: {', '.join(event.models)}\ntoken:  in {job.folder / 'token'}\nCtrl+C ends it.")

    follow(job, as_json=as_json, listener=told)
