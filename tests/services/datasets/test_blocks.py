"""Many rows at once: always what reading them one by one gives, however odd they are."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.encodings import Encoding, detect
from services.datasets.readers import Block, Reader, Record, Source, Trouble, _elements, items, reader_for
from services.datasets.readers._pack import pack, rows_of_lines, rows_of_list
from services.datasets.values import encode
from tests.services.datasets.test_values import json_values

Seen = list[tuple[Any, ...]]

ODD = [
    '{"a": "x"}', '{"b": "y", "a": "z"}', '{"a": 1.50}', '{"a": -0}', '{"a": [1, {"b": null}]}', '{"a": [0.10]}',
    '{"a": 1, "a": 2}', '{"a": {"b": 1, "b": 2}}', '{"a": NaN}', '{"a": "\\u0000"}', '{"a": "\\ud800"}', "{}", "",
    '{"a": "back\\\\"}', '{"a": "quo\\"te"}', '{"a": "\\\\\\"", "b": "\\\\"}', "  ", '{"a": "cut', '"b": 1}', "[1]",
    '{"a": [1', "2]}", '{"a": 1}],[{"b": 2}', '{"a": 1} {"a": 2}', '{"a": 1},', "5", '{"a": 18446744073709551616}',
    '{"a": true, "b": false, "c": 7}', "\ufeff" + '{"a": "bom"}', '{"a": "-0"}', '{"a": "-0", "b": 0}', "// no",
    '{"a": ' + "[" * 95 + "]" * 95 + "}", '{"a": ' + "[" * 300 + "]" * 300 + "}", '{"a": "\t"}', '{"a": "好😀"}',
    '{"a": "x"}\r',
]  # fmt: skip


def one_by_one(reader: Reader, source: Source) -> Seen:
    return [_seen(item) for item in reader.read(source)]


def at_once(reader: Reader, source: Source) -> Seen:
    out: Seen = []
    for item in items(reader, source):
        if isinstance(item, Block):
            out += [(*zip(item.keys, cells, strict=True),) for cells in item.cells]
        else:
            out.append(_seen(item))
    return out


def _seen(item: Record | Trouble | Block) -> tuple[Any, ...]:
    if isinstance(item, Record):
        return tuple((key, encode(value)) for key, value in item.values.items())
    assert isinstance(item, Trouble)
    return (item.code, item.line, item.column, item.text, str(item.values))


def same(path: Path) -> Seen:
    source = Source(path, detect(path))
    reader = reader_for(path)
    slow = one_by_one(reader, source)
    assert at_once(reader, Source(path, detect(path))) == slow
    return slow


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lines=st.lists(st.sampled_from(ODD), max_size=9), end=st.sampled_from(["\n", "\r\n"]), last=st.booleans())
def test_lines_of_any_oddity(tmp_path: Path, lines: list[str], end: str, last: bool) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes((end.join(lines) + (end if last else "")).encode("utf-8"))
    same(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    lines=st.lists(st.sampled_from(ODD), max_size=7),
    between=st.sampled_from([",", ",\n", " , ", "\n", ",,", ""]),
    end=st.sampled_from(["]", "", "]x", ",]"]),
)
def test_elements_of_any_oddity(tmp_path: Path, lines: list[str], between: str, end: str) -> None:
    path = tmp_path / "x.json"
    path.write_text('[{"a": "first"}' + between + between.join(lines) + end, encoding="utf-8")
    same(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), json_values, max_size=3), max_size=12),
    indent=st.sampled_from([None, 1, 4]),
    escaped=st.booleans(),
)
def test_any_rows_as_array_and_as_lines(
    tmp_path: Path, rows: list[dict[str, Any]], indent: int | None, escaped: bool
) -> None:
    array, lines = tmp_path / "y.json", tmp_path / "y.jsonl"
    array.write_text(json.dumps(rows, indent=indent, ensure_ascii=escaped), encoding="utf-8", errors="surrogatepass")
    lines.write_text(
        "".join(json.dumps(row, ensure_ascii=escaped) + "\n" for row in rows), encoding="utf-8", errors="surrogatepass"
    )
    assert len(same(array)) >= (len(rows) > 1)
    same(lines)


@pytest.mark.parametrize("size", [7, 64, 1 << 20])
def test_borders_between_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    monkeypatch.setattr("services.datasets.readers._CHUNK", size)
    monkeypatch.setattr(_elements, "_AT_ONCE", size)
    rows = [{"from": str(i), "turns": [{"from": "好", "value": i}, {"from": "b"}]} for i in range(60)]
    broken = [json.dumps(row, ensure_ascii=False) for row in rows]
    broken[20] = '{"from": "cut'
    broken[41] = '{"from": 0.50}'
    (tmp_path / "x.jsonl").write_text("\n".join(broken), encoding="utf-8")
    assert len(same(tmp_path / "x.jsonl")) == 60
    (tmp_path / "x.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")
    assert len(same(tmp_path / "x.json")) == 60
    (tmp_path / "y.json").write_text("[" + ",".join(broken[21:]) + "]", encoding="utf-8")
    assert len(same(tmp_path / "y.json")) == 39


def test_plain_rows_are_taken_many_at_a_time(tmp_path: Path) -> None:
    rows = [{"q": f"Question {i}", "a": [{"role": "user", "n": i}], "b": None} for i in range(100)]
    (tmp_path / "x.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (tmp_path / "x.json").write_text(json.dumps(rows, indent=2), encoding="utf-8")
    for name in ("x.jsonl", "x.json"):
        found = list(items(reader_for(tmp_path / name), Source(tmp_path / name, Encoding("utf-8", ""))))
        assert isinstance(found[0], Block) and len(found[0].cells) >= 99


def test_no_row_is_made_of_two_lines() -> None:
    for text in (
        '{"a": "x\ny"}',
        '{"a": [[1\n2]]}\n{"b": 1}],[{"c": 2}',
        '{"a": 1\n"b": 2}',
        '{"a":1}\n{"a":1},{"a":2}',
    ):
        assert rows_of_lines(text.encode()) is None
    assert rows_of_lines(b'{"a": 1}\n\n{"a": 2}\n') == [{"a": 1}, {"a": 2}]
    assert rows_of_list(b'{"a": 1}, {"a": 2}') == [{"a": 1}, {"a": 2}]
    assert rows_of_list(b'{"a": 1}, 2') is None


def test_a_doubled_key_is_seen_whatever_is_escaped() -> None:
    for text in (
        '{"a": "\\\\", "a": "\\\\"}',
        '{"a": "\\"", "a": ""}',
        '{"b": [{"a": 1, "a": 1}]}',
        '{"a":"\\\\\\"","a":""}',
    ):
        rows = rows_of_list(text.encode())
        assert rows is not None and pack(rows, text.encode()) is None
