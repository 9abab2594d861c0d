"""Readers: broken places named, text kept as text, memory bounded."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datasets.encodings import detect
from services.datasets.errors import DatasetError
from services.datasets.readers import Record, Source, Trouble, reader_for
from services.datasets.readers._elements import _Scanner
from tests.services.datasets.test_values import json_values


def read(path: Path, **options: str) -> tuple[list[dict[str, Any]], list[tuple[int, str, bool]], Source]:
    """Rows, and (line, code, kept) of what was said, and the source."""
    source = Source(path, detect(path), options)
    items = list(reader_for(path).read(source))
    rows = [item.values for item in items if isinstance(item, Record)]
    return rows, [(t.line, t.code, t.text is None) for t in items if isinstance(t, Trouble)], source


def write(tmp_path: Path, name: str, content: str | bytes) -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)
    return path


class TestJson:
    @pytest.mark.parametrize(
        "content",
        [
            '[{"a": 1}, {"a": 2}]',
            '\ufeff [\n{"a": 1},\n{"a": 2}\n]\n',
            '{"a": 1}\n{"a": 2}\n',
            '{"data": [{"a": 1}, {"a": 2}]}',
            '{"rows":[{"a":1},{"a":2}],"more":3}',
            '{\n"a": 1\n}\n{\n"a": 2\n}',
        ],
    )
    def test_shapes_that_people_keep_rows_in(self, tmp_path: Path, content: str) -> None:
        rows, troubles, _ = read(write(tmp_path, "x.json", content))
        assert rows == [{"a": 1}, {"a": 2}] and not [t for t in troubles if not t[2]]

    def test_an_array_under_jsonl(self, tmp_path: Path) -> None:
        assert read(write(tmp_path, "x.jsonl", '[\n{"a": 1},\n{"a": 2}\n]'))[0] == [{"a": 1}, {"a": 2}]

    def test_one_row_that_has_a_list_of_turns_is_one_row(self, tmp_path: Path) -> None:
        row = {"messages": [{"role": "user", "content": "a"}]}
        assert read(write(tmp_path, "x.json", json.dumps(row, indent=1)))[0] == [row]

    def test_broken_elements_are_named_and_the_rest_is_read(self, tmp_path: Path) -> None:
        content = (
            '[\n{"a": 1},\n{"a": 2,},\n"text",\n{"a": 3}\n{"a": 4},,\n{"a": "]}[{", "b": "\\"}"},\n17, null,\n{"a": 5'
        )
        rows, troubles, _ = read(write(tmp_path, "x.json", content))
        assert rows == [{"a": 1}, {"a": 3}, {"a": 4}, {"a": "]}[{", "b": '"}'}]
        assert troubles == [
            (3, "extra-comma", False), (4, "no-object", False), (6, "no-comma", True), (6, "extra-comma", True),
            (8, "no-object", False), (8, "no-object", False), (9, "cut-off", False),
        ]  # fmt: skip

    def test_a_bad_byte_hurts_one_element(self, tmp_path: Path) -> None:
        rows, troubles, _ = read(write(tmp_path, "x.json", '[{"a": "ü"},\n{"a": "'.encode() + b'\xff"},\n{"a": 1}]'))
        assert rows == [{"a": "ü"}, {"a": 1}] and troubles == [(2, "bad-byte", False)]

    def test_what_is_no_json_at_all(self, tmp_path: Path) -> None:
        for content in ("hello", '["a", "b"]', "<html>"):
            rows, troubles, _ = read(write(tmp_path, "x.json", content))
            assert rows == [] and len(troubles) == 1 and not troubles[0][2]

    @pytest.mark.parametrize("depth", [100, 400, 100_000])
    def test_too_deep_is_one_broken_row(self, tmp_path: Path, depth: int) -> None:
        deep = '{"a": ' + "[" * depth + "]" * depth + "}"
        rows, troubles, _ = read(write(tmp_path, "x.jsonl", f'{{"a": 1}}\n{deep}\n{{"a": 2}}\n'))
        assert rows == [{"a": 1}, {"a": 2}] and troubles == [(2, "too-deep", False)]

    @given(st.lists(st.dictionaries(st.text(), json_values, max_size=3), max_size=6), st.integers(1, 9), st.booleans())
    def test_any_array_in_any_pieces(self, rows: list[Any], size: int, pretty: bool) -> None:
        text = json.dumps(rows, indent=2 if pretty else None, ensure_ascii=False)
        pieces = iter([text[i : i + size] for i in range(0, len(text), size)])
        found = list(_Scanner(pieces).elements(wrapped=False))
        assert [json.loads(part) for _, part, _ in found] == rows
        assert not [trouble for _, _, trouble in found if trouble]
        if pretty:
            assert [line for line, _, _ in found] == [text.count("\n", 0, at) + 1 for at in _starts(text, found)]

    def test_memory_does_not_grow_with_the_array(self, tmp_path: Path) -> None:
        path = tmp_path / "x.json"
        row = json.dumps({"a": "x" * 5000})
        path.write_text("[" + ",".join([row] * 4000) + "]", encoding="utf-8")  # 20 MB in one line
        source = Source(path, detect(path))
        tracemalloc.start()
        count = sum(1 for _ in reader_for(path).read(source))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == 4000 and peak < 12_000_000


def _starts(text: str, found: list[Any]) -> Iterator[int]:
    at = 1
    for _, part, _ in found:
        at = text.index(part, at)
        yield at
        at += len(part)


class TestJsonl:
    def test_line_ends(self, tmp_path: Path) -> None:
        content = '{"a": "1\u2028\u0085"}\r\n\r\n \t\n{"a": 2}'
        rows, troubles, _ = read(write(tmp_path, "x.jsonl", content))
        assert rows == [{"a": "1\u2028\u0085"}, {"a": 2}] and not troubles

    @pytest.mark.parametrize(
        ("line", "code", "column"),
        [
            ('{"a": 1,}', "extra-comma", 9),
            ('{"a": [1,]}', "extra-comma", 10),
            ("{'a': 1}", "single-quotes", 2),
            ('  {"a" 1}', "not-json", 8),
            ('{"a": "1', "cut-off", 7),
            ('{"a": 1', "cut-off", 8),
            ('{"a": 1} and more', "not-json", 10),
            ('{"a": "\\d"}', "bad-escape", 8),
            ('{"a": None}', "not-json", 7),
            ("# a", "comment", 0),
            ("5", "no-object", 0),
        ],
    )
    def test_why_a_line_is_broken(self, tmp_path: Path, line: str, code: str, column: int) -> None:
        path = write(tmp_path, "x.jsonl", f'{{"a": 0}}\n{line}\n{{"a": 9}}\n')
        items = list(reader_for(path).read(Source(path, detect(path))))
        assert [i.values for i in items if isinstance(i, Record)] == [{"a": 0}, {"a": 9}]
        (trouble,) = [i for i in items if isinstance(i, Trouble)]
        assert (trouble.line, trouble.code, trouble.column, trouble.text) == (2, code, column, line.strip())
        assert trouble.sentence.format(**trouble.values)

    def test_utf_16_and_gzip(self, tmp_path: Path) -> None:
        content = '{"a": "你好"}\n{"a": 2}\n'
        assert read(write(tmp_path, "x.jsonl", content.encode("utf-16")))[0] == [{"a": "你好"}, {"a": 2}]
        assert read(write(tmp_path, "x.jsonl.gz", gzip.compress(content.encode())))[0] == [{"a": "你好"}, {"a": 2}]


class TestCsv:
    def test_quoted_cells_over_lines(self, tmp_path: Path) -> None:
        rows, troubles, _ = read(write(tmp_path, "x.csv", 'q,a\r\n"one\r\ntwo","say ""hi"""\r\n3,\r\n'))
        assert rows == [{"q": "one\r\ntwo", "a": 'say "hi"'}, {"q": "3", "a": ""}] and not troubles

    @pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
    def test_the_delimiter_is_found(self, tmp_path: Path, delimiter: str) -> None:
        text = "\n".join(delimiter.join(cells) for cells in (["q", "a"], ["x, y; z", "1"], ["\\", "2"]))
        text = text.replace("x, y; z", '"x, y; z"')
        rows, _, source = read(write(tmp_path, "x.csv", text))
        assert rows == [{"q": "x, y; z", "a": "1"}, {"q": "\\", "a": "2"}]
        assert source.facts["delimiter"] == (delimiter if delimiter != "\t" else "tab")

    def test_excels_hint_and_one_column(self, tmp_path: Path) -> None:
        assert read(write(tmp_path, "x.csv", "sep=;\na;b\n1;2\n"))[0] == [{"a": "1", "b": "2"}]
        assert read(write(tmp_path, "x.csv", 'text\n"a, b"\nc\n'))[0] == [{"text": "a, b"}, {"text": "c"}]

    def test_a_header_with_doubled_and_empty_names(self, tmp_path: Path) -> None:
        rows, troubles, _ = read(write(tmp_path, "x.csv", "a,a,\n1,2,3\n"))
        assert rows == [{"a": "1", "a (2)": "2", "column 3": "3"}]
        assert troubles == [(1, "header", True), (1, "header", True)]

    def test_too_few_and_too_many_cells(self, tmp_path: Path) -> None:
        rows, troubles, _ = read(write(tmp_path, "x.csv", "a,b\n1\n1,2,3\n"))
        assert rows == [{"a": "1"}, {"a": "1", "b": "2", "column 3": "3"}]
        assert troubles == [(2, "cell-count", True), (3, "cell-count", True)]

    def test_broken_records_are_named_and_the_rest_is_read(self, tmp_path: Path) -> None:
        content = b'a,b\n1,2\n"x"y,2\n\xc3\xbc,4\n\xff,5\n"never closed,6\n7,8\n'
        rows, troubles, _ = read(write(tmp_path, "x.csv", content))
        assert rows == [{"a": "1", "b": "2"}, {"a": "ü", "b": "4"}, {"a": "7", "b": "8"}]
        assert troubles == [(3, "stray-quote", False), (5, "bad-byte", False), (6, "open-quote", False)]

    def test_a_cell_longer_than_pythons_default_limit(self, tmp_path: Path) -> None:
        assert len(read(write(tmp_path, "x.csv", f"a,b\n{'x' * 300_000},1\n"))[0][0]["a"]) == 300_000

    def test_tsv(self, tmp_path: Path) -> None:
        assert read(write(tmp_path, "x.tsv", "a\tb\n1, 2\t\n"))[0] == [{"a": "1, 2", "b": ""}]


