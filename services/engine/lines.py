"""A file of JSON lines that grows while its writer works, and that a kill leaves readable."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from services import files

Record = dict[str, Any]


class LineFile:
    """Records by the line. One writer a file: the worker that holds the job's lock."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> list[Record]:
        """All whole records, in the order of the file. What a killed writer left half written is taken off its end."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return []
        records: list[Record] = []
        good = 0
        for line in data.splitlines(keepends=True):
            try:
                record = orjson.loads(line)
            except orjson.JSONDecodeError:
                break
            if not line.endswith(b"\n"):
                break
            records.append(record)
            good += len(line)
        if good < len(data):
            with self.path.open("rb+") as file:
                file.truncate(good)
        return records

    def append(self, records: Iterable[Record]) -> None:
        """Write records to the end in one call, on disk before this returns."""
        data = b"".join(orjson.dumps(record) + b"\n" for record in records)
        with self.path.open("ab", buffering=0) as file:
            file.write(data)
            os.fsync(file.fileno())

    def rewrite(self, records: Iterable[Record]) -> None:
        """Put other records, or another order of them, in the file's place, all at once."""
        files.write_bytes(self.path, b"".join(orjson.dumps(record) + b"\n" for record in records))
