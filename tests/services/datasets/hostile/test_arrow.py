"""Hostile Parquet and Arrow files."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from services.projects.project import Project
from tests.services.datasets.hostile._hostile import Case, check, parametrised


def table(columns: dict[str, Any]) -> pa.Table:
    return pa.table(columns)


def parquet(columns: dict[str, Any], **options: Any) -> Callable[[Path], None]:
    return lambda path: pq.write_table(table(columns), path, **options)


def arrow(columns: dict[str, Any], *, stream: bool = False) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        made = table(columns)
        new = pa.ipc.new_stream if stream else pa.ipc.new_file
        with new(str(path), made.schema) as file:
            file.write_table(made)

    return make


def damaged(make: Callable[[Path], None], change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def both(path: Path) -> None:
        make(path)
        path.write_bytes(change(path.read_bytes()))

    return both


def twice(path: Path) -> None:
    made = pa.Table.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    pq.write_table(made, path)


GOOD = {"question": ["q"] * 500, "answer": [f"a{i}" for i in range(500)]}
NOT_UTF8 = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\2\0\0\0"), pa.py_buffer(b"\xff\xfe")])
PARQUET = [
    Case("empty file", lambda p: p.write_bytes(b""), "cannot be read"),
    Case("text", lambda p: p.write_text("a,b\n1,2\n", encoding="utf-8"), "cannot be read"),
    Case("no end", damaged(parquet(GOOD), lambda d: d[:-9]), "cannot be read"),
    Case("cut at the start", damaged(parquet(GOOD), lambda d: d[9:]), "cannot be read"),
    Case("footer overwritten", damaged(parquet(GOOD), lambda d: d[:-60] + bytes(52) + d[-8:]), "cannot be read"),
    Case("length of the footer is a lie", damaged(parquet(GOOD), lambda d: d[:-8] + b"\xff\xff\xff\x7f" + d[-4:]),
         "cannot be read"),
    Case("pages overwritten", damaged(parquet(GOOD), lambda d: d[:4] + b"\xff" * 400 + d[404:]), "cannot be read"),
    Case("no rows", parquet({"question": pa.array([], pa.string())}), "names its columns and has no rows", 0),
    Case("NaN and Infinity", parquet({"a": [1.5, float("nan"), float("inf")]}), "a holds NaN or Infinity", 3),
    Case("bytes", parquet({"a": [b"text", b"\xff\x00"]}), "a holds bytes, which became text", 2),
    Case("text that is no UTF-8", parquet({"a": NOT_UTF8}), "", 1),
    Case("nanoseconds", parquet({"a": pa.array([1, 2], pa.timestamp("ns"))}), "", 2),
    Case("the year 20000", parquet({"a": pa.array([7_000_000], pa.date32())}), "", 1),
    Case("two columns of one name", twice, "The column a is there once more", 1),
    Case("nested 30 deep", parquet({"a": [__import__("json").loads("[" * 30 + "1" + "]" * 30)]}), "", 1),
    Case("2,000 columns", parquet({f"c{i}": [1] for i in range(2000)}), "more than 1900 different columns"),
]  # fmt: skip
ARROW = [
    Case("text", lambda p: p.write_text("a,b\n1,2\n", encoding="utf-8"), "cannot be read"),
    Case("the first Feather", lambda p: p.write_bytes(b"FEA1" + bytes(40)), "Feather file of the first version"),
    Case("empty file", lambda p: p.write_bytes(b""), "has no rows", 0),
    Case("cut in the middle", damaged(arrow(GOOD), lambda d: d[: len(d) // 2]), "cannot be read"),
    Case("stream cut in the middle", damaged(arrow(GOOD, stream=True), lambda d: d[: len(d) // 2]), "cannot be read"),
    Case("footer overwritten", damaged(arrow(GOOD), lambda d: d[:-80] + bytes(70) + d[-10:]), "cannot be read"),
    Case("zeros", lambda p: p.write_bytes(b"ARROW1\0\0" + bytes(500)), "cannot be read"),
    Case("text that is no UTF-8", arrow({"a": NOT_UTF8}), "cannot be read"),
    Case("no rows", arrow({"question": pa.array([], pa.string())}), "names its columns and has no rows", 0),
    Case("dictionary of words", arrow({"a": pa.array(["x", "y", "x"]).dictionary_encode()}), "", 3),
]  # fmt: skip


@parametrised(PARQUET)
def test_parquet(case: Case, tmp_path: Path, project: Project) -> None:
    check(case, tmp_path, project, ".parquet")


@parametrised(ARROW)
def test_arrow(case: Case, tmp_path: Path, project: Project) -> None:
    check(case, tmp_path, project, ".arrow")


def test_what_json_has_no_word_for_becomes_text_and_digits_stay(tmp_path: Path, project: Project) -> None:
    columns = {
        "day": [dt.date(2024, 1, 2)],
        "time": [dt.datetime(2024, 1, 2, 3, 4, 5)],
        "price": pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
        "pairs": pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32())),
        "deep": [{"a": [{"b": None}]}],
    }
    from services.datasets.store import DatasetStore

    report = check(Case("kinds", parquet(columns), "", 1), tmp_path, project, ".parquet")
    assert report is not None
    with DatasetStore.open(report.path) as store:
        from services.datasets.values import dump

        assert dump(store.rows()[0].values) == (
            '{"day":"2024-01-02","time":"2024-01-02 03:04:05","price":1.50,"pairs":[["k",1]],"deep":{"a":[{"b":null}]}}'
        )
