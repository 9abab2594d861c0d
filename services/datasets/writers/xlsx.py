"""Excel workbooks: a sheet with a header, texts as text whatever they look like, numbers as numbers."""

import math
from collections.abc import Iterable
from typing import Any, BinaryIO

from services.datasets.readers._xml_text import escape
from services.datasets.rows import Row
from services.datasets.values import ABSENT, SpelledFloat, to_text
from services.datasets.writers import writers
from services.datasets.writers._shape import note_shape
from services.i18n import N_

MAX_TEXT = 32_767
"""Characters (UTF-16 units) that a cell holds."""

MAX_ROWS = 1_048_576
NULLS = N_("null, and keys that a row does not have, became empty cells.")
_EXACT = 10**15  # Excel keeps fifteen digits


class Xlsx:
    """One sheet; more where there are more rows than a sheet holds."""

    suffixes = (".xlsx",)
    rows_a_sheet = MAX_ROWS

    def write(self, file: BinaryIO, columns: list[str], rows: Iterable[Row]) -> list[str]:
        """Write rows."""
        from openpyxl import Workbook

        book = Workbook(write_only=True)
        cells = _Cells()
        sheet, count = self._sheet(book, columns, cells), 1
        for row in rows:
            if count == self.rows_a_sheet:
                sheet, count = self._sheet(book, columns, cells), 1
                cells.lost[N_("There are more rows than a sheet holds; the others are on further sheets.")] = None
            note_shape(row, columns, cells.lost, NULLS)
            made = [cells.cell(sheet, row.values.get(column, ABSENT)) for column in columns]
            if all(cell is None for cell in made):
                cells.lost[N_("Rows without any value are empty lines, which are not read back.")] = None
            sheet.append(made)
            count += 1
        book.save(file)
        return list(cells.lost)

    def _sheet(self, book: Any, columns: list[str], cells: "_Cells") -> Any:
        sheet = book.create_sheet(f"rows {len(book.worksheets) + 1}" if book.worksheets else "rows")
        sheet.freeze_panes = "A2"
        sheet.append([cells.cell(sheet, column) for column in columns])
        return sheet


class _Cells:
    """Makes cells, and keeps what could not be kept."""

    def __init__(self) -> None:
        self.lost: dict[str, None] = {}

    def cell(self, sheet: Any, value: Any) -> Any:
        """A value as openpyxl takes it; None for an empty cell."""
        if value is None or value is ABSENT:
            self.lost[NULLS] = None
            return None
        if isinstance(value, bool) or _is_plain_number(value):
            return float(value) if isinstance(value, float) else value
        if not isinstance(value, str):
            number = isinstance(value, int | float)
            self.lost[
                N_("Numbers that Excel would round or cannot hold became text.")
                if number
                else N_("Lists and objects became JSON text.")
            ] = None
        return self._text(sheet, to_text(value))

    def _text(self, sheet: Any, text: str) -> Any:
        from openpyxl.cell import WriteOnlyCell

        if not text:
            return None
        if not text.isascii() and (good := text.encode("utf-8", "replace").decode("utf-8")) != text:
            self.lost[N_("Half characters became question marks.")] = None
            text = good
        text = escape(text)
        if len(text) > MAX_TEXT // 2 and len(text.encode("utf-16-le")) // 2 > MAX_TEXT:
            self.lost[N_("Texts of more than 32,767 characters were cut: a cell of Excel holds no more.")] = None
            text = text.encode("utf-16-le")[: MAX_TEXT * 2].decode("utf-16-le", "ignore")
        cell = WriteOnlyCell(sheet, text)
        cell.data_type = "s"  # also where it looks like a formula or an error
        if text.startswith(("=", "+", "-", "@")):
            cell.quotePrefix = True
        return cell


def _is_plain_number(value: Any) -> bool:
    """Whether Excel gives the number back as it is spelled."""
    if isinstance(value, int):
        return abs(value) < _EXACT
    if not isinstance(value, float) or not math.isfinite(value):
        return False
    spelled = value.text if isinstance(value, SpelledFloat) else repr(value)
    return spelled == repr(float(value)) and "e" not in spelled and not float(value).is_integer()


writers.add("xlsx")(Xlsx())
