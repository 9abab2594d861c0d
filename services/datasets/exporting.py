"""From a data set to files: for a person in the format they name, for a run as JSONL that is written once and kept."""

import contextlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from services import files
from services.datasets.conversation import Conversation, Problem
from services.datasets.convert import Conversion, Loss, Told, watched
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.readstore import ReadStore
from services.datasets.registry_file import register_file
from services.datasets.rows import Row
from services.datasets.values import dump, load
from services.datasets.writers import writer_for
from services.i18n import N_


@dataclass(frozen=True)
class Exported:
    """What an export wrote. lost: what could not be written as it is, N_-marked sentences. losses: what rows lost by
    being converted. registered: the dataset_info.json that names the file, if it was asked for."""

    path: Path
    kind: str
    rows: int
    lost: list[str]
    losses: list[Loss] = field(default_factory=list)
    registered: Path | None = None


def export_rows(
    store: ReadStore,
    path: Path,
    *,
    kind: str = "auto",
    revision: int | None = None,
    to: str = "",
    overwrite: bool = True,
    register: bool = False,
    stop: Event | None = None,
    told: Told | None = None,
) -> Exported:
    """Write the rows of a revision (the current one if None), in UTF-8; the file appears when it is whole.

    kind: json, jsonl, csv, tsv, txt, xlsx, parquet, arrow, or auto: by the suffix. to: a format to convert them into,
    else as they are. register: name the file in the dataset_info.json beside it. DatasetError for an unknown kind or
    format, an unwritable place, or a file that is there already and must not be overwritten; Stopped once stop is set.
    """
    name, writer = writer_for(path, kind)
    if not overwrite and path.exists():
        raise DatasetError(
            N_("{file} is there already."), way_out=N_("Choose another name, or overwrite it with --force."),
            file=str(path),
        )  # fmt: skip
    revision = store.revision if revision is None else revision
    conversion = Conversion(store, to, revision, stop, told) if to else None
    columns = store.columns_at(revision)
    if conversion is not None:  # finding its columns goes through all rows
        columns = conversion.columns if register or getattr(writer, "needs_columns", True) else []
    counted = _Counted(conversion or _Rows(store, revision, stop, told))
    with _plain_write(path), files.atomic(path) as file:
        lost = writer.write(file, columns, counted)
    mapping = conversion.mapping if conversion else store.mapping_at(revision)
    registered = None
    if register:
        with _plain_write(path):
            registered = register_file(path, store.path.stem, mapping, columns)
    losses = list(conversion.losses.values()) if conversion else []
    return Exported(path, name, counted.count, lost, losses, registered)


class _Rows:
    """The rows of a revision, to be gone through as often as a writer needs."""

    def __init__(self, store: ReadStore, revision: int, stop: Event | None, told: Told | None) -> None:
        self._store, self._revision, self._stop, self._told = store, revision, stop, told

    def __iter__(self) -> Iterator[Row]:
        return watched(self._store.iterate(self._revision), self._stop, self._told)


class _Counted:
    """Rows, and how many they were the last time."""

    def __init__(self, rows: Iterable[Row]) -> None:
        self._rows, self.count = rows, 0

    def __iter__(self) -> Iterator[Row]:
        self.count = 0
        for row in self._rows:
            self.count += 1
            yield row


def write_out(store: ReadStore, revision: int, path: Path) -> Path:
    """Write the rows of a revision for a run: JSONL at path, and beside it PATH.json with the mapping and the row ids.

    Once written it is kept: a second call for the same revision changes nothing. Returns path. DatasetError if path
    holds something else.
    """
    beside = path.with_name(path.name + ".json")
    if path.exists() and beside.exists():
        if json.loads(beside.read_text(encoding="utf-8")).get("revision") == revision:
            return path
        raise DatasetError(
            N_("{path} holds the rows of another revision."), way_out=N_("Choose another file."), path=str(path)
        )
    about = {
        "dataset": store.path.stem,
        "revision": revision,
        "mapping": store.mapping_at(revision).model_dump(mode="json", exclude_defaults=True),
        "columns": store.columns_at(revision),
        "row_ids": _runs(store, revision),
    }
    with _plain_write(path):
        with files.atomic(path) as file:
            writer_for(path, "jsonl")[1].write(file, store.columns_at(revision), store.iterate(revision))
        files.write_text(beside, dump(about) + "\n")  # last: it says that the rows are whole
    return path


def read_out(path: Path) -> Iterator[tuple[int, Conversation | Problem]]:
    """What `write_out` wrote, as `DatasetStore.conversations` gives it. DatasetError if it is missing or not whole."""
    beside = path.with_name(path.name + ".json")
    if not path.exists() or not beside.exists():
        raise DatasetError(
            N_("{path} is missing or was not written to its end."), way_out=N_("Start the run anew."), path=str(path)
        )
    about = json.loads(beside.read_text(encoding="utf-8"))
    mapping = Mapping.model_validate(about["mapping"])
    ids = (first + i for first, count in about["row_ids"] for i in range(count))
    with path.open("rb") as file:
        for row_id, line in zip(ids, file, strict=True):
            try:
                yield row_id, mapping.conversation(load(line.decode("utf-8")))
            except RowProblem as error:
                yield row_id, error.problem


def _runs(store: ReadStore, revision: int) -> list[list[int]]:
    """Row ids in order, as [first, count] of each stretch that counts up."""
    runs: list[list[int]] = []
    for row_id in store.ids_at(revision):
        if runs and row_id == sum(runs[-1]):
            runs[-1][1] += 1
        else:
            runs.append([row_id, 1])
    return runs


@contextlib.contextmanager
def _plain_write(path: Path) -> Iterator[None]:
    """Say errors of writing a file as a sentence."""
    try:
        yield
    except OSError as error:
        raise DatasetError(
            N_("{path} cannot be written: {reason}."),
            way_out=N_("Check that the drive is there, has room, and that you may write to the folder."),
            path=str(path),
            reason=error.strerror or str(error),
        ) from error
