"""Arrow (the IPC file form, which is Feather 2)."""

from collections.abc import Iterable
from typing import BinaryIO

from services.datasets.rows import Row
from services.datasets.writers import writers


class Arrow:
    """An Arrow file, uncompressed, to be mapped into memory."""

    suffixes = (".arrow", ".feather")

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows, which are gone through twice."""
        import pyarrow as pa

        from services.datasets.writers._arrow_types import batches

        schema, parts, lost = batches(columns, rows)
        with pa.ipc.new_file(file, schema) as table:
            for part in parts:
                table.write_batch(part)
        return lost


writers.add("arrow")(Arrow())
