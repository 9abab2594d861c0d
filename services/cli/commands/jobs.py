"""tunesmith jobs PROJECT · tunesmith job show|log|pause|resume|stop|save PROJECT ID"""

import dataclasses
from pathlib import Path
from typing import Any

import click
import msgspec

from services.cli.commands import commands
from services.cli.output import json_option, project_argument, say, stream
from services.jobs import queue
from services.jobs.job import Summary
from services.jobs.requests import dump_request
from services.projects.project import Project


@commands.add("jobs")
@click.command("jobs", help="List a project's jobs, oldest first.")
@project_argument
@json_option
def jobs(project: Path, as_json: bool) -> None:
    """List jobs."""
    for job in Project.open(project).jobs():
        summary = job.summary()
        if as_json:
            stream(_plain(summary))
        else:
            steps = f"{summary.step}/{summary.total}" if summary.total else ""
            click.echo(f"{summary.id}  {summary.kind:<8} {summary.state.value:<12} {steps:>12}  {summary.title}")


job_group = click.Group("job", help="Look at one job, or steer it.")
commands.add("job")(job_group)


@job_group.command("show", help="What a job was asked, where it is, and what it left.")
@project_argument
@click.argument("job_id", metavar="ID")
@json_option
def show(project: Path, job_id: str, as_json: bool) -> None:
    """Show one job."""
    job = Project.open(project).job(job_id)
    summary = job.summary()
    data = {**_plain(summary), "folder": str(job.folder), "request": dump_request(job.request)}
    data["told"] = job.request.told(job)
    lines = [f"{summary.id}  {summary.title}", f"{summary.state.value}, {summary.step} of {summary.total or '?'}"]
    if summary.failure is not None:
        lines.append(_sentence(summary))
    lines += job.request.told(job)
    lines.append(f"folder: {job.folder}")
    say(data, "\n".join(lines), as_json=as_json)


@job_group.command("log", help="Print a job's events as JSON lines (--worker: the worker's own log).")
@project_argument
@click.argument("job_id", metavar="ID")
@click.option("--worker", is_flag=True, help="The worker's output instead of its events.")
@json_option
def show_log(project: Path, job_id: str, worker: bool, as_json: bool) -> None:
    """Print events or the worker's log."""
    job = Project.open(project).job(job_id)
    if worker:
        text = job.log_path.read_text(encoding="utf-8", errors="replace") if job.log_path.exists() else ""
        say({"log": text}, text.rstrip("\n"), as_json=as_json)
        return
    for event in job.events():
        click.echo(msgspec.json.encode(event).decode("utf-8"))


@job_group.command("resume", help="Go on from the last checkpoint.")
@project_argument
@click.argument("job_id", metavar="ID")
@json_option
def resume(project: Path, job_id: str, as_json: bool) -> None:
    """Resume a job."""
    job = Project.open(project).job(job_id)
    queue.resume(job)
    say({"id": job.id, "resumed": True}, f"Job {job.id} goes on.", as_json=as_json)


def _ask(command: str, help_text: str) -> None:
    @job_group.command(command, help=help_text)
    @project_argument
    @click.argument("job_id", metavar="ID")
    @json_option
    def ask(project: Path, job_id: str, as_json: bool) -> None:
        job = Project.open(project).job(job_id)
        removed = queue.ask(job, command)
        text = f"Job {job.id} no longer waits." if removed else f"Asked job {job.id} to {command}."
        say({"id": job.id, "asked": command, "was_waiting": removed}, text, as_json=as_json)


_ask("pause", "Save a checkpoint and give the card back; `resume` goes on.")
_ask("stop", "Save what is usable and end.")
_ask("save", "Save a checkpoint now and go on.")


def _plain(summary: Summary) -> dict[str, Any]:
    data = {f.name: getattr(summary, f.name) for f in dataclasses.fields(summary)}
    for name in ("last", "failure", "serving"):
        data[name] = msgspec.to_builtins(data[name]) if data[name] is not None else None
    if summary.failure is not None:
        data["sentence"] = _sentence(summary)
    return data


def _sentence(summary: Summary) -> str:
    failure = summary.failure
    assert failure is not None
    return f"{failure.sentence} {failure.way_out}".strip().format(**failure.values)
