"""Writers: what was written is read back equal, and what a kind cannot hold is said."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.encodings import Encoding, detect
from services.datasets.errors import DatasetError
from services.datasets.exporting import export_rows
from services.datasets.importing import import_file
from services.datasets.readers import Record, Source, Trouble, reader_for
from services.datasets.rows import Row
from services.datasets.store import DatasetStore
from services.datasets.values import dump, load
from services.datasets.writers import writer_for, writers
from services.datasets.writers.xlsx import Xlsx
from services.projects.project import Project
from tests.services.datasets.conftest import DATA, Make, values
from tests.services.datasets.test_values import json_values

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
lines = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r\n\0"), max_size=20)
scalars = st.one_of(
    texts, st.booleans(), st.integers(-(10**14), 10**14), st.sampled_from([0.1, -2.5, 1e-4, 3.14159, 123456.75])
)
names = st.sampled_from(["question", "answer", "中文", "x y", "="])


def rows_of(cell: st.SearchStrategy[Any]) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Rows that all have the same columns."""
    keys = st.lists(names, min_size=1, max_size=4, unique=True)
    row = keys.map(lambda k: st.tuples(*[cell] * len(k)).map(lambda values: dict(zip(k, values, strict=True))))
    return row.flatmap(lambda r: st.lists(r, min_size=1, max_size=6))


def round_trip(path: Path, rows: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[str]]:
    """Rows written and read back, and what was said to be lost."""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with path.open("wb") as file:
        lost = writer_for(path)[1].write(file, columns, [Row(i, row) for i, row in enumerate(rows, 1)])
    reader = reader_for(path)
    binary = getattr(reader, "binary", False)
    items = list(reader.read(Source(path, Encoding("binary", "") if binary else detect(path))))
    assert not [item for item in items if isinstance(item, Trouble) and item.text is not None]
    return [item.values for item in items if isinstance(item, Record)], lost


