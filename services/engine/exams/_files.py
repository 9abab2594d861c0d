"""Questions from CSV files, all cells as the text that they are: "None", "NA" and "0.5" are choices like others.

Known layouts: DIR/test/SUBJECT_test.csv (MMLU, no header: question, A, B, C, D, answer), DIR/test/SUBJECT.csv (CMMLU,
with a header), DIR/val/SUBJECT_val.csv (C-Eval, with a header), each with dev/ beside; and one CSV with a header, whose
columns `split` and `subject` say where a question belongs.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from services.datasets.encodings import detect
from services.errors import TunesmithError
from services.i18n import N_

SPLITS = ("dev", "val", "test")
_SPELLINGS = {"validation": "val", "valid": "val"}
_NEEDED = ("question", "a", "b", "c", "d")
_MOST_CHARACTERS = 1 << 24  # of a cell


class ExamError(TunesmithError):
    """An exam that cannot be read or sat as asked."""


@dataclass(frozen=True)
class Question:
    """One question. number: its place in its file and subject, from 1. answer: 'A' to 'D', '' if nobody says."""

    subject: str
    number: int
    text: str
    choices: tuple[str, str, str, str]
    answer: str


def split_name(text: str) -> str:
    """A split as it is called here: 'validation' is 'val'."""
    wanted = text.strip().lower()
    return _SPELLINGS.get(wanted, wanted)


def read_exam(place: Path) -> dict[str, list[Question]]:
    """Questions by split of a folder or a file, subjects by name, questions in the order of their file. ExamError."""
    if place.is_file():
        found = list(_read(place, place.stem, "test"))
    elif place.is_dir():
        found = [pair for folder in (place, place / "data") for pair in _folder(folder)]
    else:
        raise ExamError(
            N_("There is no file or folder {place}."), way_out=N_("Choose the exam's folder again."), place=str(place)
        )
    out: dict[str, list[Question]] = {}
    counts: dict[tuple[str, str], int] = {}
    for split, question in found:
        at = (split, question.subject)
        counts[at] = counts.get(at, 0) + 1
        out.setdefault(split, []).append(replace(question, number=counts[at]))
    if not out:
        raise ExamError(
            N_("There are no questions in {place}."),
            way_out=N_("Choose a CSV file, or the folder that holds dev, val and test."),
            place=str(place),
        )
    return out


def _folder(folder: Path) -> Iterator[tuple[str, Question]]:
    if not folder.is_dir():
        return
    names = [name for name in (*SPLITS, *_SPELLINGS) if (folder / name).is_dir()]
    for path in sorted(folder.glob("*.csv")) if not names else ():
        yield from _read(path, path.stem, "test")
    for name in names:
        split = split_name(name)
        for path in sorted((folder / name).glob("*.csv")):
            subject = path.stem
            for ending in (f"_{split}", f"_{name}"):
                subject = subject.removesuffix(ending)
            yield from _read(path, subject, split)


def _read(path: Path, subject: str, split: str) -> Iterator[tuple[str, Question]]:
    """(split, question) of each line; subject and split where no column says them."""
    columns: dict[str, int] = {}
    for line, row in _rows(path):
        if not columns:
            columns = _header(row)
            if columns:
                continue
            columns = dict(zip((*_NEEDED, "answer"), range(6), strict=True))
        if not any(cell.strip() for cell in row):
            continue
        if len(row) <= max(columns[name] for name in _NEEDED):
            raise ExamError(
                N_("Line {line} of {file} has {n} cells; a question needs its text and four choices."),
                way_out=N_("Mend that line; commas inside a text need quotes around it."),
                line=line,
                file=str(path),
                n=len(row),
            )
        cells = {name: row[at] if at < len(row) else "" for name, at in columns.items()}
        choices = (cells["a"], cells["b"], cells["c"], cells["d"])
        answer = _answer(cells.get("answer", ""), line, path)
        found = Question(cells.get("subject") or subject, 0, cells["question"], choices, answer)
        yield split_name(cells.get("split") or split), found


def _rows(path: Path) -> Iterator[tuple[int, Sequence[str]]]:
    """(number of its last line, cells) of each record."""
    before = csv.field_size_limit(_MOST_CHARACTERS)
    try:
        encoding = detect(path)
        with path.open("rb") as raw:
            raw.seek(encoding.bom)
            text = raw.read().decode(encoding.name)
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        for row in reader:
            yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ExamError(
            N_("The exam file {file} cannot be read: {reason}"),
            way_out=N_("Open it in a spreadsheet and save it as CSV in UTF-8."),
            file=str(path),
            reason=str(error),
        ) from error
    finally:
        csv.field_size_limit(before)


def _header(row: Sequence[str]) -> dict[str, int]:
    """Where each named column stands; empty if this is a question and no header."""
    names = {name.strip().lower(): at for at, name in enumerate(row)}
    return names if all(name in names for name in _NEEDED) else {}


def _answer(cell: str, line: int, path: Path) -> str:
    answer = cell.strip().upper()
    if answer and answer not in ("A", "B", "C", "D"):
        raise ExamError(
            N_("Line {line} of {file} gives {answer} as the right answer."),
            way_out=N_("Write A, B, C or D there."),
            line=line,
            file=str(path),
            answer=cell.strip()[:40],
        )
    return answer
