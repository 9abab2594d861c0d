"""Formats of rows, one file each: how one is recognised, which column plays which role, what a row means.

To add one, put a file here with a class that has what `Format` asks for, and decorate an instance of it:
`formats.add("my-format")(MyFormat())`. Import, the lists and the command line find it.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from services.datasets.conversation import Conversation, Problem
from services.datasets.mapping import Mapping
from services.registry import Registry, load_siblings


@dataclass(frozen=True)
class Sample:
    """What a format is recognised from: all columns, and the first rows as they came."""

    columns: list[str]
    rows: list[dict[str, Any]]

    def values(self, column: str) -> list[Any]:
        """The column's cells in those rows that have it and where it is not null."""
        return [row[column] for row in self.rows if row.get(column) is not None]


@dataclass(frozen=True)
class Guess:
    """That rows are of a format. score: 0 to 1. reason: a sentence, N_-marked, with {fields} from values."""

    score: float
    reason: str
    mapping: Mapping
    values: dict[str, Any]


class Format(Protocol):
    """A format of rows. roles: roles of columns that it knows, the ones it cannot do without first."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...

    def guess(self, sample: Sample) -> Guess | None:
        """Whether rows look like this format, and the mapping to propose; None if not at all."""

    def conversation(self, values: dict[str, Any], mapping: Mapping, notes: list[Problem]) -> Conversation:
        """What a row means. Raises RowProblem; notes receives what does not stop the row."""


formats: Registry[Format] = Registry("format")

load_siblings(__name__, __path__)


def guess_format(sample: Sample) -> Guess | None:
    """The best guess of all formats, or None if none recognises anything."""
    found = [guess for guess in (f.guess(sample) for f in formats) if guess]
    return max(found, key=lambda guess: guess.score, default=None)
