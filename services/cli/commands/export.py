"""tunesmith export PROJECT RUN --to folder|gguf|ollama|lm-studio|gptq"""

from pathlib import Path
from typing import Any

import click

from services.cli.commands import commands
from services.cli.output import json_option, project_argument
from services.cli.recipe_file import set_option
from services.projects.project import Project


@commands.add("export")
@click.command("export", help="Bring a run's model out: merged, converted, quantised, handed over.")
@project_argument
@click.argument("run")
@click.option("--to", "target", default="gguf", show_default=True, help="folder, gguf, ollama, lm-studio, gptq.")
@click.option("--quant", default="q4_k_m", show_default=True, help="f16, q8_0, q6_k, q5_k_m, q4_k_m, ...")
@click.option("--checkpoint", default="", help="A checkpoint of the run instead of its last weights.")
@click.option("--name", default="", help="The model's name; the run's if left out.")
@click.option("--out", default="", help="File or folder to write; in the project's exports if left out.")
@click.option("--force", is_flag=True, help="Replace what is there.")
@set_option("settings", "What the target alone understands: bits=8 for gptq ...")
@click.option("--detach", is_flag=True, help="Queue it and return at once.")
@json_option
def export(
    project: Path,
    run: str,
    target: str,
    quant: str,
    checkpoint: str,
    name: str,
    out: str,
    force: bool,
    settings: tuple[str, ...],
    detach: bool,
    as_json: bool,
) -> None:
    """Export a run as a job, and follow it."""
    from services.cli.follow import follow
    from services.cli.output import say
    from services.export.targets import targets
    from services.jobs.kinds.export import ExportRequest
    from services.jobs.queue import submit

    opened = Project.open(project)
    if target not in targets:
        raise click.UsageError(f"no target {target!r}; known: {', '.join(targets.ids())}")
    if targets.get(target).needs == "gguf":
        from services.export.quant_policy import QUANTS

        if quant.lower().replace("-", "_") not in QUANTS:
            raise click.UsageError(f"no quant {quant!r}; known: {', '.join(QUANTS)}")
    request = ExportRequest(
        name=name,
        run=opened.job(run).id,
        checkpoint=checkpoint,
        target=target,
        quant=quant,
        out=opened.relative(Path(out).expanduser().resolve()) if out else "",
        options={**_options(settings), **({"overwrite": True} if force else {})},
    )
    job = submit(opened, request)
    if detach:
        say({"job": job.id}, f"Job {job.id} exports run {request.run}.", as_json=as_json)
        return
    summary = follow(job, as_json=as_json)
    if not as_json:
        result = summary.result
        place = result.get("gguf") or result.get("folder") or result.get("model") or ""
        click.echo(f"{place}  ({summary.state.value}, {result.get('elapsed_s', '?')} s)")


def _options(settings: tuple[str, ...]) -> dict[str, Any]:
    """KEY=VALUE pairs as plain data; a value that reads as YAML is taken so."""
    from services.yaml import load_yaml

    options = {}
    for setting in settings:
        key, _, value = setting.partition("=")
        try:
            options[key] = load_yaml(value)
        except ValueError:
            options[key] = value
    return options
