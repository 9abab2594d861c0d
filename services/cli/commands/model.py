"""tunesmith model list|add|remove|download"""

import dataclasses
from pathlib import Path

import click
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from services.catalogue.entry import ModelEntry
from services.cli.commands import commands
from services.cli.output import json_option, say, stream
from services.jobs import events as ev


@click.group("model", help="Models on this machine: list, add a folder, download, remove.")
def model() -> None:
    """Models on this machine."""


@model.command("list")
@json_option
def list_models(as_json: bool) -> None:
    """List the models, with what is wrong with each."""
    from services.catalogue import local_models

    models = local_models()
    lines = [line for entry in models for line in _lines(entry)]
    nothing = "No models yet: `tunesmith model download sample`"
    say([_plain(m) for m in models], "\n".join(lines) or nothing, as_json=as_json)


@model.command("add")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option
def add(folder: Path, as_json: bool) -> None:
    """Remember a model folder, or a folder of model folders. Nothing is copied."""
    from services.catalogue import add_folder

    models = add_folder(folder)
    say([_plain(m) for m in models], "\n".join(line for m in models for line in _lines(m)), as_json=as_json)


@model.command("remove")
@click.argument("model_id", metavar="MODEL")
@json_option
def remove(model_id: str, as_json: bool) -> None:
    """Delete a downloaded model, or forget an added folder (its files stay)."""
    from services.catalogue import remove_model

    entry = remove_model(model_id)
    done = f"Deleted {entry.path}" if entry.downloaded else f"Forgot {entry.path}; its files are untouched"
    say({"id": entry.id, "path": str(entry.path), "deleted": entry.downloaded}, done, as_json=as_json)


@model.command("download")
@click.argument("model_id", metavar="MODEL")
@click.option("--revision", default="", help="Branch, tag or commit; the newest if left out.")
@click.option("--endpoint", default="", help="Address of the hub or a mirror of it.")
@json_option
def download(model_id: str, revision: str, endpoint: str, as_json: bool) -> None:
    """Fetch a model from the hub ('maker/name'), or the sample model ('sample')."""
    from services.catalogue import download_model, find_model

    if as_json:
        path = download_model(model_id, revision=revision, endpoint=endpoint, progress=stream_event)
        stream(_plain(find_model(model_id)))
    else:
        with DownloadBar() as bar:
            path = download_model(model_id, revision=revision, endpoint=endpoint, progress=bar.event)
        say(None, f"Ready: {path}", as_json=False)


def stream_event(event: ev.AnyEvent) -> None:
    """Print an event as its JSON line."""
    click.echo(ev.encode(event).decode("utf-8"))


class DownloadBar:
    """Bytes as a progress bar, with the part at work beside it."""

    def __init__(self) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn(compact=True))
        self._progress = Progress(*columns)
        self._task: TaskID | None = None  # made by the first event: where nothing is fetched, nothing is shown

    def __enter__(self) -> "DownloadBar":
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def event(self, event: ev.AnyEvent) -> None:
        """Show one event of the download."""
        if self._task is None:
            self._task = self._progress.add_task("Starting", total=None)
        if isinstance(event, ev.Progress):
            self._progress.update(self._task, description=event.phase, completed=event.step, total=event.total or None)
        elif isinstance(event, ev.Task):
            self._progress.update(self._task, description=event.title)


def _plain(entry: ModelEntry) -> dict[str, object]:
    facts = {f.name: getattr(entry, f.name) for f in dataclasses.fields(entry) if f.name != "problems"}
    problems = [
        {
            "code": problem.code,
            "sentence": problem.sentence.format(**problem.values),
            "way_out": problem.way_out.format(**problem.values),
            "blocks": problem.blocks,
        }
        for problem in entry.problems
    ]
    return {**facts, "usable": entry.usable, "problems": problems}


def _lines(entry: ModelEntry) -> list[str]:
    """A model as a line, each of its problems as a line below."""
    facts = [f"{entry.parameters / 1e6:,.0f} M parameters" if entry.parameters else "", entry.dtype]
    facts += [f"context {entry.context_len:,}" if entry.context_len else "", f"{entry.size_bytes / 1e9:.2f} GB"]
    head = f"{entry.id}  {', '.join(fact for fact in facts if fact)}  {entry.path}"
    return [head, *(f"  {p.sentence} {p.way_out}".format(**p.values) for p in entry.problems)]


commands.add("model")(model)
