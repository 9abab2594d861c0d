"""Checkpoints as folders that are whole or not there, whatever moment the machine dies at."""

import contextlib
import errno
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import orjson

from services import files
from services.engine.errors import TrainingError
from services.i18n import N_

_PART, _OLD = ".writing-", ".removing-"
_LITTLE_BYTES = 1 << 20


@contextlib.contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """A folder to write into that takes folder's place, synced to disk, when the block ends well."""
    part = folder.with_name(_PART + folder.name)
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    try:
        with plain_when_full(folder):
            yield part
        for path in part.rglob("*"):
            if path.is_file():
                _sync(path)
        files.sync_dir(part)
        if folder.exists():
            remove(folder)
        files.replace(part, folder)
        files.sync_dir(folder.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextlib.contextmanager
def plain_when_full(folder: Path) -> Iterator[None]:
    """Turn what libraries raise when the drive is full into a sentence."""
    try:
        yield
    except Exception as error:  # OSError, RuntimeError or a library's own: only the drive tells which it is
        full = getattr(error, "errno", None) == errno.ENOSPC or shutil.disk_usage(folder.parent).free < _LITTLE_BYTES
        if not full:
            raise
        raise TrainingError(
            N_("The drive of {folder} is full; what was saved before is untouched."),
            way_out=N_("Free some space and press Resume; nothing up to the last checkpoint is lost."),
            folder=str(folder.parent),
        ) from error


def is_whole(folder: Path, step: int) -> bool:
    """Whether folder is a checkpoint of that step. Its name alone says so: it got it when it was whole."""
    return folder.name == f"checkpoint-{step}" and (folder / "trainer_state.json").is_file()


def all_of(run_dir: Path) -> list[Path]:
    """Checkpoints of a run by step."""
    found = [p for p in run_dir.glob("checkpoint-*") if re.fullmatch(r"checkpoint-\d+", p.name) and p.is_dir()]
    return sorted(found, key=lambda p: int(p.name.split("-")[1]))


def rotate(run_dir: Path, limit: int | None, best: str | None) -> None:
    """Remove the oldest checkpoints beyond limit; the best one stays, and the newest."""
    found = all_of(run_dir)
    if not limit or limit < 1:
        return
    spare = [p for p in found[:-1] if best is None or p != Path(best)]
    for path in spare[: max(0, len(found) - limit)]:
        remove(path)


def remove(folder: Path) -> None:
    """Remove a checkpoint: out of its name first, so that half of one never looks whole."""
    gone = folder.with_name(_OLD + folder.name)
    shutil.rmtree(gone, ignore_errors=True)
    files.replace(folder, gone)
    shutil.rmtree(gone, ignore_errors=True)


def clean(run_dir: Path) -> None:
    """Remove what a killed attempt left half written or half removed."""
    for path in [*run_dir.glob(f"{_PART}*"), *run_dir.glob(f"{_OLD}*")]:
        shutil.rmtree(path, ignore_errors=True)


def step_of(checkpoint: Path) -> int:
    """Optimiser steps that a checkpoint has behind it; 0 if its state cannot be read."""
    try:
        return int(orjson.loads((checkpoint / "trainer_state.json").read_bytes())["global_step"])
    except (OSError, ValueError, KeyError):
        return 0


def _sync(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
