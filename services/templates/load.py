"""Finding a template: the model's own, or a named one."""

import json
from pathlib import Path
from typing import Any

from services.i18n import N_
from services.resources import resource
from services.templates.custom import custom_path
from services.templates.errors import TemplateError
from services.templates.model_template import ModelTemplate
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer

OWN = "model"
"""Name of the model's own chat template."""


def template_names() -> list[str]:
    """Ids of the named templates, sorted."""
    return sorted(path.stem for path in resource("templates").glob("*.yaml"))


def load_template(
    name: str, model_dir: Path | str, *, tokenizer: Tokenizer | None = None, project: Path | None = None
) -> Template:
    """The template of that name for a model folder.

    name: '' or 'model' for the model's own chat template, the id of a named one, or a .jinja file: one of the project's
    or the person's own (see `custom`), or its path. Raises TemplateError if there is none, TokenizerError for a folder
    without a tokenizer.
    """
    folder = Path(model_dir)
    tokenizer = tokenizer or Tokenizer.load(folder)
    if name in ("", OWN):
        sources = own_templates(folder, tokenizer)
        if "default" not in sources:
            raise TemplateError(
                N_("{folder} has no chat template of its own."),
                way_out=N_("Choose a named template, such as chatml."),
                folder=str(folder),
            )
        return ModelTemplate(sources["default"], tokenizer, tool_source=sources.get("tool_use", ""), model_dir=folder)
    if name.endswith(".jinja"):
        return ModelTemplate(read_source(custom_path(name, project)), tokenizer, model_dir=folder)
    if name not in template_names():
        raise TemplateError(
            N_("There is no template called {name}."),
            way_out=N_("Choose one of the list, or the model's own."),
            name=name,
        )
    from services.templates.named import NamedTemplate

    return NamedTemplate.load(name, tokenizer)


def own_templates(folder: Path, tokenizer: Tokenizer) -> dict[str, str]:
    """Chat templates that a model folder ships, by name ('default', 'tool_use', ...)."""
    sources: dict[str, str] = {}
    declared: Any = tokenizer.config.get("chat_template")
    if isinstance(declared, str):
        sources["default"] = declared
    elif isinstance(declared, list):
        sources.update({t["name"]: t["template"] for t in declared if isinstance(t, dict) and "template" in t})
    legacy = folder / "chat_template.json"
    if legacy.is_file():
        try:
            sources["default"] = str(json.loads(legacy.read_text(encoding="utf-8"))["chat_template"])
        except (ValueError, KeyError, TypeError):
            sources.pop("default", None)
    if (folder / "chat_template.jinja").is_file():
        sources["default"] = read_source(folder / "chat_template.jinja")
    for path in sorted((folder / "additional_chat_templates").glob("*.jinja")):
        sources[path.stem] = read_source(path)
    return sources


def read_source(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", newline="") as file:  # its line ends are part of the prompt
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(
            N_("The chat template {file} cannot be read: {reason}"),
            way_out=N_("Choose another template."),
            file=str(path),
            reason=str(error),
        ) from error
