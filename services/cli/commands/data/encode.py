"""tunesmith data encode: the ids and labels that training gets, as JSON lines."""

from itertools import islice
from pathlib import Path
from typing import Any

import click

from services.cli.commands.data import data
from services.cli.commands.data._encoding import EncodingJob, encoding_options
from services.cli.output import project_argument, stream


@data.command("encode")
@project_argument
@click.argument("name")
@encoding_options
@click.option("--limit", type=click.IntRange(min=1), default=None, help="At most so many rows.")
@click.option("--json", "as_json", is_flag=True, help="Accepted for likeness; the output is JSON lines anyway.")
def encode(project: Path, name: str, limit: int | None, as_json: bool, **chosen: Any) -> None:
    """Print input_ids and labels (-100: not trained), one JSON object a row.

    Stage dpo prints chosen_* and rejected_*; kto adds kl_* and kto_tags; pt prints packed blocks. Rows that cannot be
    trained are named on stderr.
    """
    from services.templates import encode_stage

    with EncodingJob.open(project, name, chosen) as job:
        rows = islice(job.conversations(), limit) if limit else job.conversations()
        skipped = 0

        def tell(row_id: int, problem: Any) -> None:
            nonlocal skipped
            skipped += 1
            click.echo(f"row {row_id}: {problem.sentence.format(**problem.values)}", err=True)

        for line in encode_stage(job.stage, rows, job.template, job.tokenizer, job.options, tell):
            stream(line)
        if skipped:
            click.echo(f"{skipped} rows left out", err=True)
