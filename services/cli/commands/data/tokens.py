"""tunesmith data tokens: how long rows are, and what cutoff_len would take."""

from pathlib import Path
from typing import Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._encoding import EncodingJob, encoding_options
from services.cli.output import json_option, project_argument, say

_SHOWN = 10
_LOST = {"history": "earlier exchanges", "prompt": "part of a question", "answer": "part of an answer"}


@data.command("tokens")
@project_argument
@click.argument("name")
@encoding_options
@json_option
def tokens(project: Path, name: str, as_json: bool, **chosen: Any) -> None:
    """Count tokens: lengths, rows that a cutoff would cut or empty, and the shortest cutoff that keeps all."""
    from services.templates.lengths import measure

    if chosen["stage"] == "pt":
        raise click.UsageError("stage pt joins rows and cuts none; count another stage")
    with EncodingJob.open(project, name, chosen) as job:
        report = measure(job.stage, job.conversations(), job.template, job.tokenizer, job.options)
    facts = {
        "rows": report.rows,
        "trained_rows": report.trained_rows,
        "tokens": report.tokens,
        "trained_tokens": report.trained_tokens,
        "longest": report.longest,
        "cutoff_len": report.cutoff_len,
        "shortest_cutoff": report.shortest_cutoff,
        "cut": report.cut,
        "emptied": report.emptied,
        "problems": {str(row): p.sentence.format(**p.values) for row, p in report.problems.items()},
        "lengths": {str(row): length for row, length in report.lengths.items()},
    }
    lines = [
        f"{report.trained_rows} of {report.rows} rows train: {report.tokens} tokens, {report.trained_tokens} learnt",
        f"longest row: {report.longest} tokens; cutoff_len {report.shortest_cutoff} would keep everything",
    ]
    lines += [f"{len(rows)} rows lose {_LOST[kind]}: {_some(rows)}" for kind, rows in report.cut.items() if rows]
    if report.emptied:
        lines.append(f"{len(report.emptied)} rows train nothing, their answer is cut away: {_some(report.emptied)}")
    lines += [f"row {row}: {sentence}" for row, sentence in list(facts["problems"].items())[:_SHOWN]]  # type: ignore[attr-defined]
    say(facts, "\n".join(lines), as_json=as_json)


def _some(rows: list[int]) -> str:
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    return ", ".join(map(str, rows[:_SHOWN])) + more
