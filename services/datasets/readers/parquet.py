"""Parquet, by Arrow: a batch at a time, nested values as they are."""

from collections.abc import Iterator

from services.datasets.errors import DatasetError
from services.datasets.readers import Record, Source, Trouble, readers
from services.i18n import N_


class Parquet:
    """Rows of a Parquet file. Dates and bytes, which JSON does not have, become text."""

    suffixes = (".parquet", ".pq")
    binary = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows; line is the row's number. DatasetError if the file is none, is damaged or is encrypted."""
        from pyarrow import ArrowException
        from pyarrow.parquet import ParquetFile

        from services.datasets.readers._arrow import read_batches

        try:
            with ParquetFile(source.path) as file:
                row_bytes = source.path.stat().st_size / max(1, file.metadata.num_rows)
                yield from read_batches(source, file.schema_arrow, file.iter_batches(batch_size=1000), row_bytes)
        except (ArrowException, OSError) as error:
            raise unreadable(source, error) from error


def unreadable(source: Source, error: Exception) -> DatasetError:
    """What Arrow said of a file, as a sentence."""
    lines = str(error).splitlines() or [type(error).__name__]
    return DatasetError(
        N_("{file} cannot be read: {reason}."),
        way_out=N_("Get the file anew; nothing was imported."),
        file=source.path.name,
        reason=lines[0].rstrip("."),
    )


readers.add("parquet")(Parquet())
