"""A .gz of a binary kind (a workbook, Parquet, Arrow), unpacked beside. Texts are unpacked while they are read."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from services.datasets.encodings import open_bytes
from services.datasets.readers import Record, Source, Trouble, one_by_one, readers


class Gz:
    """One file within a .gz, which its reader opens itself."""

    suffixes: tuple[str, ...] = ()
    binary = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows of the file within. OSError if the .gz is damaged, DatasetError as its reader has."""
        from services.datasets.readers._many import read_files

        with tempfile.TemporaryDirectory(prefix="tunesmith-") as folder:
            inner = Path(folder) / Path(source.path.stem).name
            with open_bytes(source.path) as packed, inner.open("wb") as file:
                while chunk := packed.read(1 << 20):
                    file.write(chunk)
            yield from one_by_one(read_files(source, [(source.path.name, inner, source.path.stat().st_size)]))


readers.add("gz")(Gz())
