"""Parquet, where pyarrow is installed (it comes with the training part)."""

from collections.abc import Iterator
from typing import Any

from services.datasets.errors import DatasetError
from services.datasets.readers import Record, Source, Trouble, readers
from services.datasets.values import dump
from services.i18n import N_


class Parquet:
    """Rows of a Parquet file, a batch at a time. Dates and bytes, which JSON does not have, become text."""

    suffixes = (".parquet",)
    binary = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows; line is the row's number."""
        try:
            from pyarrow import ArrowException
            from pyarrow.parquet import ParquetFile
        except ImportError:
            raise DatasetError(
                N_("Reading Parquet needs the training part of Tunesmith, which is not installed here."),
                way_out=N_("Install it, or save the file as JSONL."),
            ) from None
        try:
            with ParquetFile(source.path) as file:
                source.columns = list(file.schema_arrow.names)
                number = 0
                for batch in file.iter_batches(batch_size=1000):
                    for row in batch.to_pylist():
                        number += 1
                        yield Record(number, {key: _plain(value) for key, value in row.items()})
        except (ArrowException, OSError) as error:
            raise DatasetError(
                N_("{file} cannot be read: {reason}."),
                way_out=N_("Get the file anew; nothing was imported."),
                file=source.path.name,
                reason=str(error).splitlines()[0],
            ) from error


def _plain(value: Any) -> Any:
    try:
        dump(value)
    except TypeError:
        if isinstance(value, dict):
            return {str(key): _plain(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [_plain(item) for item in value]
        return value.decode("utf-8", "backslashreplace") if isinstance(value, bytes) else str(value)
    return value


readers.add("parquet")(Parquet())
