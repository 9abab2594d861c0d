"""Splitting a set in two, and drawing a sample: the rows become a set of their own; here they stay or go."""

import contextlib
import threading
from dataclasses import dataclass
from pathlib import Path

from services.datasets.choosing import Chosen
from services.datasets.copying import Progress, copy_rows, nothing
from services.datasets.errors import DatasetError
from services.datasets.store import DatasetStore
from services.datasets.storefile import lock_path
from services.i18n import N_


@dataclass(frozen=True)
class Split:
    """What a split made. path: the new set. rows: how many it has. stay: rows left in the old one. revision: the edit
    that took them out there, None if they were only copied."""

    path: Path
    rows: int
    stay: int
    revision: int | None


def split(
    store: DatasetStore,
    chosen: Chosen,
    path: Path,
    *,
    move: bool = True,
    note: str = "",
    progress: Progress = nothing,
    stop: threading.Event | None = None,
) -> Split:
    """Make the data set `path` of the chosen rows, and take them out here as one edit (move), or leave them.

    Undo puts them back here; the new set stays until it is removed. note: what is remembered of where it came from.
    DatasetError if path exists, nothing or everything is to be moved, or a row is gone: then nothing has changed.
    """
    if not len(chosen.ids):
        raise DatasetError(N_("No row is chosen."), way_out=N_("Choose at least one."))
    if move and not chosen.stay:
        raise DatasetError(N_("No row would be left."), way_out=N_("Choose fewer, or copy them."))
    facts = {"source": f"{store.path.stem}{f' ({note})' if note else ''}"}
    rows = copy_rows(store, chosen.ids, path, facts, progress=progress, stop=stop)
    if not move:
        return Split(path, rows, store.count(), None)
    try:
        revision = store.delete_rows(chosen.ids.tolist(), N_("Split"))
    except BaseException:  # the rows are still here, so the new set is one too many
        for left in (path, lock_path(path)):
            with contextlib.suppress(OSError):
                left.unlink()
        raise
    return Split(path, rows, store.count(), revision)
