"""What filters and sorting ask beside the cells: tokens of a model, findings of the checks."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from services.datasets.query import FilterContext
    from services.datasets.store import DatasetStore


def known(
    project: Path, name: str, store: "DatasetStore", *, tokens: bool, findings: bool, model: str, template: str
) -> "FilterContext":
    """Count tokens and run the checks, each only if it is asked for. UsageError for tokens without a model."""
    from services.datasets.query import FilterContext

    counted = checked = None
    if tokens:
        if not model:
            raise click.UsageError("tokens are those of a model: say --model")
        from services.cli.commands.data._encoding import EncodingJob
        from services.templates.lengths import measure

        chosen = {"stage": "sft", "template": template, "model": model, "cutoff_len": None, "truncation": None,
                  "settings": (), "revision": None}  # fmt: skip
        with EncodingJob.open(project, name, chosen) as job:
            report = measure(job.stage, job.conversations(), job.template, job.tokenizer, job.options)
        counted = {row: length.total for row, length in report.whole.items()}
    if findings:
        from services.datasets.findings import Findings, refresh

        refresh(store.path)
        with Findings.open(store.path) as found:
            checked = found.findings_by_row()
    return FilterContext(counted, checked)
