"""tunesmith recipe show|check|fields|presets"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands import commands
from services.cli.output import json_option, say
from services.cli.recipe_file import set_option

if TYPE_CHECKING:
    from services.recipes import Parameter, Recipe

_SET = set_option("settings", "Change a value; may be repeated.")


@click.group("recipe", help="Read, check and explain recipes.")
def recipe() -> None:
    """Group of recipe commands."""


commands.add("recipe")(recipe)


@recipe.command("show", help="Print a recipe as Tunesmith reads it, as YAML (or with --json every value).")
@click.argument("file", type=click.Path(path_type=Path))
@_SET
@json_option
def show(file: Path, settings: tuple[str, ...], as_json: bool) -> None:
    """What a file means, with every default of LLaMA-Factory's in its place."""
    from services.recipes import save_recipe

    found = _read(file, settings)
    say(
        {"recipe": found.model_dump(mode="json"), "unknown_keys": found.unknown_keys},
        save_recipe(found),
        as_json=as_json,
    )


@recipe.command("check", help="Say what is wrong with a recipe, and what is worth knowing.")
@click.argument("file", type=click.Path(path_type=Path))
@_SET
@json_option
def check(file: Path, settings: tuple[str, ...], as_json: bool) -> None:
    """Problems make it exit 1; notes do not."""
    from services.recipes import RecipeError
    from services.recipes.notes import notes

    try:
        remarks = notes(_read(file, settings))
        problems = []
    except RecipeError as error:
        if not as_json:
            raise
        remarks, problems = [], error.problems
    data = {
        "ok": not problems,
        "problems": [{"field": p.field, "text": p.text()} for p in problems],
        "notes": [{"field": n.field, "text": n.text()} for n in remarks],
    }
    say(data, "\n".join(["This recipe can be used.", *(f"note: {n.text()}" for n in remarks)]), as_json=as_json)
    if problems:
        raise click.exceptions.Exit(1)


@recipe.command("fields", help="List every parameter with its default and what it does.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option("--group", default="", help="Only this group (model, data, adapter ...).")
@click.option("--markdown", is_flag=True, help="As the table of the README.")
@json_option
def fields(lang: str, group: str, markdown: bool, as_json: bool) -> None:
    """The declarations themselves, in the form's order."""
    from services.recipes import FIELDS, GROUPS

    if group and group not in GROUPS:
        raise click.UsageError(f"no group {group!r}; known: {', '.join(GROUPS)}")
    chosen = [p for p in FIELDS.values() if group in ("", p.group)]
    text = _markdown(chosen, lang) if markdown else _list(chosen, lang)
    say({"fields": [_plain(p, lang) for p in chosen]}, text, as_json=as_json)


@recipe.command("presets", help="List the presets.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@json_option
def preset_list(lang: str, as_json: bool) -> None:
    """Named starting points."""
    from services.recipes.presets import presets

    found = presets()
    data = {"presets": [{"id": p.id, "title": p.title(lang), "help": p.help(lang), "values": p.values} for p in found]}
    say(data, "\n".join(f"{p.id}\n    {p.title(lang)}\n    {p.help(lang)}" for p in found), as_json=as_json)


def _read(file: Path, settings: tuple[str, ...]) -> "Recipe":
    from services.recipes.file import read_recipe_file

    return read_recipe_file(file, settings)


def _plain(parameter: "Parameter", lang: str) -> dict[str, Any]:
    return {
        "name": parameter.name,
        "group": parameter.group,
        "kind": parameter.kind,
        "title": parameter.title(lang),
        "help": parameter.help(lang),
        "default": parameter.default,
        "default_text": parameter.default_text(lang),
        "llamafactory_default": parameter.peer_default,
        "choices": list(parameter.choices),
        "minimum": parameter.minimum,
        "maximum": parameter.maximum,
        "stages": list(parameter.stages),
        "methods": list(parameter.methods),
        "status": parameter.status,
    }


def _list(parameters: "list[Parameter]", lang: str) -> str:
    lines: list[str] = []
    group = ""
    for parameter in parameters:
        if parameter.group != group:
            group = parameter.group
            lines += ["", parameter.group_title(lang)] if lines else [parameter.group_title(lang)]
        lines.append(f"  {parameter.name} = {parameter.default_text(lang)}")
        lines.append(f"      {parameter.help(lang)}")
    return "\n".join(lines)


def _markdown(parameters: "list[Parameter]", lang: str) -> str:
    heads = ("参数", "默认值", "作用") if lang == "zh" else ("parameter", "default", "what it does")
    lines = [f"| {heads[0]} | {heads[1]} | {heads[2]} |", "|---|---|---|"]
    group = ""
    for parameter in parameters:
        if parameter.group != group:
            group = parameter.group
            lines.append(f"| **{parameter.group_title(lang)}** | | |")
        help_text = parameter.help(lang).replace("|", "\\|")
        lines.append(f"| `{parameter.name}` | {parameter.default_text(lang)} | {help_text} |")
    return "\n".join(lines)
