"""How long rows are, and what cutoff_len would take: said before a run starts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from services.datasets.conversation import Conversation, Problem
from services.datasets.lengths import LengthTable, RowLength
from services.templates.encode import in_chunks
from services.templates.layout import IGNORED, EncodeOptions
from services.templates.stages import OnProblem, encode_stage
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer

_CHUNK = 256
WHOLE = 1 << 30
"""A cutoff_len that cuts nothing."""

Talks = Sequence[tuple[int, Conversation | Problem]]


@dataclass
class LengthReport:
    """Lengths of a data set's rows under a template, in tokens; rows by id.

    rows: all that were looked at. tokens, trained_tokens: after cutting. whole: lengths before cutting, of the rows
    that the stage can train. cut: what was cut -> rows. emptied: rows whose answer is gone. problems: rows that cannot
    be trained for another reason.
    """

    cutoff_len: int
    rows: int = 0
    trained_rows: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    whole: dict[int, RowLength] = field(default_factory=dict)
    cut: dict[str, list[int]] = field(default_factory=lambda: {"history": [], "prompt": [], "answer": []})
    emptied: list[int] = field(default_factory=list)
    problems: dict[int, Problem] = field(default_factory=dict)

    @property
    def lengths(self) -> dict[int, int]:
        """Row id -> tokens of its longest sequence before cutting."""
        return {row: length.longest for row, length in self.whole.items()}

    @property
    def cut_rows(self) -> int:
        """Rows that lose something but are trained."""
        return sum(map(len, self.cut.values()))

    @property
    def longest(self) -> int:
        """Tokens of the longest row before cutting."""
        return max((length.longest for length in self.whole.values()), default=0)

    @property
    def shortest_cutoff(self) -> int:
        """The smallest cutoff_len that cuts nothing."""
        return max((length.needed for length in self.whole.values()), default=0)

    @property
    def table(self) -> LengthTable:
        """The lengths as columns."""
        return LengthTable.of(self.whole)


def row_lengths(
    stage: str,
    talks: Talks,
    template: Template,
    tokenizer: Tokenizer,
    options: EncodeOptions,
    on_problem: OnProblem | None = None,
) -> dict[int, RowLength]:
    """Lengths before cutting of the rows that the stage can train; the others are told to on_problem."""
    uncut = replace(options, cutoff_len=WHOLE, packing=False if stage == "pt" else options.packing)
    found: dict[int, RowLength] = {}
    for row in encode_stage(stage, talks, template, tokenizer, uncut, on_problem):
        row_id = row["row_ids"][0] if stage == "pt" else row["row_id"]
        before = found.get(row_id, RowLength(0, 0, 0, 0))
        total, trained = _sizes(row)
        found[row_id] = RowLength(
            before.total + total,
            before.trained + trained,
            max(before.longest, row["full_len"]),
            max(before.needed, row.get("needed_len", row["full_len"])),
        )
    return found


def measure(
    stage: str,
    conversations: Iterable[tuple[int, Conversation | Problem]],
    template: Template,
    tokenizer: Tokenizer,
    options: EncodeOptions,
) -> LengthReport:
    """Lengths of rows and what options.cutoff_len takes of them. stage: any of encode_stage's but pt, which joins."""
    report = LengthReport(options.cutoff_len)
    for chunk in in_chunks(conversations, _CHUNK):
        lengths = row_lengths(stage, chunk, template, tokenizer, options, report.problems.__setitem__)
        report.rows += len(chunk)
        long = [(i, talk) for i, talk in chunk if i in lengths and lengths[i].longest > options.cutoff_len]
        add_whole(report, lengths, {i for i, _ in long})
        add_cut(report, stage, long, template, tokenizer, options)
    return report


def add_whole(report: LengthReport, lengths: dict[int, RowLength], long: set[int]) -> None:
    """Add rows' lengths; what is trained of those not in `long`, which lose nothing."""
    report.whole.update(lengths)
    kept = [length for i, length in lengths.items() if i not in long]
    report.trained_rows += len(kept)
    report.tokens += sum(length.total for length in kept)
    report.trained_tokens += sum(length.trained for length in kept)


def add_cut(
    report: LengthReport, stage: str, long: Talks, template: Template, tokenizer: Tokenizer, options: EncodeOptions
) -> None:
    """Add what is left of rows that are longer than options.cutoff_len."""
    if not long:
        return
    gone: dict[int, Problem] = {}
    rows = list(encode_stage(stage, long, template, tokenizer, options, gone.__setitem__))
    report.emptied += sorted(gone)
    for row in rows:
        total, trained = _sizes(row)
        report.tokens += total
        report.trained_tokens += trained
        if row["cut"] and row["row_id"] not in report.cut[row["cut"]]:
            report.cut[row["cut"]].append(row["row_id"])
    report.trained_rows += len({row["row_id"] for row in rows})


def _sizes(row: dict[str, Any]) -> tuple[int, int]:
    """Tokens of a row's sequences, and how many of them are trained."""
    names = [name for name in ("", "chosen_", "rejected_") if f"{name}input_ids" in row]
    total = sum(len(row[f"{name}input_ids"]) for name in names)
    return total, total - sum(row[f"{name}labels"].count(IGNORED) for name in names)
