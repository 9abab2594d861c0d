"""Templates of the person's own: Jinja files in a project's `templates` folder, or in the data folder for all projects.

A recipe names one by its file, `template: mine.jinja`. A run keeps the text that it was trained with beside its
tokenizer, so that serving and exporting use it whatever becomes of the file.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from services import files
from services.i18n import N_
from services.paths import data_dir
from services.templates.errors import TemplateError

SUFFIX = ".jinja"
MAX_CHARS = 1_000_000
_NAME = re.compile(r"[^\\/:*?\"<>|\x00-\x1f]{1,80}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)


@dataclass(frozen=True)
class CustomTemplate:
    """name: as recipes have it, with its .jinja. of_project: it lies in the project, not in the data folder."""

    name: str
    path: Path
    of_project: bool


def project_dir(project: Path) -> Path:
    """Where a project keeps its templates; it need not exist."""
    return project / "templates"


def user_dir() -> Path:
    """Where templates for all projects lie; it need not exist."""
    return data_dir() / "templates"


def custom_templates(project: Path | None) -> list[CustomTemplate]:
    """All there are, sorted by name; one of the project hides one of the data folder."""
    found: dict[str, CustomTemplate] = {}
    for folder, of_project in ((user_dir(), False), (project_dir(project) if project else None, True)):
        for path in sorted(folder.glob(f"*{SUFFIX}")) if folder is not None and folder.is_dir() else []:
            found[path.name] = CustomTemplate(path.name, path, of_project)
    return [found[name] for name in sorted(found)]


def custom_path(name: str, project: Path | None) -> Path:
    """The file that a recipe means by NAME.jinja: the project's, else the data folder's, else that path."""
    if "/" not in name and "\\" not in name:
        for folder in ([project_dir(project)] if project else []) + [user_dir()]:
            if (folder / name).is_file():
                return folder / name
        return Path(name) if Path(name).is_file() or project is None else project_dir(project) / name
    path = Path(name)
    return path if path.is_absolute() or project is None or path.is_file() else project / path


def template_stamp(name: str, project: Path | None) -> int:
    """When the file of a template of one's own was last written, in ns; 0 for other templates and missing files: what
    is kept of a template holds as long as this is the same."""
    if not name.endswith(SUFFIX):
        return 0
    try:
        return custom_path(name, project).stat().st_mtime_ns
    except OSError:
        return 0


def save_template(name: str, text: str, project: Path | None, *, replace: bool = False) -> CustomTemplate:
    """Write a template into the project (the data folder without one) if its Jinja can be read; whole or not at all.

    name: with or without .jinja. Raises TemplateError for an unfit or taken name, a mistake in the text (with its
    line), or a drive that refuses.
    """
    stem = name.strip().removesuffix(SUFFIX).strip()
    if not _NAME.fullmatch(stem) or stem.startswith(".") or stem.endswith(".") or _RESERVED.fullmatch(stem):
        raise TemplateError(
            N_("{name} cannot be the name of a template."),
            way_out=N_("Use letters, digits, blanks, - and _."),
            name=name.strip() or "-",
        )
    check_syntax(text)
    folder = project_dir(project) if project is not None else user_dir()
    path = folder / f"{stem}{SUFFIX}"
    if path.exists() and not replace:
        raise TemplateError(
            N_("There is already a template called {name}."), way_out=N_("Choose another name."), name=path.name
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files.write_bytes(path, text.encode("utf-8"))
    except (OSError, UnicodeEncodeError) as error:
        raise TemplateError(
            N_("The template {name} cannot be written: {reason}"),
            way_out=N_("Check that the drive is there, has room, and that you may write to the folder."),
            name=path.name,
            reason=str(error),
        ) from error
    return CustomTemplate(path.name, path, project is not None)


def check_syntax(text: str) -> None:
    """Raise TemplateError with its line if the Jinja text cannot be read."""
    from services.templates.renderer import PREVIEW_LIMIT_S, preview

    if len(text) > MAX_CHARS:
        raise TemplateError(
            N_("The template has {n} characters; a chat template has a few thousand."),
            way_out=N_("Choose another file."),
            n=f"{len(text):,}",
        )
    preview().check(text, time_limit_s=PREVIEW_LIMIT_S)


def free_name(base: str, project: Path) -> str:
    """BASE-copy, or BASE-copy-2 ... : a name that no template of the project has."""
    taken = {custom.path.stem.casefold() for custom in custom_templates(project)}
    stem = re.sub(r"(-copy)?(-\d+)?$", "", base) or base
    number = 1
    while (name := f"{stem}-copy" + (f"-{number}" if number > 1 else "")).casefold() in taken:
        number += 1
    return name


def remove_template(name: str, project: Path) -> str:
    """Delete a template of a project; its text, by which it can be brought back. Raises TemplateError."""
    path = project_dir(project) / name
    try:
        with path.open(encoding="utf-8", newline="") as file:
            text = file.read()
        path.unlink()
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(
            N_("The template {name} cannot be removed: {reason}"),
            way_out=N_("Close what uses it, or delete the file yourself."),
            name=name,
            reason=str(error),
        ) from error
    return text
