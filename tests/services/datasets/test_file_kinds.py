"""Kinds of files that are in order: packed texts, archives, sheets by name, streams."""

import gzip
import zipfile
from pathlib import Path

import pyarrow as pa
import pytest
from openpyxl import Workbook

from services.datasets.errors import DatasetError
from services.datasets.importing import ImportReport, import_file, preview_file
from services.datasets.readers.xlsx import sheet_names
from services.datasets.store import DatasetStore
from services.projects.project import Project
from tests.services.datasets.conftest import values

TEXTS = {
    "jsonl": '{"q": "问", "a": "答"}\n{"q": "x", "a": "y"}\n',
    "json": '[{"q": "问", "a": "答"}, {"q": "x", "a": "y"}]',
    "csv": "q,a\n问,答\nx,y\n",
    "tsv": "q\ta\n问\t答\nx\ty\n",
}
ROWS = [{"q": "问", "a": "答"}, {"q": "x", "a": "y"}]


def rows(report: ImportReport) -> list[dict[str, object]]:
    with DatasetStore.open(report.path) as store:
        return values(store)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("kind", TEXTS)
def test_every_kind_of_text_packed(project: Project, tmp_path: Path, kind: str, encoding: str) -> None:
    data = TEXTS[kind].encode(encoding)
    (tmp_path / f"x.{kind}.gz").write_bytes(gzip.compress(data))
    report = import_file(project, tmp_path / f"x.{kind}.gz")
    assert rows(report) == ROWS and report.name == "x"
    with zipfile.ZipFile(tmp_path / "z.zip", "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"里面/10.{kind}", data)
        file.writestr(f"里面/9.{kind}.gz", gzip.compress(data))
    report = import_file(project, tmp_path / "z.zip")
    assert rows(report) == ROWS + ROWS and report.files[0].facts["files"] == "2"


def test_the_encoding_of_what_is_packed_can_be_chosen(project: Project, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.csv").write_bytes("q,a\n问,答\n".encode("gb18030"))
    report = import_file(project, tmp_path / "f", encoding="latin-1")
    assert rows(report) == [{"q": "ÎÊ", "a": "´ð"}] and report.files[0].facts["encodings"] == "latin-1"


def test_a_name_that_a_chinese_windows_wrote(project: Project, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as file:
        info = zipfile.ZipInfo("placeholder.jsonl")
        file.writestr(info, '{"q": "x"}\n{broken')
    data = (tmp_path / "z.zip").read_bytes()
    data = data.replace(b"placeholder", "客服数据集".encode("gb18030") + b"x")
    (tmp_path / "z.zip").write_bytes(data)
    assert [finding.file for finding in import_file(project, tmp_path / "z.zip").findings] == ["客服数据集x.jsonl"]


def test_a_folder_in_the_order_of_its_numbers(project: Project, tmp_path: Path) -> None:
    (tmp_path / "f").mkdir()
    for number in (10, 2, 1):
        (tmp_path / "f" / f"part{number}.jsonl").write_text(f'{{"n": {number}}}\n', encoding="utf-8")
    (tmp_path / "f" / "notes.csv").write_text("a,b\n", encoding="utf-8")
    report = import_file(project, tmp_path / "f")
    assert [row["n"] for row in rows(report)] == [1, 2, 10]
    assert [finding.text for finding in report.findings] == ["Files of another kind were not read: notes.csv"]
    assert preview_file(tmp_path / "f").rows[0] == {"n": 1}
    assert import_file(project, tmp_path / "f", options={"kind": "csv"}).columns == ["a", "b"]


class TestSheets:
    @pytest.fixture
    def book(self, tmp_path: Path) -> Path:
        made = Workbook()
        made.active.title = "empty"
        for name, first in (("客服", "a"), ("More", "b")):
            sheet = made.create_sheet(name)
            sheet.append(["q", "n"])
            sheet.append([first, 1])
        hidden = made.create_sheet("hidden")
        hidden.sheet_state = "hidden"
        hidden.append(["secret"])
        made.save(tmp_path / "b.xlsx")
        return tmp_path / "b.xlsx"

    def test_the_first_with_rows_is_read_and_the_others_are_said(self, project: Project, book: Path) -> None:
        report = import_file(project, book)
        assert rows(report) == [{"q": "a", "n": 1}] and report.files[0].facts["sheet"] == "客服"
        assert report.findings[0].text.endswith("not read: More, hidden")

    def test_a_sheet_is_chosen(self, project: Project, book: Path) -> None:
        assert rows(import_file(project, book, options={"sheet": "more"})) == [{"q": "b", "n": 1}]
        with pytest.raises(DatasetError, match=r"has no sheet x. It has: empty, 客服, More, hidden"):
            import_file(project, book, options={"sheet": "x"})
        every = rows(import_file(project, book, options={"sheet": "*"}))
        assert [row["q"] for row in every if "q" in row] == ["a", "b"]
        assert sheet_names(book) == ["empty", "客服", "More", "hidden"]

    def test_the_header_is_chosen(self, project: Project, book: Path) -> None:
        assert rows(import_file(project, book, options={"header": "0"})) == [
            {"column 1": "q", "column 2": "n"},
            {"column 1": "a", "column 2": 1},
        ]
        assert import_file(project, book, options={"header": "2"}).columns == ["a", "1"]


@pytest.mark.parametrize("stream", [True, False])
def test_arrow_as_a_file_and_as_a_stream(project: Project, tmp_path: Path, stream: bool) -> None:
    made = pa.table({"q": ["a", None], "n": [1, 2]})
    new = pa.ipc.new_stream if stream else pa.ipc.new_file
    with new(str(tmp_path / "x.arrow"), made.schema) as file:
        file.write_table(made)
    report = import_file(project, tmp_path / "x.arrow")
    assert rows(report) == [{"q": "a", "n": 1}, {"q": None, "n": 2}]
    assert report.files[0].facts["form"] == ("stream" if stream else "file")


def test_an_answer_that_excel_made_a_number_becomes_text_by_its_fix(project: Project, tmp_path: Path) -> None:
    from services.datasets.conversation import Conversation
    from services.datasets.lint import apply_fixes, lint

    made = Workbook()
    for line in (["question", "answer"], ["6 x 7?", 42], [1, True], *([f"Tea {i}?", "Yes."] for i in range(5))):
        made.active.append(line)
    made.save(tmp_path / "n.xlsx")
    report = import_file(project, tmp_path / "n.xlsx")
    with DatasetStore.open(report.path) as store:
        found = [finding for finding in lint(store) if finding.check == "not-text"]
        assert len(found) == 2
        apply_fixes(store, found)
        assert values(store)[:2] == [{"question": "6 x 7?", "answer": "42"}, {"question": "1", "answer": "true"}]
        assert all(isinstance(talk, Conversation) for _, talk in store.conversations())
        store.undo()
        assert values(store)[0]["answer"] == 42


@pytest.mark.parametrize("kind", ["xlsx", "parquet", "arrow", "zip", "folder", "parquet.gz"])
def test_progress_goes_up_to_the_size_of_the_file(project: Project, tmp_path: Path, kind: str) -> None:
    from services.datasets.encodings import Encoding
    from services.datasets.readers import Source, items, reader_for
    from services.datasets.rows import Row
    from services.datasets.writers import writer_for

    lines = [Row(i, {"q": f"question {i * 7919}", "a": f"answer {i * 104729}"}) for i in range(3000)]
    inner = {"zip": "jsonl", "folder": "jsonl", "parquet.gz": "parquet"}.get(kind, kind)
    place = tmp_path / f"x.{inner}"
    with place.open("wb") as file:
        writer_for(place)[1].write(file, ["q", "a"], lines)
    if kind == "zip":
        with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(place, "a.jsonl")
            packed.write(place, "b.jsonl")
        place = tmp_path / "x.zip"
    elif kind == "folder":
        (tmp_path / "f").mkdir()
        place = place.rename(tmp_path / "f" / "x.jsonl").parent
    elif kind == "parquet.gz":
        (tmp_path / "x.parquet.gz").write_bytes(gzip.compress(place.read_bytes()))
        place = tmp_path / "x.parquet.gz"
    size = sum(p.stat().st_size for p in place.iterdir()) if place.is_dir() else place.stat().st_size
    source = Source(place, Encoding("binary", ""))
    seen = [source.read_bytes for _ in items(reader_for(place), source)]
    assert seen == sorted(seen) and 0 < seen[-1] <= size
