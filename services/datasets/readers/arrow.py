"""Arrow and Feather: the file form and the stream form, told apart by the first bytes."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from services.datasets.errors import DatasetError
from services.datasets.readers import Record, Source, Trouble, readers
from services.datasets.readers.parquet import unreadable
from services.i18n import N_

if TYPE_CHECKING:
    import pyarrow as pa

_FILE, _OLD_FEATHER = b"ARROW1", b"FEA1"


class Arrow:
    """Rows of an Arrow IPC file or stream (what the datasets library keeps), or of a Feather file."""

    suffixes = (".arrow", ".feather", ".ipc", ".arrows")
    binary = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows; line is the row's number. DatasetError if the file is none or is damaged."""
        import pyarrow as pa

        from services.datasets.readers._arrow import read_batches

        try:
            with source.path.open("rb") as head:
                first = head.read(8)
            if not first:
                return
            if first.startswith(_OLD_FEATHER):
                raise DatasetError(
                    N_("{file} is a Feather file of the first version, which is no longer read."),
                    way_out=N_("Save it as Feather 2 or as Parquet."),
                    file=source.path.name,
                )
            with pa.memory_map(str(source.path)) as mapped:
                if first.startswith(_FILE):
                    file = pa.ipc.open_file(mapped)
                    source.facts["form"] = "file"
                    batches = (file.get_batch(i) for i in range(file.num_record_batches))
                    row_bytes = source.path.stat().st_size / max(1, file.count_rows())
                    yield from read_batches(source, file.schema, _small(batches), row_bytes)
                else:
                    stream = pa.ipc.open_stream(mapped)
                    source.facts["form"] = "stream"
                    yield from read_batches(source, stream.schema, _small(stream))
        except (pa.ArrowException, OSError) as error:
            raise unreadable(source, error) from error


def _small(batches: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """Batches of a thousand rows: one of a whole file would become Python values all at once."""
    for batch in batches:
        batch.validate(full=True)  # offsets of a hostile file may point anywhere
        for start in range(0, batch.num_rows, 1000):
            yield batch.slice(start, 1000)


readers.add("arrow")(Arrow())
