"""tunesmith data tokens: how long rows are, and what cutoff_len would take."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._encoding import EncodingJob, encoding_options
from services.cli.output import json_option, project_argument, say

if TYPE_CHECKING:
    from services.templates.lengths import LengthReport

_SHOWN = 10
_LOST = {"history": "earlier exchanges", "prompt": "part of a question", "answer": "part of an answer"}


@data.command("tokens")
@project_argument
@click.argument("name")
@encoding_options
@click.option("--rows", "by_row", is_flag=True, help="One line a row, the longest first.")
@json_option
def tokens(project: Path, name: str, by_row: bool, as_json: bool, **chosen: Any) -> None:
    """Count tokens: lengths, rows that a cutoff would cut or empty, and the shortest cutoffs that keep all or most.

    Rows are named by their ids, which are their numbers as long as none was inserted or deleted.
    """
    from services.templates.lengths import measure

    if chosen["stage"] == "pt":
        raise click.UsageError("stage pt joins rows and cuts none; count another stage")
    with EncodingJob.open(project, name, chosen) as job:
        report = measure(job.stage, job.conversations(), job.template, job.tokenizer, job.options)
    facts = _facts(report)
    lines = _by_row(report) if by_row else _lines(report, facts)
    say(facts, "\n".join(lines), as_json=as_json)


def _facts(report: "LengthReport") -> dict[str, Any]:
    from services.templates.cutoffs import SHARES, histogram, percentiles, shortest

    table = report.table
    counts, edges = histogram(table)
    return {
        "rows": report.rows,
        "trained_rows": report.trained_rows,
        "tokens": report.tokens,
        "trained_tokens": report.trained_tokens,
        "longest": report.longest,
        "cutoff_len": report.cutoff_len,
        "shortest_cutoff": report.shortest_cutoff,
        "shortest_cutoffs": {f"{share:.0%}": shortest(table, share) for share in SHARES},
        "percentiles": {str(percent): length for percent, length in percentiles(table).items()},
        "histogram": {"edges": edges.tolist(), "rows": counts.tolist()},
        "tokens_uncut": int(table.total.sum()),
        "trained_tokens_uncut": int(table.trained.sum()),
        "cut": report.cut,
        "emptied": report.emptied,
        "problems": {str(row): p.sentence.format(**p.values) for row, p in report.problems.items()},
        "lengths": {str(row): length for row, length in report.lengths.items()},
        "trained": {str(row): length.trained for row, length in report.whole.items()},
    }


def _lines(report: "LengthReport", facts: dict[str, Any]) -> list[str]:
    lines = [
        f"{report.trained_rows} of {report.rows} rows train: {report.tokens} tokens, {report.trained_tokens} learnt",
        f"longest row: {report.longest} tokens; cutoff_len {report.shortest_cutoff} would keep everything",
    ]
    if facts["percentiles"]:
        most = [f"{facts['shortest_cutoffs'][share]} for {share}" for share in ("99%", "95%")]
        lines.append(f"or {', '.join(most)} of the rows")
        lines.append("tokens a row: " + ", ".join(f"{n} ({p}%)" for p, n in facts["percentiles"].items()))
    gone = facts["tokens_uncut"] - report.tokens
    if gone:
        learnt = facts["trained_tokens_uncut"] - report.trained_tokens
        lines.append(f"cutoff_len {report.cutoff_len} takes {gone} tokens, {learnt} of them learnt")
    lines += [f"{len(rows)} rows lose {_LOST[kind]}: {_some(rows)}" for kind, rows in report.cut.items() if rows]
    if report.emptied:
        lines.append(f"{len(report.emptied)} rows train nothing, their answer is cut away: {_some(report.emptied)}")
    return lines + [f"row {row}: {sentence}" for row, sentence in list(facts["problems"].items())[:_SHOWN]]


def _by_row(report: "LengthReport") -> list[str]:
    cut = {row: _LOST[kind] for kind, rows in report.cut.items() for row in rows}
    cut.update(dict.fromkeys(report.emptied, "everything"))
    lines = []
    for row, length in sorted(report.whole.items(), key=lambda pair: -pair[1].longest):
        lost = f", loses {cut[row]}" if row in cut else ""
        lines.append(f"row {row}: {length.longest} tokens, {length.trained} learnt{lost}")
    return lines + [f"row {row}: {p.sentence.format(**p.values)}" for row, p in report.problems.items()]


def _some(rows: list[int]) -> str:
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(map(str, rows[:_SHOWN])) + more