def spelled(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as text: keys in order, numbers as they are spelled."""
    return [dump(row) for row in rows]


LAWS: dict[str, st.SearchStrategy[list[dict[str, Any]]]] = {
    "json": rows_of(json_values),
    "jsonl": rows_of(json_values),
    "parquet": rows_of(json_values),
    "arrow": rows_of(json_values),
    "csv": rows_of(texts.map(lambda t: t.replace("\r", "").replace("\0", ""))),
    "tsv": rows_of(texts.map(lambda t: t.replace("\r", "").replace("\0", ""))),
    "txt": st.lists(lines.map(lambda t: {"text": t}), min_size=1, max_size=6),
    "xlsx": rows_of(scalars.filter(lambda v: v != "")),
}


@pytest.mark.parametrize("kind", sorted(LAWS))
def test_written_then_read_is_the_same(kind: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp(kind)

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(rows=LAWS[kind])
    def law(rows: list[dict[str, Any]]) -> None:
        back, _ = round_trip(folder / f"x.{kind}", rows)
        assert spelled(back) == spelled(rows)

    law()


def test_every_writer_has_its_law() -> None:
    assert set(LAWS) == set(writers.ids())


@pytest.mark.parametrize("kind", ["parquet", "arrow"])
def test_numbers_and_nested_values_keep_their_spelling(tmp_path: Path, kind: str) -> None:
    rows = [
        load('{"a": 1.50, "b": [{"role": "user", "content": "x"}], "c": 12345678901234567890, "d": NaN, "e": {}}'),
        load('{"a": 1e5, "b": [], "c": -0, "d": 1, "e": {"k": null}}'),
    ]
    back, lost = round_trip(tmp_path / f"x.{kind}", rows)
    assert spelled(back) == spelled(rows)
    assert lost == ["Columns whose values are not of one shape were written as JSON text."]


def test_turns_are_nested_types_for_others(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    rows = [{"messages": [{"role": "user", "content": "x"}]}, {"messages": [{"role": "user", "content": None}]}]
    _, lost = round_trip(tmp_path / "x.parquet", rows)
    assert lost == []
    kind = str(pq.read_schema(tmp_path / "x.parquet").field("messages").type)
    assert "struct<role: string, content: string>" in kind


def test_keys_that_a_row_lacks_are_said(tmp_path: Path) -> None:
    back, lost = round_trip(tmp_path / "x.parquet", [{"a": "x"}, {"a": "y", "b": 1}])
    assert back == [{"a": "x", "b": None}, {"a": "y", "b": 1}]
    assert lost == ["Keys that a row does not have became null."]


@pytest.mark.parametrize("kind", ["csv", "xlsx", "parquet"])
def test_keys_in_another_order_are_said(tmp_path: Path, kind: str) -> None:
    rows = [{"a": "x", "b": "y"}, {"b": "y", "a": "x"}]
    back, lost = round_trip(tmp_path / f"x.{kind}", rows)
    assert back == rows
    assert lost == ["The order of keys, where it differs from row to row, became that of the columns."]


class TestXlsx:
    def test_what_looks_like_a_formula_or_an_error_stays_text(self, tmp_path: Path) -> None:
        rows = [{"a": t} for t in ("=1+1", "#N/A", "+1", "-x", "@me", "1", "TRUE", " ", "_x0041_", "a\rb\n\x01")]
        assert round_trip(tmp_path / "x.xlsx", rows) == (rows, [])

    def test_what_a_cell_cannot_hold_is_said(self, tmp_path: Path) -> None:
        rows = [{"a": "x" * 40_000, "b": [1], "c": load("1.50"), "d": None, "e": "\ud800"}]
        back, lost = round_trip(tmp_path / "x.xlsx", rows)
        assert back == [{"a": "x" * 32_767, "b": "[1]", "c": "1.50", "d": "", "e": "?"}]
        assert [sentence.split()[0] for sentence in lost] == ["Texts", "Lists", "Numbers", "null,", "Half"]

    def test_an_emoji_is_not_cut_in_two(self, tmp_path: Path) -> None:
        back, _ = round_trip(tmp_path / "x.xlsx", [{"a": "x" + "😀" * 20_000}])
        assert back == [{"a": "x" + "😀" * 16_383}]

    def test_more_rows_than_a_sheet_holds(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(Xlsx, "rows_a_sheet", 4)
        rows = [{"a": str(i)} for i in range(7)]
        back, lost = round_trip(tmp_path / "x.xlsx", rows)
        assert back == rows[:3] and "further sheets" in lost[0]
        source = Source(tmp_path / "x.xlsx", Encoding("binary", ""), {"sheet": "*"})
        read = [r.values for r in reader_for(source.path).read(source) if isinstance(r, Record)]
        assert read == rows

    def test_an_empty_row_is_said(self, tmp_path: Path) -> None:
        back, lost = round_trip(tmp_path / "x.xlsx", [{"a": ""}, {"a": "x"}])
        assert back == [{"a": "x"}] and lost == ["Rows without any value are empty lines, which are not read back."]


def test_nothing_is_overwritten_unasked(tmp_path: Path, make: Make) -> None:
    store = make([{"a": "x"}])
    path = tmp_path / "x.jsonl"
    export_rows(store, path, overwrite=False)
    with pytest.raises(DatasetError, match="is there already"):
        export_rows(store, path, overwrite=False)
    assert export_rows(store, path).rows == 1


SAMPLES = sorted(p for p in (DATA / "datasets").rglob("*") if p.suffix in (".json", ".jsonl", ".csv", ".txt"))


@pytest.mark.parametrize("path", SAMPLES, ids=[path.name for path in SAMPLES])
def test_a_file_that_was_not_edited_comes_back_equal(path: Path, tmp_path: Path, project: Project) -> None:
    def imported(file: Path) -> list[str]:
        report = import_file(project, file)
        with DatasetStore.open(report.path) as store:
            return spelled(values(store))

    before = imported(path)
    with DatasetStore.open(project.dataset_path(project.dataset_names()[0])) as store:
        again = tmp_path / f"again{path.suffix}"
        export_rows(store, again)
    assert imported(again) == before
