"""Names of data sets: each is the name of a file."""

import re
from pathlib import Path

from services.datasets.errors import DatasetError
from services.i18n import N_
from services.projects.project import Project

_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def checked_name(name: str) -> str:
    """The name, if a file may have it on every system. DatasetError if not."""
    if not name or re.search(r'[<>:"/\\|?*\x00-\x1f]', name) or name != name.strip(" .") or _RESERVED.match(name):
        raise DatasetError(
            N_("{name} cannot be the name of a data set: it becomes the name of a file."),
            way_out=N_("Leave out slashes, colons and the like."),
            name=name or "-",
        )
    return name


def new_name(project: Project, name: str) -> str:
    """A name that a person chose for a new set. DatasetError if it is unfit or taken, also in other capitals."""
    checked_name(name)
    if name.casefold() in {n.casefold() for n in project.dataset_names()}:
        raise DatasetError(
            N_("There is already a data set called {name}."), way_out=N_("Choose another name."), name=name
        )
    return name


def free_name(project: Project, path: Path) -> str:
    """A name for a set made of a file that no set of the project has."""
    stem = Path(path.stem).stem if path.suffix.lower() == ".gz" else path.stem
    stem = path.resolve().name if path.is_dir() else stem
    base = re.sub(r'[<>:"/\\|?*\x00-\x1f]+', "-", stem).strip(" .")[:80] or "data"
    if _RESERVED.match(base):
        base += "-data"
    return free_variant(project, base)


def free_variant(project: Project, base: str) -> str:
    """The name, with a number behind it if a set of the project has it already."""
    taken = {name.casefold() for name in project.dataset_names()}
    number, name = 1, base
    while name.casefold() in taken:
        number += 1
        name = f"{base}-{number}"
    return name
