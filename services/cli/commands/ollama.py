"""tunesmith ollama status|start|list|show|delete"""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from services.cli.commands import commands
from services.cli.output import json_option, say

F = TypeVar("F", bound=Callable[..., Any])


@click.group("ollama", help="The Ollama of this computer, or of another.")
def ollama() -> None:
    """Group of the commands below."""


commands.add("ollama")(ollama)


def _host(command: F) -> F:
    return click.option("--host", default="", help="Its address; else the settings', else OLLAMA_HOST.")(command)


def _chosen(host: str) -> str | None:
    from services.settings import load_settings

    return host or load_settings().ollama_host or None


@ollama.command("status", help="Whether one answers, which version, and whether deploying works with it.")
@_host
@json_option
def status(host: str, as_json: bool) -> None:
    """Look for an Ollama. Exit 0 in any case: that there is none is an answer too."""
    from services.ollama.client import OllamaClient
    from services.ollama.errors import OllamaError
    from services.ollama.find import find

    found = find(_chosen(host))
    problem = ""
    if found.running:
        with OllamaClient(found.url) as client:
            try:
                client.require()
            except OllamaError as error:
                problem = str(error)
    data = {
        "url": found.url,
        "running": found.running,
        "version": found.version,
        "program": str(found.program or ""),
        "can_deploy": found.running and not problem,
    }
    text = f"Ollama {found.version} answers at {found.url}." if found.running else f"No Ollama answers at {found.url}."
    if not found.running:
        where = f"It is installed: {found.program}." if found.program else "It is not installed here."
        text = f"{text} {where}"
    say(data, f"{text} {problem}".strip(), as_json=as_json)


@ollama.command("start", help="Start the Ollama of this computer, unless one answers.")
@_host
@json_option
def start(host: str, as_json: bool) -> None:
    """Start it and wait until it answers."""
    from services.ollama.find import ensure_running

    found = ensure_running(_chosen(host))
    say({"url": found.url, "version": found.version}, f"Ollama {found.version} at {found.url}.", as_json=as_json)


@ollama.command("list", help="Its models.")
@_host
@json_option
def list_models(host: str, as_json: bool) -> None:
    """List models, the latest first."""
    from services.ollama.client import OllamaClient

    with OllamaClient(_chosen(host)) as client:
        models = client.models()
    rows = [f"{m['name']}  {m['size'] / 2**30:.2f} GiB  {m['details'].get('quantization_level', '')}" for m in models]
    say({"models": models}, "\n".join(rows) or "It has no models.", as_json=as_json)


@ollama.command("show", help="All about one model.")
@click.argument("name")
@_host
@json_option
def show(name: str, host: str, as_json: bool) -> None:
    """Show a model's parameters and template."""
    from services.ollama.client import OllamaClient

    with OllamaClient(_chosen(host)) as client:
        shown = client.show(name)
    details = shown.get("details") or {}
    text = (
        f"{name}: {details.get('parameter_size', '?')}, {details.get('quantization_level', '?')}\n"
        f"{shown.get('parameters', '')}\n\n{shown.get('template', '')}"
    )
    say(shown, text, as_json=as_json)


@ollama.command("delete", help="Remove a model from Ollama; files of yours stay.")
@click.argument("name")
@click.option("--project", type=click.Path(exists=True), help="Take it off this project's deployments, too.")
@_host
@json_option
def delete(name: str, project: str | None, host: str, as_json: bool) -> None:
    """Delete a model."""
    from pathlib import Path

    from services.export.deployments import forget
    from services.ollama.client import OllamaClient
    from services.projects.project import Project

    with OllamaClient(_chosen(host)) as client:
        client.delete(name)
        if project:
            forget(Project.open(Path(project)), name, client.url)
    say({"deleted": name}, f"Removed {name} from Ollama.", as_json=as_json)
