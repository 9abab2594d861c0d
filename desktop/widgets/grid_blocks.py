"""Blocks of cells: which are chosen, and how they go to and come from the clipboard, as Excel and LibreOffice do it."""

import csv
import io
from collections.abc import Iterable

from PySide6.QtCore import QItemSelection, QItemSelectionRange


def parts_of(selection: QItemSelection) -> list[QItemSelectionRange]:
    """The rectangles of a selection."""
    return [selection.at(number) for number in range(selection.count())]


def read_block(text: str) -> list[list[str]]:
    """A clipboard text as rows of cells. Text without tabs or line ends is one cell as it stands, quotes and all."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    if "\t" not in text and "\n" not in text:
        return [[text]]
    csv.field_size_limit(1 << 30)
    return [row or [""] for row in csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")]


def write_block(rows: Iterable[list[str]]) -> str:
    """Rows of cells as a clipboard text: tabs between cells, quotes where needed."""
    out = io.StringIO()
    csv.writer(out, dialect="excel-tab", lineterminator="\r\n").writerows(rows)
    return out.getvalue()


def spans_of(selection: QItemSelection) -> list[range]:
    """Positions of the rows that a selection touches, as ascending ranges that do not meet."""
    found: list[range] = []
    parts = [range(part.top(), part.bottom() + 1) for part in parts_of(selection)]
    for part in sorted(parts, key=lambda part: part.start):
        if found and part.start <= found[-1].stop:
            found[-1] = range(found[-1].start, max(found[-1].stop, part.stop))
        else:
            found.append(part)
    return found


def size_of(selection: QItemSelection) -> int:
    """How many cells a selection has (those chosen twice counted twice)."""
    return sum(part.width() * part.height() for part in parts_of(selection))
