"""Several data sets as one: columns matched by what they mean, then by name; shown before anything is made."""

import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any

from services.datasets.building import Builder
from services.datasets.copying import AT_ONCE, Progress, all_ids, nothing, raw_rows
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.readstore import ReadStore
from services.datasets.values import Stored, encode
from services.i18n import N_


@dataclass(frozen=True)
class MergedColumn:
    """A column of the merged set. role: '' if it plays none. sources: its name in each set, None where it has none."""

    name: str
    role: str
    sources: tuple[str | None, ...]


@dataclass(frozen=True)
class MergePlan:
    """What merging would make. names, rows: of the sets. mapping: of the new one."""

    names: tuple[str, ...]
    rows: tuple[int, ...]
    columns: tuple[MergedColumn, ...]
    mapping: Mapping


@dataclass
class Merged:
    """What a merge made. rows: in the new set. left_out: equal rows that were left out, by set."""

    path: Path
    rows: int = 0
    left_out: dict[str, int] = field(default_factory=dict)


def plan_merge(stores: Sequence[ReadStore]) -> MergePlan:
    """How the columns of the sets match. The first set gives columns their names and says what they mean.

    DatasetError if the sets are of formats whose columns play other roles, or spell turns in other ways.
    """
    first = stores[0].mapping
    mappings = [store.mapping for store in stores]
    for store, mapping in zip(stores, mappings, strict=True):
        same_roles = mapping.columns.keys() == first.columns.keys()
        turns = "messages" in mapping.columns
        if (mapping.format != first.format and not same_roles) or (turns and mapping.tags != first.tags):
            raise DatasetError(
                N_("{one} is {format_one} and {other} is {format_other}: their rows cannot stand in one table as they are."),  # noqa: E501
                way_out=N_("Bring one into the format of the other first, then merge."),
                one=stores[0].path.stem, other=store.path.stem,
                format_one=first.format or "-", format_other=mapping.format or "-",
            )  # fmt: skip
    columns: list[MergedColumn] = []
    roles: dict[str, str] = {}
    for number, (store, mapping) in enumerate(zip(stores, mappings, strict=True)):
        by_column = {column: role for role, column in mapping.columns.items()}
        for name in store.columns:
            _match(columns, number, len(stores), name, by_column.get(name, ""))
    for column in columns:
        if column.role:
            roles[column.role] = column.name
    mapping = first.model_copy(update={"columns": roles})
    return MergePlan(
        tuple(s.path.stem for s in stores), tuple(s.count() for s in stores), tuple(columns), mapping
    )  # fmt: skip


def _match(columns: list[MergedColumn], number: int, sets: int, name: str, role: str) -> None:
    """Put a column of set `number` to its equal: the one of its role, else the one of its name, else a new one."""
    for by_role in (True, False):
        for i, column in enumerate(columns):
            fits = column.role == role if by_role and role else not by_role and column.name == name
            clash = not by_role and role and column.role and role != column.role
            if fits and column.sources[number] is None and not clash:
                sources = (*column.sources[:number], name, *column.sources[number + 1 :])
                columns[i] = MergedColumn(column.name, column.role or role, sources)
                return
    taken, fresh, count = {c.name for c in columns}, name, 2
    while fresh in taken:
        fresh, count = f"{name} {count}", count + 1
    columns.append(MergedColumn(fresh, role, tuple(name if i == number else None for i in range(sets))))


def merge(
    stores: Sequence[ReadStore],
    path: Path,
    *,
    source_column: str = "",
    drop_equal: bool = False,
    progress: Progress = nothing,
    stop: threading.Event | None = None,
) -> Merged:
    """Make the data set `path` of all rows of the sets, one set behind the other.

    source_column: a new column that says which set a row came from ("" for none). drop_equal: a row whose cells all
    equal those of an earlier one is left out. Stars and tags come along. DatasetError as `plan_merge`, if path exists,
    if the name of source_column is taken, if rows are edited meanwhile, or if stop is set.
    """
    plan = plan_merge(stores)
    if source_column and any(c.name == source_column for c in plan.columns):
        raise DatasetError(
            N_("There is already a column {name}."), way_out=N_("Choose another name."), name=source_column
        )
    made, seen, total, done = Merged(path), set[bytes](), sum(plan.rows), 0
    with Builder(path) as builder:
        builder.add_columns([c.name for c in plan.columns] + ([source_column] if source_column else []))
        numbers = builder.numbers()
        for number, store in enumerate(stores):
            revision, source = store.revision, _Source(store, plan, number, numbers)
            into = ["shape", *source.into, *([f"c{numbers[source_column]}"] if source_column else [])]
            extra = (encode(plan.names[number]),) if source_column else ()
            ids = all_ids(store)
            for start in range(0, len(ids), AT_ONCE):
                if stop is not None and stop.is_set():
                    raise DatasetError(N_("Stopped; nothing was changed."))
                rows = [source.row(cells) + extra for cells in raw_rows(store, ids[start : start + AT_ONCE], source.names)]  # noqa: E501  # fmt: skip
                kept = [row for row in rows if _new(row, source.into, seen)] if drop_equal else rows
                made.left_out[plan.names[number]] = made.left_out.get(plan.names[number], 0) + len(rows) - len(kept)
                builder.add_kept(into, kept)
                done += len(rows)
                progress(done, total)
            if store.revision != revision:
                raise DatasetError(
                    N_("The rows were edited while they were being copied; nothing was changed."),
                    way_out=N_("Do it again."),
                )
        builder.finish(plan.mapping, {"source": " + ".join(plan.names)})
        made.rows = builder.count
    return made


class _Source:
    """One set's part: which columns are read, and where they go."""

    def __init__(self, store: ReadStore, plan: MergePlan, number: int, numbers: dict[str, int]) -> None:
        with store._reading():
            own = {c.name: c.id for c in store._live.columns}
            marks = any(row[1] == "c0" for row in store._connection.execute("PRAGMA table_info(rows)"))
        pairs = [(own[name], numbers[c.name]) for c in plan.columns if (name := c.sources[number]) is not None]
        self._number = dict(pairs)
        self.names = ["shape", *(f"c{a}" for a, _ in pairs), *(["c0"] if marks else [])]
        self.into = [*(f"c{b}" for _, b in pairs), *(["c0"] if marks else [])]

    def row(self, cells: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row as the new table keeps it: the order of its keys speaks of the new columns."""
        shape = cells[0]
        if shape:
            shape = json.dumps([self._number[n] for n in json.loads(shape) if n in self._number])
        return (shape, *cells[1:])


def _new(row: tuple[Any, ...], names: list[str], seen: set[bytes]) -> bool:
    """Whether no row of these cells has been seen; marks and the source do not make a row another."""
    print_ = blake2b(digest_size=16)
    for name, cell in sorted(zip(names, row[1:], strict=False)):
        if cell is not None and name != "c0":
            print_.update(f"{name}{'b' if isinstance(cell, bytes) else 't'}{len(cell)}:".encode())
            print_.update(_bytes(cell))
    found = print_.digest()
    known = found in seen
    seen.add(found)
    return not known


def _bytes(cell: Stored) -> bytes:
    return cell if isinstance(cell, bytes) else str(cell).encode("utf-8")
