"""From files to a data set: encoding, rows, format and mapping found, shown, and open to correction."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from services.datasets.building import Builder
from services.datasets.conversation import Problem
from services.datasets.encodings import Encoding, chosen_encoding, detect
from services.datasets.errors import DatasetError
from services.datasets.formats import Guess, Sample, formats, guess_format
from services.datasets.import_report import FileReport, ImportFinding, ImportProgress, ImportReport, describe
from services.datasets.mapping import Mapping
from services.datasets.names import checked_name, free_name
from services.datasets.readers import Block, Record, Source, Trouble, items, reader_for
from services.i18n import N_
from services.projects.project import Project

_SAMPLE = 1000  # rows that a format is recognised from
_BATCH = 1000  # rows put into the file at a time
_TOLD_S = 0.2  # between two words of progress
_SHOWN = 1000  # findings of a kind that are listed one by one; all are counted


__all__ = ["ImportReport", "ImportStopped", "Preview", "describe", "free_name", "import_file", "preview_file"]

Watch = Callable[[ImportProgress], bool]
"""Hears where an import is, some times a second, and says whether it shall go on."""


class ImportStopped(DatasetError):
    """The person stopped an import; nothing of it stays."""


@dataclass(frozen=True)
class Preview:
    """A first look at a file, before it is imported. rows: values of the first rows; text: the first lines as read."""

    encoding: Encoding
    text: str
    columns: list[str]
    rows: list[dict[str, Any]]
    guess: Guess | None


def import_file(
    project: Project,
    paths: Path | Sequence[Path],
    name: str = "",
    *,
    format: str = "auto",
    mapping: Iterable[str] = (),
    encoding: str = "",
    options: dict[str, str] | None = None,
    watch: Watch | None = None,
    meaning: Mapping | None = None,
) -> ImportReport:
    """Make a data set of the rows of one or more files.

    name: the set's; else the first file's. format: id of a format, or auto. mapping: COLUMN=ROLE pairs laid over what
    is found. encoding: as Python names it; else found. options: for the readers (rows, delimiter, sheet, header,
    kind). watch: is told of the progress; where it says no, ImportStopped is raised and nothing stays, as after any
    error. meaning: the whole mapping, in place of one that is found.
    DatasetError if a file is missing or of an unknown kind, or the name is taken or unfit. Broken records stop nothing.
    """
    files = [paths] if isinstance(paths, Path) else list(paths)
    sources = [_source(path, encoding, options or {}) for path in files]
    checked_mapping(Mapping(format="" if format == "auto" else format), [])  # before the work, not after it
    name = checked_name(name) if name else free_name(project, files[0])
    report = ImportReport(name, project.dataset_path(name))
    told = _Teller(sources, watch) if watch is not None else None
    with Builder(report.path) as builder:
        for source in sources:
            _fill(builder, source, report, told)
        report.rows, report.columns = builder.count, builder.columns
        if meaning is not None:
            report.mapping = checked_mapping(meaning, builder.columns)
        else:
            _choose(Sample(builder.columns, builder.rows(_SAMPLE)), report, format, list(mapping))
        facts = {
            "source": ", ".join(source.path.name for source in sources),
            "encoding": ", ".join(dict.fromkeys(source.encoding.name for source in sources)),
        }
        builder.finish(report.mapping, facts)
    return report


def preview_file(path: Path, *, encoding: str = "", rows: int = 20, options: dict[str, str] | None = None) -> Preview:
    """The first rows of a file, its encoding, and the format it seems to have. DatasetError as `import_file`."""
    source = _source(path, encoding, options or {}, quick=True)
    reader = reader_for(path)
    found = list(islice((r.values for r in reader.read(source) if isinstance(r, Record)), rows))
    columns = list(dict.fromkeys([*source.columns, *(key for row in found for key in row)]))
    binary = source.encoding.name == "binary"
    text = "" if binary else "".join(line for _, line in islice(source.lines(), 40))[:20_000]
    guess = guess_format(Sample(columns, found)) if columns else None
    return Preview(source.encoding, text, columns, found, guess)


def _source(path: Path, encoding: str, options: dict[str, str], *, quick: bool = False) -> Source:
    binary = getattr(reader_for(path), "binary", False)
    try:
        found = Encoding("binary", N_("not a text file")) if binary and path.stat() else detect(path, quick=quick)
    except OSError as error:
        raise DatasetError(
            N_("{file} cannot be read: {reason}."),
            way_out=N_("Check that it is there and that you may read it."),
            file=str(path),
            reason=error.strerror or str(error),
        ) from error
    if encoding and (not binary or getattr(reader_for(path), "container", False)):
        try:
            "".encode(encoding)
        except LookupError:
            raise DatasetError(
                N_("There is no encoding {encoding}."), way_out=N_("Try utf-8, gb18030, big5 or shift_jis."),
                encoding=encoding,
            ) from None  # fmt: skip
        found = found if binary else chosen_encoding(encoding, found)
    return Source(path, found, {**options, "encoding": encoding})


class _Teller:
    """Tells of an import's progress, not too often."""

    def __init__(self, sources: list[Source], watch: Watch) -> None:
        self._sources, self._watch = sources, watch
        self._total_bytes = sum(_size(source.path) for source in sources)
        self._begun = time.monotonic()
        self._next = self._begun

    def tell(self, builder: Builder, report: ImportReport) -> None:
        """Say where it is. ImportStopped if that is to be all."""
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _TOLD_S
        read = min(self._total_bytes, sum(source.read_bytes for source in self._sources))
        place = ImportProgress(read, self._total_bytes, builder.count, report.counts.total(), now - self._begun)
        if not self._watch(place):
            raise ImportStopped(
                N_("The import of {name} was stopped; nothing of it was kept."), way_out=N_("Start it again."),
                name=report.name,
            )  # fmt: skip


