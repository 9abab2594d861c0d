"""Opening a workbook that may be anything: protected, damaged, a bomb, no workbook at all."""

import contextlib
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

from services.datasets.errors import DatasetError
from services.datasets.limits import check_size
from services.i18n import N_

T = TypeVar("T")

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BROKEN = (
    ValueError, LookupError, TypeError, AttributeError, SyntaxError, ArithmeticError, zipfile.BadZipFile, zlib.error,
    EOFError, OSError, NotImplementedError, RuntimeError,
)  # fmt: skip
"""What openpyxl lets through of a damaged workbook: it checks little and trips over what is missing. (Errors of XML are
SyntaxErrors.)"""

_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGE = re.compile(rb'<(?:\w+:)?mergeCell [^>]*?ref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_MERGES = 100_000


@contextlib.contextmanager
def open_book(path: Path, *, formulas: bool = False) -> Iterator[Any]:
    """The workbook, rows on demand; values as last calculated, or the formulas. DatasetError if it cannot be opened."""
    from openpyxl import load_workbook

    _check(path)
    with path.open("rb") as file:
        # of styles, extensions and dates out of range; scoped to openpyxl, not to this block: rows are read later
        warnings.filterwarnings("ignore", category=UserWarning, module="openpyxl")
        try:
            book = load_workbook(file, read_only=True, data_only=not formulas, keep_links=False)
        except _BROKEN as error:
            raise damaged(path, error) from error
        try:
            yield book
        finally:
            book.close()


def guarded(path: Path, items: Iterable[T]) -> Iterator[T]:
    """The items, what is wrong with the workbook on the way as a DatasetError."""
    source = iter(items)
    while True:
        try:
            item = next(source)
        except StopIteration:
            return
        except _BROKEN as error:
            raise damaged(path, error) from error
        yield item


def damaged(path: Path, error: Exception) -> DatasetError:
    """The sentence for a workbook that breaks while it is read."""
    reason = (str(error).splitlines() or [""])[0][:120].rstrip(".") or type(error).__name__
    return DatasetError(
        N_("{file} is damaged or no Excel workbook: {reason}."),
        way_out=N_("Open it in Excel or LibreOffice and save it anew as .xlsx; nothing was imported."),
        file=path.name,
        reason=reason,
    )


def looked_through(book: Any, sheet: Any) -> tuple[bool, list[str]]:
    """Whether a sheet has formulas, and its merged ranges, from its XML as it stands (openpyxl skips them)."""
    formulas, merges, rest = False, [], b""
    with book._archive.open(sheet._worksheet_path) as file:
        while chunk := file.read(1 << 18):
            text = rest + chunk
            formulas = formulas or _FORMULA.search(text) is not None
            found = None
            for found in _MERGE.finditer(text):
                merges.append(found[1].decode("ascii"))
            rest = text[max(found.end() if found else 0, len(text) - 200) :]
            if len(merges) > _MERGES:
                break
    return formulas, merges


def _check(path: Path) -> None:
    """DatasetError for what is no package of XML at all."""
    with path.open("rb") as file:
        head = file.read(8)
    if head == _OLE:
        raise DatasetError(
            N_("{file} is protected with a password, or of a kind older than .xlsx."),
            way_out=N_("Open it in Excel and save it as .xlsx without a password."),
            file=path.name,
        )
    try:
        with zipfile.ZipFile(path) as package:
            check_size(path, path.stat().st_size, sum(part.file_size for part in package.infolist()))
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise damaged(path, error) from error
