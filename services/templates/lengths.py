"""How long rows are, and what cutoff_len would take: said before a run starts."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from services.datasets.conversation import Conversation, Problem
from services.templates.encode import in_chunks
from services.templates.layout import IGNORED, EncodeOptions
from services.templates.stages import encode_stage
from services.templates.template import Template
from services.templates.tokenizer import Tokenizer

_CHUNK = 256
_WHOLE = 1 << 30


@dataclass
class LengthReport:
    """Lengths of a data set's rows under a template, in tokens; rows by id.

    rows: all that were looked at. tokens, trained_tokens: after cutting. lengths: row id -> tokens before cutting.
    cut: what was cut -> rows. emptied: rows whose answer is gone. problems: rows that cannot be trained for another
    reason. shortest_cutoff: the smallest cutoff_len that cuts nothing.
    """

    cutoff_len: int
    rows: int = 0
    trained_rows: int = 0
    tokens: int = 0
    trained_tokens: int = 0
    shortest_cutoff: int = 0
    lengths: dict[int, int] = field(default_factory=dict)
    cut: dict[str, list[int]] = field(default_factory=lambda: {"history": [], "prompt": [], "answer": []})
    emptied: list[int] = field(default_factory=list)
    problems: dict[int, Problem] = field(default_factory=dict)

    @property
    def cut_rows(self) -> int:
        """Rows that lose something but are trained."""
        return sum(map(len, self.cut.values()))

    @property
    def longest(self) -> int:
        """Tokens of the longest row before cutting."""
        return max(self.lengths.values(), default=0)


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
        report.rows += len(chunk)
        uncut = replace(options, cutoff_len=_WHOLE)
        whole = list(encode_stage(stage, chunk, template, tokenizer, uncut, report.problems.__setitem__))
        long: set[int] = set()
        for row in whole:
            row_id = row["row_id"]
            report.lengths[row_id] = max(row["full_len"], report.lengths.get(row_id, 0))
            report.shortest_cutoff = max(report.shortest_cutoff, row["needed_len"])
            if row["needed_len"] > options.cutoff_len:
                long.add(row_id)
        kept = [row for row in whole if row["row_id"] not in long]
        if long:
            again = [(row_id, c) for row_id, c in chunk if row_id in long]
            gone: dict[int, Problem] = {}
            kept += encode_stage(stage, again, template, tokenizer, options, gone.__setitem__)
            report.emptied += sorted(gone)
        for row in kept:
            _count(report, row)
        report.trained_rows += len({row["row_id"] for row in kept})
    return report


def _count(report: LengthReport, row: dict[str, Any]) -> None:
    for name in ("", "chosen_", "rejected_"):
        if f"{name}input_ids" in row:
            report.tokens += len(row[f"{name}input_ids"])
            report.trained_tokens += sum(label != IGNORED for label in row[f"{name}labels"])
    if row["cut"] and row["row_id"] not in report.cut[row["cut"]]:
        report.cut[row["cut"]].append(row["row_id"])