def _size(path: Path) -> int:
    """Bytes of a file, or of those in a folder; 0 if it cannot be said, which only makes the progress less right."""
    try:
        found = path.iterdir() if path.is_dir() else [path]
        return sum(file.stat().st_size for file in found if file.is_file())
    except OSError:
        return 0


def _fill(builder: Builder, source: Source, report: ImportReport, told: _Teller | None) -> None:
    """Read one file into the builder."""
    before = builder.count
    batch: list[dict[str, Any]] = []
    aside: list[tuple[int, Trouble]] = []  # (rows before it, trouble with text)

    def settle() -> None:
        if batch:
            builder.add(batch)
        for after, trouble in aside:
            finding = {"code": trouble.code, "sentence": trouble.sentence, "values": trouble.values}
            text = (trouble.text or "").encode("utf-8", "surrogateescape")
            file = trouble.file or source.path.name
            builder.add_repair(file, trouble.line, after, {**finding, "column": trouble.column}, text)
        batch.clear()
        aside.clear()

    try:
        for item in items(reader_for(source.path), source):
            if isinstance(item, Block):
                settle()
                builder.add_block(item)
                if told is not None:
                    told.tell(builder, report)
                continue
            if isinstance(item, Record):
                batch.append(item.values)
            else:
                _note(report, source, item)
                if item.text is not None:
                    aside.append((builder.count + len(batch), item))
                    report.repairs += 1
            if len(batch) >= _BATCH or len(aside) >= _BATCH:
                settle()
                if told is not None:
                    told.tell(builder, report)
    except OSError as error:  # a broken .gz, a drive that was pulled
        raise DatasetError(
            N_("{file} cannot be read to its end: {reason}."),
            way_out=N_("Get the file anew; nothing was imported."),
            file=source.path.name,
            reason=str(error),
        ) from error
    builder.add_columns(source.columns)
    settle()
    rows = builder.count - before
    if not rows:
        report.advice.append(_nothing(source))
    report.files.append(
        FileReport(source.path.name, source.encoding.name, source.encoding.reason, rows, dict(source.facts))
    )


def _note(report: ImportReport, source: Source, item: Trouble) -> None:
    report.counts[item.code] += 1
    if report.counts[item.code] <= _SHOWN:
        report.findings.append(
            ImportFinding(item.file or source.path.name, item.code, item.sentence, item.values, item.line, item.column,
                          item.text is None)
        )  # fmt: skip


def _nothing(source: Source) -> Problem:
    if source.columns:
        return Problem("no-rows", N_("{file} names its columns and has no rows."), values={"file": source.path.name})
    return Problem("no-rows", N_("{file} has no rows."), values={"file": source.path.name})


def _choose(sample: Sample, report: ImportReport, format_id: str, pairs: list[str]) -> None:
    """Settle format and mapping."""
    wanted = "" if format_id == "auto" else format_id
    report.mapping, report.reason, report.reason_values = propose(sample, wanted)
    report.mapping = checked_mapping(report.mapping.changed(pairs, wanted), sample.columns)
    if not report.mapping.format and report.rows:
        report.advice.append(
            Problem("no-format", N_("Nothing says yet what the columns mean."),
                    N_("Choose a format and say which column is which."))
        )  # fmt: skip
    if sample.rows and "response" in report.mapping.columns and _no_answers(sample.rows, report.mapping):
        report.advice.append(
            Problem(
                "no-answers",
                N_("No row has an answer. Train as raw text?"),
                N_("Choose the format text with the column {column}."),
                {"column": report.mapping.column("prompt")},
            )
        )


def propose(sample: Sample, format_id: str = "") -> tuple[Mapping, str, dict[str, Any]]:
    """The mapping that rows seem to have (as format_id, if given), and why: a sentence with its values."""
    guess = formats.get(format_id).guess(sample) if format_id else None
    if guess is None:
        guess = guess_format(sample)
        if guess and format_id:  # the person knows better; what the columns are called still helps
            known = formats.get(format_id).roles
            columns = {role: column for role, column in guess.mapping.columns.items() if role in known}
            mapping = guess.mapping.model_copy(update={"format": format_id, "columns": columns})
            return mapping, N_("you chose it"), {}
    return (guess.mapping, guess.reason, guess.values) if guess else (Mapping(format=format_id), "", {})


def checked_mapping(mapping: Mapping, columns: list[str]) -> Mapping:
    """The mapping, if its format and its columns exist. DatasetError else."""
    if mapping.format and mapping.format not in formats:
        raise DatasetError(
            N_("There is no format {format}."), way_out=N_("There are: {formats}."),
            format=mapping.format, formats=", ".join(formats.ids()),
        )  # fmt: skip
    unknown = [column for column in mapping.columns.values() if column not in columns]
    if unknown and columns:
        raise DatasetError(
            N_("There is no column {column}."), way_out=N_("There are: {columns}."),
            column=", ".join(unknown), columns=", ".join(columns),
        )  # fmt: skip
    return mapping


def _no_answers(rows: Iterable[dict[str, Any]], mapping: Mapping) -> bool:
    return not any(str(mapping.cell(row, "response") or "").strip() for row in rows)
