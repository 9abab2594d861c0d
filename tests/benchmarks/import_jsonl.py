"""Importing a million rows of JSON lines, detection of encoding and format included, all of it on the disk."""

from typing import Any

LIMIT_S, LIMIT_MB = 12.0, 150.0


def run() -> dict[str, Any]:
    """Seconds and peak memory, ours and those of a bare json.loads into SQLite."""
    from tests.benchmarks._alpaca_rows import figures

    return figures("import_jsonl", ".jsonl", LIMIT_S, LIMIT_MB)
