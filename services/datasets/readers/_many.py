"""Several files as one source: those of one kind are read one after the other, the others are named and left."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from services.datasets.encodings import Encoding, chosen_encoding, detect
from services.datasets.errors import DatasetError
from services.datasets.readers import Block, Reader, Record, Source, Trouble, items, readers
from services.i18n import N_

SIDECARS = re.compile(
    r"dataset_infos?|state|.*manifest.*|.*report.*|.*metadata.*|package|config|license.*|readme.*|requirements.*",
    re.IGNORECASE,
)
"""Names (before the suffix) of files that stand beside data and are none."""

_JUNK = re.compile(r"(^|/)(__MACOSX/|\.|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE)


def is_junk(name: str) -> bool:
    """Whether a file is what systems leave behind: hidden ones, __MACOSX, Thumbs.db. name: with forward slashes."""
    return _JUNK.search(name) is not None


def kind_of(name: str) -> str:
    """Id of the reader for a file of that name (before .gz), "" if there is none or it holds files itself."""
    path = Path(name)
    suffix = Path(path.stem).suffix.lower() if path.suffix.lower() == ".gz" else path.suffix.lower()
    for reader_id in readers.ids():
        reader = readers.get(reader_id)
        if suffix in reader.suffixes and not getattr(reader, "container", False):
            return reader_id
    return ""


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorting key in which part2 stands before part10."""
    return tuple(
        (0, int(p), "") if p.isdigit() else (1, 0, p) for p in re.findall(r"\d{1,18}|\D+|\d+", name.casefold())
    )


def of_one_kind(source: Source, names: Iterable[str], *, strict: bool) -> tuple[list[str], list[str]]:
    """(names to read, in order; names that are left). DatasetError if nothing can be read, or if there are several
    kinds and neither the person (option kind) nor a majority (not strict) says which.
    """
    found = sorted((name for name in names if not is_junk(name)), key=natural)
    kinds = {name: "" if SIDECARS.fullmatch(Path(name).name.split(".")[0]) else kind_of(name) for name in found}
    counts = Counter(kind for kind in kinds.values() if kind)
    wanted = source.options.get("kind", "")
    if not counts or (wanted and wanted not in counts):
        raise DatasetError(
            N_("{file} holds no files that can be read."),
            way_out=N_("It should hold files of one kind, such as .jsonl, .csv or .parquet."),
            file=source.path.name or str(source.path),
        )
    most = counts.most_common()
    if not wanted and len(most) > 1 and (strict or most[0][1] == most[1][1]):
        raise DatasetError(
            N_("{file} holds files of several kinds: {kinds}."),
            way_out=N_("Say which kind to read, or choose the files themselves."),
            file=source.path.name,
            kinds=", ".join(f"{n} {kind}" for kind, n in sorted(counts.items())),
        )
    kind = wanted or most[0][0]
    return [name for name in found if kinds[name] == kind], [name for name in found if kinds[name] != kind]


def read_files(source: Source, files: Iterable[tuple[str, Path, int]]) -> Iterator[Block | Record | Trouble]:
    """Rows of files, one after the other, many at a time where their reader can.

    files: (name to say, where it is, bytes of the source that it stands for); opened when their turn comes.

    Fills source.columns and source.facts. DatasetError names the file that it is about.
    """
    count, encodings = 0, Counter[str]()
    for name, path, share_bytes in files:
        reader = readers.get(kind_of(path.name))
        inner = Source(path, _encoding(reader, path, source.options), source.options)
        before_bytes, whole_bytes = source.read_bytes, max(1, path.stat().st_size)
        try:
            for item in items(reader, inner):
                source.read_bytes = before_bytes + share_bytes * inner.read_bytes // whole_bytes
                yield replace(item, file=item.file or name) if isinstance(item, Trouble) else item
        except DatasetError as error:
            values = {**error.values, "file": name} if "file" in error.values else error.values
            raise DatasetError(error.message, way_out=error.way_out_message, **values) from error
        source.read_bytes = before_bytes + share_bytes
        source.columns = list(dict.fromkeys([*source.columns, *inner.columns]))
        source.facts.update({key: value for key, value in inner.facts.items() if key not in source.facts})
        encodings[inner.encoding.name] += 1
        count += 1
    source.facts["files"] = str(count)
    if set(encodings) - {"binary"}:
        source.facts["encodings"] = ", ".join(encodings)


def left_aside(names: list[str]) -> Iterator[Trouble]:
    """That files were not read."""
    if names:
        shown = ", ".join(names[:10]) + (" …" if len(names) > 10 else "")
        yield Trouble("left-aside", N_("Files of another kind were not read: {names}"), 0, values={"names": shown})


def _encoding(reader: Reader, path: Path, options: dict[str, str]) -> Encoding:
    if getattr(reader, "binary", False):
        return Encoding("binary", N_("not a text file"))
    found = detect(path)
    return chosen_encoding(options["encoding"], found) if options.get("encoding") else found
