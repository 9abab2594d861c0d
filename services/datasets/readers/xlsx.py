"""Excel workbooks, by openpyxl: one sheet (or all), its header found, formulas as what they last came to."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from services.datasets.errors import DatasetError
from services.datasets.readers import Record, Source, Trouble, readers
from services.datasets.readers._book import damaged, guarded, looked_through, open_book
from services.datasets.readers._sheet import MAX_ROWS, Cells, Merged, read_sheet
from services.i18n import N_


class Xlsx:
    """Rows of a sheet. Options: sheet (a name, or * for all; else the first that is not empty and not hidden) and
    header (number of the row that names the columns; 0 for none; else it is looked for)."""

    suffixes = (".xlsx", ".xlsm")
    binary = True

    def read(self, source: Source) -> Iterator[Record | Trouble]:
        """Rows; line is the sheet's row number. DatasetError for a workbook that is damaged, protected or a bomb."""
        path = source.path
        with open_book(path) as book:
            sheets = list(book.worksheets)
            if not sheets:
                raise damaged(path, LookupError("it has no sheets"))
            chosen = _chosen(path, sheets, source.options.get("sheet", ""))
            source.facts["sheet"] = ", ".join(sheet.title for sheet in chosen)
            for sheet in chosen:
                formulas, merges = next(guarded(path, (looked_through(book, s) for s in [sheet])))
                merged = next(guarded(path, (Merged(m) for m in [merges])))
                name = sheet.title if len(chosen) > 1 else ""
                rows = _calculated(path, sheet) if formulas else _cells(path, sheet)
                yield from read_sheet(source, _counted(source, book, rows), merged, name=name)
            others = [s.title for s in sheets if s not in chosen and next(_rows(path, s), None) is not None]
            if others:
                sentence = N_("The workbook has other sheets with rows, which were not read: {names}")
                yield Trouble("other-sheets", sentence, 0, values={"names": ", ".join(others)})


def sheet_names(path: Path) -> list[str]:
    """Names of a workbook's sheets, to choose from. DatasetError as reading has."""
    with open_book(path) as book:
        return [sheet.title for sheet in book.worksheets]


def _chosen(path: Path, sheets: list[Any], wanted: str) -> list[Any]:
    if wanted == "*":
        return sheets
    if wanted:
        found = [s for s in sheets if s.title == wanted] or [
            s for s in sheets if s.title.casefold() == wanted.casefold()
        ]
        if not found:
            raise DatasetError(
                N_("{file} has no sheet {sheet}."), way_out=N_("It has: {names}."), file=path.name, sheet=wanted,
                names=", ".join(s.title for s in sheets),
            )  # fmt: skip
        return found[:1]
    shown = [sheet for sheet in sheets if getattr(sheet, "sheet_state", "visible") == "visible"]
    full = (sheet for sheet in [*shown, *sheets] if next(_rows(path, sheet), None) is not None)
    return [next(full, None) or sheets[0]] if sheets else []


def _rows(path: Path, sheet: Any) -> Iterator[tuple[int, Any]]:
    """(number, openpyxl's cells) of the rows that have any."""
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    for number, row in zip(count(1), guarded(path, sheet.iter_rows()), strict=False):
        if number > MAX_ROWS:
            raise DatasetError(
                N_("{file} says that it has more rows than a sheet can have ({n})."),
                way_out=N_("Open it in Excel or LibreOffice and save it anew; nothing was imported."),
                file=path.name,
                n=f"{MAX_ROWS:,}",
            )
        if any(cell.value is not None for cell in row):
            yield number, row


def _counted(source: Source, book: Any, rows: Iterator[tuple[int, Cells]]) -> Iterator[tuple[int, Cells]]:
    """The rows; says meanwhile how far into the file they lead."""
    for number, cells in rows:
        if number % 200 == 0:
            source.read_bytes = max(source.read_bytes, book._archive.fp.tell())
        yield number, cells


def _cells(path: Path, sheet: Any) -> Iterator[tuple[int, Cells]]:
    for number, row in _rows(path, sheet):
        yield number, [(cell.value, cell.data_type) for cell in row]


def _calculated(path: Path, sheet: Any) -> Iterator[tuple[int, Cells]]:
    """Rows of a sheet with formulas: their values, and where a formula has none, its text."""
    with open_book(path, formulas=True) as book:
        same = next(s for s in book.worksheets if s.title == sheet.title)
        values = _cells(path, sheet)
        number, row = next(values, (0, []))
        for at, formulas in _cells(path, same):
            while number and number < at:
                number, row = next(values, (0, []))
            known: Cells = row if number == at else []
            cells: Cells = []
            for place, (text, kind) in enumerate(formulas):
                value, known_kind = known[place] if place < len(known) else (None, "n")
                if kind == "f" and value is None:
                    value, known_kind = getattr(text, "text", text), "f"
                cells.append((value, known_kind))
            yield at, cells


readers.add("xlsx")(Xlsx())
