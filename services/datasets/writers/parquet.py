"""Parquet: nested values as they are, each column of one type."""

from collections.abc import Iterable
from typing import BinaryIO

from services.datasets.rows import Row
from services.datasets.writers import writers


class Parquet:
    """A Parquet file that pandas, DuckDB and the datasets library read."""

    suffixes = (".parquet",)

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows, which are gone through twice."""
        from pyarrow.parquet import ParquetWriter

        from services.datasets.writers._arrow_types import batches

        schema, parts, lost = batches(columns, rows)
        with ParquetWriter(file, schema) as table:
            for part in parts:
                table.write_batch(part)
        return lost


writers.add("parquet")(Parquet())
