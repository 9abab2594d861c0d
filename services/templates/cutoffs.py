"""What a cutoff_len would do to rows whose lengths are known: at once for the numbers, in a thread for the rest."""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from services.datasets.lengths import LengthTable
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.templates.counting import talk_of
from services.templates.layout import EncodeOptions
from services.templates.lengths import LengthReport, add_cut
from services.templates.template import Template

PERCENTILES = (5, 25, 50, 75, 90, 95, 99, 100)
SHARES = (1.0, 0.99, 0.95)
_BATCH = 100


@dataclass(frozen=True)
class Summary:
    """Known at once. rows: that train (before cutting). long_rows: of these, those that lose something. tokens,
    trained: before cutting. tokens_over: tokens beyond cutoff_len, about what is cut.
    """

    cutoff_len: int
    rows: int
    refused: int
    long_rows: int
    tokens: int
    trained: int
    tokens_over: int


@dataclass(frozen=True)
class CutReport:
    """Exactly what training would get. cut: what rows lose (worst of it) -> rows. emptied: rows whose answer is gone.
    tokens, trained: what is left."""

    cutoff_len: int
    cut: dict[str, list[int]]
    emptied: list[int]
    tokens: int
    trained: int
    rows: int

    @property
    def endless(self) -> list[int]:
        """Rows that are trained without the end of an answer."""
        return self.cut["answer"]


def summary(table: LengthTable, cutoff_len: int) -> Summary:
    """What the lengths alone say."""
    trains = table.total > 0
    long = table.needed > cutoff_len
    over = np.maximum(0, table.longest - cutoff_len)[long]
    return Summary(
        cutoff_len,
        int(trains.sum()),
        int((~trains).sum()),
        int(long.sum()),
        int(table.total.sum()),
        int(table.trained.sum()),
        int(over.sum()),
    )


def shortest(table: LengthTable, share: float = 1.0) -> int:
    """The smallest cutoff_len at which that share of the rows that train loses nothing; 0 without such rows."""
    needed = np.sort(table.needed[table.total > 0])
    return int(needed[max(0, ceil(share * len(needed) - 1e-9) - 1)]) if len(needed) else 0


def longest_rows(table: LengthTable, count: int = 10) -> list[int]:
    """Ids of the longest rows, the longest first; of those alike the first."""
    order = np.argsort(-table.longest, kind="stable")[:count]
    return [int(i) for i in table.ids[order]]


def percentiles(table: LengthTable, percents: Sequence[int] = PERCENTILES) -> dict[int, int]:
    """Percent -> tokens that so many of the rows that train do not exceed; {} without rows."""
    lengths = np.sort(table.longest[table.total > 0])
    if not len(lengths):
        return {}
    return {p: int(lengths[max(0, ceil(p / 100 * len(lengths)) - 1)]) for p in percents}


@dataclass(frozen=True)
class TableFacts:
    """What does not depend on a cutoff. counts, edges: see `histogram`. shortest: share -> cutoff. longest: (row id,
    tokens), the longest first."""

    counts: NDArray[np.int64]
    edges: NDArray[np.int64]
    shortest: dict[float, int]
    percentiles: dict[int, int]
    longest: list[tuple[int, int]]


def table_facts(table: LengthTable, bins: int = 48, percents: Sequence[int] = PERCENTILES) -> TableFacts:
    """All of it at once; a tenth of a second for a million rows."""
    counts, edges = histogram(table, bins)
    longest = [(row, table[row]) for row in longest_rows(table)]
    return TableFacts(
        counts, edges, {share: shortest(table, share) for share in SHARES}, percentiles(table, percents), longest
    )


def histogram(table: LengthTable, bins: int = 40) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(counts (b,), edges (b + 1,)) of the rows that train, in equal steps of whole tokens; b is at most `bins`.

    Bin i holds lengths from edges[i] to below edges[i + 1].
    """
    lengths = table.longest[table.total > 0]
    top = int(lengths.max()) if len(lengths) else 1
    step = next(s for s in _steps() if s * bins > top)
    edges = np.arange(0, top + step + 1, step, dtype=np.int64)
    counts, _ = np.histogram(lengths, edges)
    return counts.astype(np.int64), edges


def _steps() -> Iterator[int]:
    """1, 2, 5, 10, 20 ..."""
    power = 1
    while True:
        yield from (power, 2 * power, 5 * power)
        power *= 10


def cut_report(
    table: LengthTable,
    store: DatasetStore,
    stage: str,
    template: Template,
    options: EncodeOptions,
    stop: threading.Event | None = None,
) -> CutReport | None:
    """Encode the rows that are longer than options.cutoff_len as training would; None if stopped. Slow in long rows.

    Stage pt joins rows and cuts none, so its rows count as whole.
    """
    long = table.ids[table.longest > options.cutoff_len] if stage != "pt" else table.ids[:0]
    short = ~np.isin(table.ids, long)
    report = LengthReport(options.cutoff_len)
    report.tokens, report.trained_tokens = int(table.total[short].sum()), int(table.trained[short].sum())
    report.trained_rows = int((table.total[short] > 0).sum())
    mapping: Mapping = store.mapping
    for start in range(0, len(long), _BATCH):
        if stop is not None and stop.is_set():
            return None
        talks = [(row.id, talk_of(row, mapping)) for row in store.rows_by_id(long[start : start + _BATCH].tolist())]
        add_cut(report, stage, talks, template, template.tokenizer, options)
    return CutReport(
        options.cutoff_len, report.cut, report.emptied, report.tokens, report.trained_tokens, report.trained_rows
    )
