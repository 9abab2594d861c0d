"""tunesmith template list|show|check|copy: the templates there are, what they do, and copies to change."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands import commands
from services.cli.output import json_option, project_argument, say

if TYPE_CHECKING:
    from services.datasets.conversation import Problem
    from services.templates import Template

_MODEL = click.option("--model", default="sample", show_default=True, help="Model id, `sample`, or a folder.")
_PLACES = {"model": "the model's own", "project": "of this project", "user": "of all projects", "named": "named"}


@click.group("template", help="Chat templates: named ones, the model's own, and your own copies.")
def template() -> None:
    """Group of template commands."""


commands.add("template")(template)


@template.command("list", help="Every template that a recipe of the project can name.")
@project_argument
@_MODEL
@json_option
def list_(project: Path, model: str, as_json: bool) -> None:
    """Names, what they are, and which control tokens the model lacks for them."""
    from services.templates import Tokenizer
    from services.templates.probing import choices, lacking_tokens

    folder = _project(project)
    tokenizer = Tokenizer.load(_model_dir(model))
    found: list[dict[str, Any]] = []
    lines = []
    for choice in choices(folder):
        lacks = lacking_tokens(choice.name, tokenizer) if choice.kind == "named" else []
        found.append({"name": choice.name, "kind": choice.kind, "title": choice.title, "lacks": lacks})
        note = f"   ({model} lacks {', '.join(lacks)})" if lacks else ""
        lines.append(f"{choice.name:<24} {choice.title or _PLACES[choice.kind]}{note}")
    say({"model": model, "templates": found}, "\n".join(lines), as_json=as_json)


@template.command("show", help="The Jinja text of a template, or with --talk what it makes of a conversation.")
@project_argument
@click.argument("name")
@_MODEL
@click.option("--talk", is_flag=True, help="Render a small talk with a system text in place of the source.")
@click.option("--tools", is_flag=True, help="The same with a tool that is called.")
@click.option("--prompt", is_flag=True, help="With the prompt for another answer at the end.")
@click.option("--thinking/--no-thinking", default=None, help="Pass enable_thinking to the template.")
@json_option
def show(project: Path, name: str, model: str, as_json: bool, **asked: Any) -> None:
    """Source or rendering."""
    from services.templates import EncodeOptions
    from services.templates.probing import TALK, TOOLS_TALK, render

    found = _load(project, name, model)
    if not (asked["talk"] or asked["tools"]):
        say({"name": name, "source": found.chat_template()}, found.chat_template(), as_json=as_json)
        return
    options = EncodeOptions(enable_thinking=asked["thinking"])
    talk = TOOLS_TALK if asked["tools"] else TALK
    made = render(talk, found, options, generation_prompt=asked["prompt"], enable_thinking=asked["thinking"])
    if made.problem is not None and not made.text:
        raise click.ClickException(made.problem.sentence.format(**made.problem.values))
    tokens = [
        {"id": p.id, "text": p.text, "control": p.kind == "control", "trained": p.trained}
        for sequence in made.sequences
        for p in sequence.pieces
    ]
    say({"name": name, "text": made.text, "tokens": tokens}, made.text, as_json=as_json)


@template.command("check", help="What is doubtful about a template with a model. Ends with 1 if it cannot be used.")
@project_argument
@click.argument("name")
@_MODEL
@json_option
def check(project: Path, name: str, model: str, as_json: bool) -> int:
    """Findings in sentences."""
    from services.templates.probing import findings_of

    found = findings_of(_load(project, name, model))
    facts = [{"code": p.code, "blocks": p.blocks, "sentence": _sentence(p)} for p in found]
    text = "\n".join(_sentence(p) for p in found) or "Nothing is doubtful about this template."
    say({"name": name, "model": model, "findings": facts}, text, as_json=as_json)
    return 1 if any(p.blocks for p in found) else 0


@template.command("copy", help="Copy a template into the project, as NEW.jinja, to change it and train with it.")
@project_argument
@click.argument("name")
@click.argument("new")
@_MODEL
@click.option("--file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="Take this text instead.")
@click.option("--replace", is_flag=True, help="Write over a template of that name.")
@json_option
def copy(project: Path, name: str, new: str, model: str, file: Path | None, replace: bool, as_json: bool) -> None:
    """A file in the project's templates folder."""
    from services.templates.custom import save_template
    from services.templates.load import read_source

    folder = _project(project)
    text = read_source(file) if file is not None else _load(project, name, model).chat_template()
    made = save_template(new, text, folder, replace=replace)
    say(
        {"name": made.name, "path": str(made.path)}, f"{made.path}\nIn a recipe: template: {made.name}", as_json=as_json
    )


def _project(folder: Path) -> Path:
    from services.projects.project import Project

    return Project.open(folder).folder


def _model_dir(model: str) -> Path:
    from services.cli.commands.data._encoding import model_folder
    from services.resources import resource

    return resource("sample", "tokenizer") if model == "sample" else model_folder(model)


def _load(project: Path, name: str, model: str) -> "Template":
    from services.templates import load_template

    return load_template(name, _model_dir(model), project=_project(project))


def _sentence(problem: "Problem") -> str:
    from services.errors import joined

    return joined(problem.sentence.format(**problem.values), problem.way_out.format(**problem.values))
