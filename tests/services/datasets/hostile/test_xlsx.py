"""Hostile workbooks."""

import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from services.projects.project import Project
from tests.services.datasets.hostile._hostile import Case, check, parametrised


def book(fill: Callable[[Any], object]) -> Callable[[Path], None]:
    """Makes a workbook whose first sheet fill fills."""

    def make(path: Path) -> None:
        made = Workbook()
        fill(made.active)
        made.save(path)

    return make


def rows(*lines: list[Any]) -> Callable[[Path], None]:
    """Makes a workbook of these rows."""
    return book(lambda sheet: [sheet.append(line) for line in lines])


def changed(part: str, change: Callable[[bytes], bytes | None]) -> Callable[[Path], None]:
    """Makes a good workbook in which a part (a regular expression) is changed, or taken out where change gives None."""

    def make(path: Path) -> None:
        good = path.with_name("good.xlsx")
        rows(["question", "answer"], ["a", "b"], [1, 2])(good)
        with zipfile.ZipFile(good) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
            for info in source.infolist():
                data: bytes | None = source.read(info)
                if re.search(part, info.filename):
                    data = change(data or b"")
                if data is not None:
                    target.writestr(info.filename, data)

    return make


def cut(share: float) -> Callable[[Path], None]:
    """Makes a workbook and keeps its first part."""

    def make(path: Path) -> None:
        rows(["question", "answer"], *([f"q{i}", f"a{i}" * 20] for i in range(50)))(path)
        data = path.read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return make


def merged(sheet: Any) -> None:
    for line in (["title", None], ["question", "answer"], ["a", "1"], [None, "2"], [None, "3"]):
        sheet.append(line)
    sheet.merge_cells("A3:A5")
    sheet.merge_cells("A1:B1")


def error_cell(sheet: Any) -> None:
    sheet.append(["question", "answer"])
    sheet.append(["a", "#DIV/0!"])
    sheet["B2"].data_type = "e"


def far_date(sheet: Any) -> None:
    sheet.append(["question", "when"])
    sheet.append(["a", 99999999999])
    sheet["B2"].number_format = "yyyy-mm-dd"


def bomb(data: bytes) -> bytes:
    return data.replace(b"<sheetData>", b"<sheetData>" + b" " * (120 << 20))


_LAUGHS = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 12) for i in range(9)
)


def laughs(data: bytes) -> bytes:
    body = data.split(b"?>", 1)[-1] if data.startswith(b"<?xml") else data
    return _LAUGHS + b"]>" + body.replace(b"<sheetData>", b'<sheetData><row r="1"><c t="str"><v>&j;</v></c></row>', 1)


CASES = [
    Case("empty file", lambda p: p.write_bytes(b""), "is damaged or no Excel workbook"),
    Case("text under another name", lambda p: p.write_text("question,answer\na,b\n", encoding="utf-8"),
         "is damaged or no Excel workbook"),
    Case("with a password", lambda p: p.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
         "protected with a password"),
    Case("a zip of something else", lambda p: zipfile.ZipFile(p, "w").writestr("a.txt", "x"), "no Excel workbook"),
    Case("cut at a tenth", cut(0.1), "is damaged or no Excel workbook"),
    Case("cut in the middle", cut(0.5), "is damaged or no Excel workbook"),
    Case("cut at the end", cut(0.99), "is damaged or no Excel workbook"),
    Case("no workbook part", changed("workbook.xml$", lambda d: None), "is damaged or no Excel workbook"),
    Case("no sheet part", changed("sheet1.xml$", lambda d: None), "is damaged or no Excel workbook"),
    Case("no styles", changed("styles.xml$", lambda d: b"<x/>"), "", 2),
    Case("broken XML in the sheet", changed("sheet1.xml$", lambda d: d[: len(d) // 2]),
         "is damaged or no Excel workbook"),
    Case("a string that is not in the table", changed("sheet1.xml$", lambda d: d.replace(
         b'"A3" t="n"><v>1', b'"A3" t="s"><v>999')), "is damaged or no Excel workbook"),
    Case("a number that is none", changed("sheet1.xml$", lambda d: d.replace(b"<v>2</v>", b"<v>two</v>")),
         "is damaged or no Excel workbook"),
    Case("a row number beyond all", changed("sheet1.xml$", lambda d: d.replace(b'r="3"', b'r="99999999999"')
                                            .replace(b'"A3"', b'"A9999999"').replace(b'"B3"', b'"B9999999"')),
         "more rows than a sheet can have"),
    Case("a column beyond all", changed("sheet1.xml$", lambda d: d.replace(b'"B3"', b'"ZZZZ3"')),
         "is damaged or no Excel workbook"),
    Case("a bomb", changed("sheet1.xml$", bomb), "would unpack to more than 250 times"),
    Case("entities that grow", changed("sheet1.xml$", laughs), "is damaged or no Excel workbook"),
    Case("no rows", rows(), "has no rows", 0),
    Case("a header only", rows(["question", "answer"]), "names its columns and has no rows", 0),
    Case("blank rows around", rows([], [], ["question", "answer"], [], ["a", "b"], [None, ""], []), "", 1),
    Case("a title above", rows(["Our examples"], [], ["q", "a"], ["x", "y"], ["x", "z"]), "stands above the header", 2),
    Case("no header", rows([1, 2], [3, 4]), "No row names the columns", 2),
    Case("two columns of one name", rows(["q", "q"], ["a", "b"]), "is q once more", 1),
    Case("cells beside the table", rows(["q", "a"], ["x", "y", None, "note"], ["x", "z"]), "D2 has no header", 2),
    Case("a formula never calculated", rows(["q", "a"], ["x", "=1+1"]), "B2 is a formula that was never calculated", 1),
    Case("an error", book(error_cell), "B2 holds the error #DIV/0!", 1),
    Case("merged cells", book(merged), "A3:A5 is merged; its value was put into each of its rows", 3),
    Case("5,000 columns", rows([f"c{i}" for i in range(5000)], ["x"] * 5000), "more than 1900 different columns"),
    Case("a date beyond all", book(far_date), "B2 holds the error #VALUE!", 1),
    Case("a damaged merge", changed("sheet1.xml$", lambda d: d.replace(b"</sheetData>",
         b'</sheetData><mergeCells><mergeCell x="" ref="B9:A1"/></mergeCells>')), "is damaged or no Excel workbook"),
]  # fmt: skip


@parametrised(CASES)
def test_a_sentence_and_nothing_half_made(case: Case, tmp_path: Path, project: Project) -> None:
    check(case, tmp_path, project, ".xlsx")
