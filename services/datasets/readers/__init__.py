"""Readers of files, one file each, by suffix.

To add one, put a file here with a class that has what `Reader` asks for and decorate an instance of it:
`readers.add("my-kind")(MyReader())`. Import and the command line find it by its suffixes.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from services.datasets.encodings import Encoding, open_bytes, place
from services.datasets.errors import DatasetError
from services.datasets.values import Stored, decode
from services.i18n import N_
from services.registry import Registry, load_siblings

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Record:
    """One row of a file. line: the physical line that it starts on, from 1."""

    line: int
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Block:
    """Many rows of one shape, one after the other, cells as the store holds them (see `values.encode`)."""

    keys: tuple[str, ...]
    cells: list[tuple[Stored, ...]]


@dataclass(frozen=True)
class Trouble:
    """Something to say about a place in a file. sentence is N_-marked, its {fields} in values.

    text: of a record that could not be read, kept for repair; None if the record before or after it was read anyway.
    column: character on the line, from 1; 0 if the whole line is meant. line 0: the whole file is meant. file: the one
    within, where the source holds several.
    """

    code: str
    sentence: str
    line: int
    column: int = 0
    values: dict[str, Any] = field(default_factory=dict)
    text: str | None = None
    file: str = ""


@dataclass
class Source:
    """A file to read: where, in which encoding, and what the reader found out about it. facts: delimiter and so on.

    options: what the person chose (rows: line or paragraph, for texts).
    """

    path: Path
    encoding: Encoding
    options: dict[str, str] = field(default_factory=dict)
    columns: list[str] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    read_bytes: int = 0
    """Bytes of the file that have been read so far, for progress; a reader that opens it by itself may keep it."""

    def chunks(self) -> Iterator[str]:
        """The decoded text, a megabyte at a time, line ends as they are. Bytes that are not valid become the half
        surrogates U+DC80 to U+DCFF, so that a reader can name their line. DatasetError if it is not text at all."""
        import codecs

        codec = {"shift_jis": "cp932"}.get(self.encoding.name, self.encoding.name)
        decode = codecs.getincrementaldecoder(codec)("surrogateescape")
        try:
            with open_bytes(self.path) as file:
                file.seek(self.encoding.bom)
                while data := file.read(_CHUNK):
                    self.read_bytes = place(file)
                    yield decode.decode(data)
                yield decode.decode(b"", True)
        except UnicodeError as error:
            raise DatasetError(
                N_("{file} is not {encoding}: {reason}"),
                way_out=N_("Choose another encoding."),
                file=self.path.name,
                encoding=self.encoding.name,
                reason=str(error),
            ) from error

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number from 1, text with its line end). Only a newline ends a line, not U+2028 and its kind."""
        number, rest = 1, ""
        for chunk in self.chunks():
            *whole, rest = (rest + chunk).split("\n")
            for line in whole:
                yield number, line + "\n"
                number += 1
        if rest:
            yield number, rest


class Reader(Protocol):
    """Reads one kind of file. suffixes: with the dot, in lower case. A reader whose attribute `binary` is true opens
    source.path itself; for it no encoding is looked for. One that can be quicker by giving many rows at once has a
    method `blocks(source) -> Iterator[Block | Record | Trouble]` beside `read`, with the same rows and troubles.
    One whose attribute `container` is true holds files of other readers (a folder, a .zip)."""

    @property
    def suffixes(self) -> tuple[str, ...]: ...

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows and troubles, in the order of the file. Fills source.columns where the file names them apart."""


def one_by_one(found: Iterator[Block | Record | Trouble]) -> Iterator[Record | Trouble]:
    """Blocks as the records in them; a record of a block has no line."""
    for item in found:
        if isinstance(item, Block):
            for cells in item.cells:
                yield Record(0, {k: decode(c) for k, c in zip(item.keys, cells, strict=True)})
        else:
            yield item


readers: Registry[Reader] = Registry("reader")

load_siblings(__name__, __path__)


def items(reader: Reader, source: Source) -> Iterator[Block | Record | Trouble]:
    """All that a reader finds, many rows at a time where it can."""
    quick = getattr(reader, "blocks", None)
    return quick(source) if quick is not None else reader.read(source)


def reader_for(path: Path) -> Reader:
    """The reader for a file by its suffix (before .gz), or for a folder (a dataset_info.json stands for its own).

    DatasetError if there is none."""
    if path.is_dir() or path.name == "dataset_info.json":
        return readers.get("folder")
    packed = path.suffix.lower() == ".gz"
    suffix = Path(path.stem).suffix.lower() if packed else path.suffix.lower()
    for reader in readers:
        if suffix in reader.suffixes and not (packed and getattr(reader, "container", False)):
            return readers.get("gz") if packed and getattr(reader, "binary", False) else reader
    raise DatasetError(
        N_("{file} is of a kind that cannot be read yet."),
        way_out=N_("Save it as one of: {suffixes}."),
        file=path.name,
        suffixes=", ".join(sorted(s for reader in readers for s in reader.suffixes)),
    )
