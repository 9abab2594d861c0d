"""A data set in another format: its rows through the conversations that they mean. What is lost is said, row by row."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from services.datasets.building import Builder
from services.datasets.conversation import Conversation
from services.datasets.converting import Target, targets
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping, RowProblem
from services.datasets.readstore import ReadStore
from services.datasets.rows import Row
from services.i18n import N_

_LISTED = 1000
_TOLD_ROWS = 500  # between two words of progress, and two looks whether to stop

Told = Callable[[int], None]
"""Hears, now and then, how many rows have been gone through."""


class Stopped(DatasetError):
    """The person stopped it; nothing of it stays."""


def watched(rows: Iterator[Row], stop: Event | None, told: Told | None) -> Iterator[Row]:
    """The rows, with a word now and then. Stopped once stop is set."""
    for number, row in enumerate(rows):
        if number % _TOLD_ROWS == 0:
            if told is not None:
                told(number)
            if stop is not None and stop.is_set():
                raise Stopped(N_("Stopped; nothing was written."))
        yield row


_BATCH = 1000
_CARRIED = ("images", "videos", "audios")  # roles that conversion leaves alone


@dataclass
class Loss:
    """Something that rows lose. sentence: N_-marked, with values. rows: their numbers, from 1, the first thousand."""

    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    count: int = 0
    rows: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The sentence in English, with its rows."""
        said = self.sentence.format(**self.values) if self.values else self.sentence
        shown = ", ".join(str(row) for row in self.rows[:10]) + (" …" if self.count > 10 else "")
        return f"{said} ({self.count:,} row{'s' if self.count != 1 else ''}: {shown})"


class Conversion:
    """The rows of a revision in another format, made while they are gone through (as often as one likes).

    to: id of a target. Columns that play no role come along. losses: of the last time through.
    DatasetError for an unknown target, a set whose columns mean nothing yet, or one that the target cannot hold at all.
    """

    def __init__(
        self,
        store: ReadStore,
        to: str,
        revision: int | None = None,
        stop: Event | None = None,
        told: Told | None = None,
    ) -> None:
        if to not in targets:
            raise DatasetError(
                N_("There is no format {format}."), way_out=N_("There are: {formats}."),
                format=to, formats=", ".join(targets.ids()),
            )  # fmt: skip
        self._store, self._stop, self._told = store, stop, told
        self.revision = store.revision if revision is None else revision
        self._from = store.mapping_at(self.revision)
        if not self._from.format:
            raise DatasetError(
                N_("Nothing says yet what the columns mean."),
                way_out=N_("Choose a format and say which column is which."),
            )
        if to == "preference" and self._from.format != "preference":
            raise DatasetError(
                N_("These rows have one answer each; pairs to compare need two."),
                way_out=N_("Convert them to KTO, or add a column with the worse answers."),
            )
        self.to = to
        self._target: Target = targets.get(to)
        self._same = to == self._from.format
        self._known = [c for c in store.columns_at(self.revision) if c not in self._used()]
        self.losses: dict[str, Loss] = {}

    @property
    def mapping(self) -> Mapping:
        """What the new columns mean."""
        if self._same:
            return self._from
        media = {role: c for role, c in self._from.columns.items() if role in _CARRIED}
        known = {**self._target.mapping.columns, **{role: self._carried(c) for role, c in media.items()}}
        return self._target.mapping.model_copy(update={"columns": known})

    @property
    def columns(self) -> list[str]:
        """The columns that the rows have, in order. Goes through all rows once."""
        if self._same:
            return self._store.columns_at(self.revision)
        found = {key for row in self for key in row.values}
        own = [c for c in self._target.mapping.columns.values() if c in found]
        return own + [c for c in map(self._carried, self._known) if c in found]

    def __iter__(self) -> Iterator[Row]:
        self.losses = {}
        for number, row in enumerate(watched(self._store.iterate(self.revision), self._stop, self._told), 1):
            if self._same:
                yield row
                continue
            for values in self._rows(number, row.values):
                carried = {self._carried(c): row.values[c] for c in self._known if c in row.values}
                yield Row(row.id, {**values, **carried})

    def _rows(self, number: int, values: dict[str, Any]) -> Iterable[dict[str, Any]]:
        def lose(sentence: str, **more: Any) -> None:
            loss = self.losses.setdefault(sentence + str(more), Loss(sentence, more))
            if not loss.rows or loss.rows[-1] != number:
                loss.count += 1
                if len(loss.rows) < _LISTED:
                    loss.rows.append(number)

        mapping = self._from.model_copy(update={"train_empty_answers": True})  # an empty answer stays one
        try:
            talk: Conversation = mapping.conversation(values)
        except RowProblem as error:
            reason = error.problem.sentence.format(**error.problem.values)
            lose(N_("Rows that are no examples as they stand are left out: {reason}"), reason=reason)
            return []
        return list(self._target.rows(talk, lose))

    def _used(self) -> set[str]:
        """Columns whose content the new columns hold."""
        return {column for role, column in self._from.columns.items() if role not in _CARRIED}

    def _carried(self, column: str) -> str:
        """The name that a column without a role has beside the new ones."""
        return f"{column} (2)" if column in self._target.mapping.columns.values() else column


def convert_to_set(conversion: Conversion, path: Path, source: str) -> int:
    """Make a new data set of the converted rows. Returns their number. DatasetError as Builder has, or if none is left.

    source: what to remember as its origin.
    """
    with Builder(path) as builder:
        batch: list[dict[str, Any]] = []
        for row in conversion:
            batch.append(row.values)
            if len(batch) == _BATCH:
                builder.add(batch)
                batch = []
        builder.add(batch)
        if not builder.count:
            reasons = " ".join(loss.sentence.format(**loss.values) for loss in conversion.losses.values())
            raise DatasetError(N_("No row can be converted. {reason}"), reason=reasons)
        mapping = conversion.mapping
        columns = {role: c for role, c in mapping.columns.items() if c in builder.columns}
        builder.finish(mapping.model_copy(update={"columns": columns}), {"source": source, "encoding": "utf-8"})
    return builder.count
