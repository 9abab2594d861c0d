"""Data sets as files of a project: another name, a copy, and away into the project's trash, from which they come back.

    trash/20261125-093000/support.sqlite

What lies in the trash takes room until it is emptied; nothing is deleted before.
"""

import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from services import files
from services.datasets.errors import DatasetError
from services.datasets.names import free_variant, new_name
from services.datasets.storefile import lock_path
from services.datasets.used_by import uses
from services.i18n import N_
from services.jobs.job import JobError, State
from services.locks import FileLock
from services.projects.project import Project

_PAGES = 2000  # copied at a time: 16 MB


@dataclass(frozen=True)
class TrashItem:
    """A data set in the trash. when: seconds since 1970. size_bytes: on disk."""

    name: str
    path: Path
    when: float
    size_bytes: int


def rename_dataset(project: Project, name: str, new: str) -> Path:
    """Give a data set another name; the recipe in the making follows. Returns its new file.

    DatasetError if there is none, the name is taken or unfit, it is open elsewhere, or a job that has not begun
    names it.
    """
    path = _known(project, name)
    target = project.dataset_path(new if new.casefold() == name.casefold() else new_name(project, new))
    _not_awaited(project, name)
    with _nobody_writes(path), _plain(path):
        for part in _beside(path):
            files.replace(part, target.with_name(target.name + part.name[len(path.name) :]))
        files.replace(path, target)
        files.sync_dir(path.parent)
    _recipe_follows(project, name, new)
    return target


def copy_dataset(
    project: Project, name: str, new: str = "", progress: Callable[[int, int], None] | None = None
) -> Path:
    """Copy a data set with all its edits and versions. new: the copy's name; else NAME-copy. Returns its file.

    progress: called with pages done and in all. DatasetError if there is none, the name is taken or unfit, or the
    drive is full; then there is no copy.
    """
    path = _known(project, name)
    target = project.dataset_path(new_name(project, new) if new else free_variant(project, f"{name}-copy"))
    part = target.with_name(f".{target.name}.part")
    part.unlink(missing_ok=True)

    def tell(_status: int, left: int, total: int) -> None:
        if progress is not None:
            progress(total - left, total)

    try:
        with _plain(target), closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(part)) as copy:
            source.backup(copy, pages=_PAGES, progress=tell)
        files.replace(part, target)
        files.sync_dir(target.parent)
    finally:
        part.unlink(missing_ok=True)
    return target


def remove_dataset(project: Project, name: str) -> TrashItem:
    """Move a data set into the project's trash. DatasetError as `rename_dataset`."""
    path = _known(project, name)
    _not_awaited(project, name)
    now = time.time()
    folder = trash_dir(project) / time.strftime("%Y%m%d-%H%M%S", time.localtime(now))
    with _nobody_writes(path), _plain(path):
        number, place = 2, folder
        while place.exists():
            place, number = folder.with_name(f"{folder.name}-{number}"), number + 1
        place.mkdir(parents=True)
        target = place / path.name
        files.replace(path, target)
        files.sync_dir(path.parent)
        for part in _beside(path):  # what is counted anew when it is missing
            with contextlib.suppress(OSError):
                part.unlink()
    return TrashItem(name, target, now, target.stat().st_size)


def trash_dir(project: Project) -> Path:
    """The trash of a project; it need not exist."""
    return project.folder / "trash"


def trash(project: Project) -> list[TrashItem]:
    """What lies in the trash, newest first."""
    found = []
    for path in trash_dir(project).glob("*/*.sqlite"):
        with contextlib.suppress(OSError):
            found.append(TrashItem(path.stem, path, path.parent.stat().st_mtime, path.stat().st_size))
    return sorted(found, key=lambda item: (item.when, item.path.parent.name), reverse=True)


def bring_back(project: Project, item: TrashItem) -> str:
    """Put a data set out of the trash back into the project. Returns its name: another one if its own is taken."""
    name = free_variant(project, item.name)
    with _plain(item.path):
        files.replace(item.path, project.dataset_path(name))
        files.sync_dir(project.datasets_dir)
    with contextlib.suppress(OSError):
        item.path.parent.rmdir()
    return name


def empty_trash(project: Project) -> int:
    """Delete what lies in the trash, for good. Returns the bytes that are free now."""
    freed = sum(item.size_bytes for item in trash(project))
    with _plain(trash_dir(project)):
        if trash_dir(project).is_dir():
            shutil.rmtree(trash_dir(project))
    return freed


# ---- inside


def _known(project: Project, name: str) -> Path:
    if name not in project.dataset_names():
        raise DatasetError(
            N_("This project has no data set {name}."), way_out=N_("It has: {names}."),
            name=name, names=", ".join(project.dataset_names()) or "-",
        )  # fmt: skip
    return project.dataset_path(name)


def _beside(path: Path) -> list[Path]:
    """Files that belong to a data set: what was counted of it, backups of older schemas. Not its lock."""
    return [p for p in path.parent.glob(f"{_escaped(path.name)}.*") if p != lock_path(path)]


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _not_awaited(project: Project, name: str) -> None:
    for use in uses(project, name):
        if use.begun:
            continue
        try:
            state = project.job(use.job_id).summary().state
        except JobError:
            continue
        if state in (State.WAITING, State.RUNNING):
            raise DatasetError(
                N_("Job {id} ({title}) is about to read {name}."),
                way_out=N_("Wait until it has begun, or stop it first."),
                id=use.job_id.lstrip("0"), title=use.title, name=name,
            )  # fmt: skip


@contextlib.contextmanager
def _nobody_writes(path: Path) -> Iterator[None]:
    lock = FileLock(lock_path(path))
    if not lock.try_acquire():
        raise DatasetError(N_("{name} is being edited elsewhere."), way_out=N_("Close it there first."), name=path.stem)
    try:
        yield
    finally:
        lock.release()
        if not path.exists():
            with contextlib.suppress(OSError):
                lock.path.unlink()


@contextlib.contextmanager
def _plain(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise DatasetError(
            N_("{path} cannot be moved or copied: {reason}."),
            way_out=N_("Close other programs that use it, and check that the drive is there and has room."),
            path=str(path),
            reason=(error.strerror if isinstance(error, OSError) else None) or str(error),
        ) from error


def _recipe_follows(project: Project, name: str, new: str) -> None:
    """The recipe in the making names the set by its new name."""
    from services.errors import TunesmithError
    from services.recipes import save_recipe, split_names
    from services.recipes.file import recipe_data
    from services.recipes.recipe import validated

    path = project.folder / "recipe.yaml"
    try:
        recipe = validated(recipe_data(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, TunesmithError):
        return
    changed = {
        role: ",".join(new if n == name else n for n in split_names(getattr(recipe, role)))
        for role in ("dataset", "eval_dataset")
        if name in split_names(getattr(recipe, role))
    }
    if changed:
        files.write_text(path, save_recipe(recipe.with_values(**changed)))
