"""What a filter is: small questions about a row, joined by and, or and not. Each answers for a batch at once."""

import operator
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from services.datasets.query.cells import Flags
from services.datasets.query.context import FilterContext
from services.datasets.query.scan import Batch, Stopped

Numbers = npt.NDArray[np.float64]
COMPARE: dict[str, Callable[[Numbers, float], object]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le,
}  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """A batch and what else is known, as a filter sees them. columns: name -> number of every column."""

    batch: Batch
    columns: dict[str, int]
    context: FilterContext
    stop: threading.Event | None = None

    def go_on(self) -> None:
        """Raises Stopped if the search is to end: for questions that may take long for a single row."""
        if self.stop is not None and self.stop.is_set():
            raise Stopped

    def numbers(self, names: Sequence[str]) -> list[int]:
        """Numbers of columns, of all if none is named; a column that is gone is left out."""
        return [self.columns[name] for name in names or self.columns if name in self.columns]


class Filter(ABC):
    """A question that each row answers with yes or no."""

    @abstractmethod
    def flags(self, asked: Asked) -> Flags:
        """(n,) the answer of each row of the batch."""

    def columns(self, names: Sequence[str]) -> set[str]:
        """Of all columns, those whose text is searched: they are read together."""
        return set()

    def parts(self) -> Iterable["Filter"]:
        """What it is made of."""
        return ()

    def has(self, kind: type["Filter"]) -> bool:
        """Whether such a question is asked somewhere in it (which tells what has to be known beforehand)."""
        return isinstance(self, kind) or any(part.has(kind) for part in self.parts())


@dataclass(frozen=True)
class All(Filter):
    """Every part holds; without parts every row is meant."""

    of: tuple[Filter, ...] = ()

    def flags(self, asked: Asked) -> Flags:
        out = np.ones(len(asked.batch.ids), dtype=np.bool_)
        for part in self.of:
            if out.any():
                out &= part.flags(asked)
        return out

    def columns(self, names: Sequence[str]) -> set[str]:
        return {name for part in self.of for name in part.columns(names)}

    def parts(self) -> Iterable[Filter]:
        return self.of


@dataclass(frozen=True)
class Any(All):
    """One part holds at least."""

    def flags(self, asked: Asked) -> Flags:
        out = np.zeros(len(asked.batch.ids), dtype=np.bool_)
        for part in self.of:
            if not out.all():
                out |= part.flags(asked)
        return out


@dataclass(frozen=True)
class Not(Filter):
    """It does not hold."""

    of: Filter

    def flags(self, asked: Asked) -> Flags:
        return ~self.of.flags(asked)

    def columns(self, names: Sequence[str]) -> set[str]:
        return self.of.columns(names)

    def parts(self) -> Iterable[Filter]:
        return (self.of,)


def compare(values: Numbers, sign: str, number: float) -> Flags:
    """Numbers against one; NaN (no number) fits nothing."""
    with np.errstate(invalid="ignore"):
        return np.asarray(COMPARE[sign](values, number), dtype=np.bool_) & ~np.isnan(values)