class TestTxt:
    def test_lines_and_paragraphs(self, tmp_path: Path) -> None:
        path = write(tmp_path, "x.txt", "one\r\ntwo\n\n\nthree\n")
        assert [r["text"] for r in read(path)[0]] == ["one", "two", "", "", "three"]
        assert [r["text"] for r in read(path, rows="paragraph")[0]] == ["one\ntwo", "three"]

    def test_a_bad_byte_hurts_one_line(self, tmp_path: Path) -> None:
        rows, troubles, _ = read(write(tmp_path, "x.txt", "grün\n".encode() + b"b\xff\nc\n"))
        assert [r["text"] for r in rows] == ["grün", "c"] and troubles == [(2, "bad-byte", False)]


class TestParquet:
    def test_rows_and_a_broken_file(self, tmp_path: Path) -> None:
        arrow = pytest.importorskip("pyarrow")
        parquet = pytest.importorskip("pyarrow.parquet")
        rows = [{"a": "x", "b": [{"c": 1}], "d": b"\xff", "e": None}, {"a": None, "b": [], "d": b"", "e": None}]
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / "x.parquet")
        assert read(tmp_path / "x.parquet")[0] == [{**rows[0], "d": "\\xff"}, {**rows[1], "d": ""}]
        with pytest.raises(DatasetError, match="cannot be read"):
            read(write(tmp_path, "y.parquet", b"PAR1 no"))


def test_an_unknown_kind_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"x\.docx is of a kind that cannot be read yet") as caught:
        reader_for(tmp_path / "x.docx")
    assert ".jsonl" in caught.value.way_out
