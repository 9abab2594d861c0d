"""Importing a million rows that are one JSON array, element by element, memory bounded."""

from typing import Any

LIMIT_S, LIMIT_MB = 20.0, 150.0


def run() -> dict[str, Any]:
    """Seconds and peak memory, ours and those of json.load of the whole file, into SQLite."""
    from tests.benchmarks._alpaca_rows import figures

    return figures("import_array", ".json", LIMIT_S, LIMIT_MB)
