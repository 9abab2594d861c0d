"""Lengths kept beside a data set: counted once, again only for what was edited; and what a cutoff does to them."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.lengths import LengthStore, LengthTable, RowLength, lengths_path
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.templates import EncodeOptions, Template, TemplateError, counting_apart, encode_stage
from services.templates import counting as counting_module
from services.templates.counting import Count, count_lengths, known_lengths
from services.templates.counting_apart import count_kindly
from services.templates.cutoffs import cut_report, histogram, longest_rows, percentiles, shortest, summary
from services.templates.lengths import measure
from tests.services.templates.talks import MODEL_DIR, case_rows

ALPACA = Mapping(format="alpaca", columns={"prompt": "q", "response": "a"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DatasetStore]:
    """Twelve rows, the last one without an answer."""
    with DatasetStore.create(tmp_path / "数据 a.sqlite") as made:
        made.add_column("q")
        made.add_column("a")
        rows = [{"q": f"Question {i} " + "wave " * i, "a": "It is so. " * (i + 1)} for i in range(11)]
        made.insert_rows(0, [*rows, {"q": "no answer", "a": ""}])
        made.set_mapping(ALPACA)
        yield made


def count_of(store: DatasetStore, **options: object) -> Count:
    return Count(str(store.path), str(MODEL_DIR), "model", "sft", EncodeOptions(**options))  # type: ignore[arg-type]


def test_rows_are_counted_as_training_gets_them(store: DatasetStore, smol: Template) -> None:
    table = count_lengths(count_of(store), smol)
    assert table is not None
    encoded = {r["row_id"]: r for r in encode_stage("sft", store.conversations(), smol, smol.tokenizer)}
    assert set(table) == set(store.ids())
    for row_id in store.ids():
        row = encoded.get(row_id)
        wanted = RowLength(0, 0, 0, 0)
        if row is not None:
            trained = sum(label != -100 for label in row["labels"])
            wanted = RowLength(len(row["input_ids"]), trained, row["full_len"], row["needed_len"])
        assert table.row(row_id) == wanted
    with LengthStore.open(store.path) as kept, pytest.raises(KeyError):
        kept.table("another")[1]


def test_an_edit_counts_that_row_alone(store: DatasetStore, smol: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    counted: list[int] = []
    plain = counting_module._count

    def watched(count: Count, template: Template, mapping: Mapping, rows: list) -> list:  # type: ignore[type-arg]
        counted.extend(row.id for row, _ in rows)
        return plain(count, template, mapping, rows)

    monkeypatch.setattr(counting_module, "_count", watched)
    count = count_of(store)
    before = count_lengths(count, smol)
    assert before is not None and sorted(counted) == sorted(store.ids())
    counted.clear()
    third = store.ids()[2]
    store.set_cells([(third, "a", "Longer now. " * 30)])
    (new,) = store.insert_rows(0, [{"q": "new", "a": "row"}])
    store.set_star([store.ids()[5]])
    assert known_lengths(count, smol, store)[1] == 2
    after = count_lengths(count, smol)
    assert sorted(counted) == sorted([third, new])
    assert after is not None and after[third] > before[third]
    counted.clear()
    store.undo()
    store.undo()
    store.undo()
    assert count_lengths(count, smol) is not None
    assert counted == [third]
    counted.clear()
    store.set_cells([(third, "q", "x")])  # the revisions that were undone are forgotten
    again = count_lengths(count, smol)
    assert counted == [third]
    assert again is not None and set(again) == set(store.ids())


def test_other_options_and_meanings_are_counted_apart(store: DatasetStore, smol: Template) -> None:
    last = count_lengths(count_of(store, mask_history=True), smol)
    everything = count_lengths(count_of(store, train_on_prompt=True), smol)
    assert last is not None and everything is not None
    assert everything.trained.sum() > last.trained.sum()
    store.set_mapping(Mapping(format="alpaca", columns={"prompt": "a", "response": "q"}))
    other = count_lengths(count_of(store, mask_history=True), smol)
    assert other is not None and other.trained.sum() != last.trained.sum()


def test_stopped_and_resumed(store: DatasetStore, smol: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting_module, "BATCH", 2)
    stop, told = threading.Event(), []

    def tell(done: int, todo: int) -> None:
        told.append((done, todo))
        stop.set()

    count = count_of(store)
    assert count_lengths(count, smol, stop, tell) is None
    assert told == [(6, 12)]
    assert known_lengths(count, smol, store)[1] == 6
    whole = count_lengths(count, smol, progress=lambda done, todo: told.append((done, todo)))
    assert whole is not None and told[-1] == (6, 6)


def test_the_file_may_vanish_be_broken_or_belong_to_another_set(store: DatasetStore, smol: Template) -> None:
    count = count_of(store)
    first = count_lengths(count, smol)
    path = lengths_path(store.path)
    path.unlink()
    assert count_lengths(count, smol) is not None
    path.write_bytes(b"no database at all" * 100)
    again = count_lengths(count, smol)
    assert first is not None and again is not None
    assert np.array_equal(first.longest, again.longest)
    other = store.path.with_name("other.sqlite")
    with DatasetStore.create(other) as made:
        made.add_column("q")
        made.add_column("a")
        made.insert_rows(0, [{"q": "x", "a": "y"}] * 12)
        made.set_mapping(ALPACA)
    path.replace(lengths_path(other))
    moved = count_lengths(Count(str(other), str(MODEL_DIR), "model", "sft", EncodeOptions()), smol)
    assert moved is not None and len(set(moved.longest.tolist())) == 1


def test_the_program_counts_too(store: DatasetStore, smol: Template, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting_apart, "APART_OVER", 5)
    monkeypatch.setattr("os.cpu_count", lambda: 4)
    count, told = count_of(store), []
    assert Count.parse(count.text()) == count
    table = count_kindly(count, smol, threading.Event(), lambda done, todo: told.append((done, todo)))
    assert table is not None and len(table) == 12
    assert sorted(told) == [(6, 12), (12, 12)]
    assert known_lengths(count, smol, store)[1] == 0
    lengths_path(store.path).unlink()
    stop = threading.Event()
    stop.set()
    assert count_kindly(count, smol, stop) is None
    with pytest.raises(TemplateError, match="could not be counted"):
        count_kindly(replace(count, template="none"), smol, threading.Event())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cutoff_len=st.integers(8, 140))
def test_the_report_is_what_encoding_gives(store: DatasetStore, smol: Template, cutoff_len: int) -> None:
    options = EncodeOptions(cutoff_len=cutoff_len)
    table = count_lengths(count_of(store), smol)
    assert table is not None
    report = cut_report(table, store, "sft", smol, options)
    rows = list(encode_stage("sft", store.conversations(), smol, smol.tokenizer, options))
    assert report is not None
    assert report.tokens == sum(len(row["input_ids"]) for row in rows)
    assert report.trained == sum(label != -100 for row in rows for label in row["labels"])
    assert report.rows == len(rows)
    assert sorted(report.cut["answer"]) == sorted(row["row_id"] for row in rows if row["cut"] == "answer")
    assert summary(table, cutoff_len).long_rows == len(report.emptied) + sum(map(len, report.cut.values()))
    whole = measure("sft", store.conversations(), smol, smol.tokenizer, options)
    assert (whole.tokens, whole.trained_tokens, whole.cut, whole.emptied) == (
        report.tokens, report.trained, report.cut, report.emptied,
    )  # fmt: skip


@given(counted=st.dictionaries(st.integers(1, 40), st.integers(1, 99)), ids=st.lists(st.integers(1, 40)))
def test_many_at_once_are_as_one_by_one(counted: dict[int, int], ids: list[int]) -> None:
    table = LengthTable.of({i: RowLength(n, n, n, n) for i, n in counted.items()})
    found = table.many(np.array(ids, dtype=np.int64)).tolist()
    assert [None if n != n else n for n in found] == [table.get(i) for i in ids]
    assert dict(table) == counted


def table_of(lengths: list[int]) -> LengthTable:
    """Rows of these lengths; 0 for one that trains nothing."""
    return LengthTable.of({i + 1: RowLength(n, n // 2, n, n) for i, n in enumerate(lengths)})


@given(lengths=st.lists(st.integers(0, 5000), max_size=60), bins=st.integers(1, 60))
def test_a_histogram_sums_to_the_rows(lengths: list[int], bins: int) -> None:
    counts, edges = histogram(table_of(lengths), bins)
    assert counts.sum() == sum(n > 0 for n in lengths)
    assert len(edges) == len(counts) + 1
    assert len(counts) <= bins + 1
    for count, low, high in zip(counts, edges[:-1], edges[1:], strict=True):
        assert count == sum(low <= n < high for n in lengths if n)


@given(lengths=st.lists(st.integers(1, 500), min_size=1, max_size=60), share=st.floats(0.01, 1.0))
def test_the_shortest_cutoff_keeps_that_share(lengths: list[int], share: float) -> None:
    table, count = table_of(lengths), len(lengths)
    cutoff = shortest(table, share)
    assert sum(n <= cutoff for n in lengths) >= share * count - 1e-6
    assert sum(n <= cutoff - 1 for n in lengths) < share * count
    assert [table[i] for i in longest_rows(table)] == sorted(lengths, reverse=True)[:10]
    found = percentiles(table)
    assert found[100] == max(lengths)
    assert list(found.values()) == sorted(found.values())


def test_c13_in_a_set(tmp_path: Path, smol: Template) -> None:
    """What the page says of the eight rows: three lose part of a question, three an answer's end; 329 keeps all."""
    talks = case_rows("C13.cutoff.json")
    with DatasetStore.create(tmp_path / "cut.sqlite") as made:
        for name in ("s", "q", "a"):
            made.add_column(name)
        made.insert_rows(0, [{"s": t.system, "q": t.turns[0].content, "a": t.turns[1].content} for t in talks])
        made.set_mapping(Mapping(format="alpaca", columns={"system": "s", "prompt": "q", "response": "a"}))
        table = count_lengths(count_of(made), smol)
        assert table is not None
        assert (shortest(table), percentiles(table)[100]) == (329, 330)
        assert summary(table, 128).long_rows == 6
        report = cut_report(table, made, "sft", smol, EncodeOptions(cutoff_len=128))
        assert report is not None
        assert {kind: len(rows) for kind, rows in report.cut.items()} == {"history": 0, "prompt": 3, "answer": 3}
        assert (report.rows, len(report.endless), report.emptied) == (8, 3, [])
        scarce = cut_report(table, made, "sft", smol, EncodeOptions(cutoff_len=16))
        assert scarce is not None and (scarce.rows, len(scarce.emptied)) == (0, 8)
