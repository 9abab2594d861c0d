"""Sorting equals Python's own sorted(), which leaves equal ones as they stand, also in reverse."""

import threading
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.query import FilterContext, SortKey, sorted_ids, texts
from services.datasets.query import scan as scanning
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, to_text
from tests.services.datasets.conftest import Make
from tests.services.datasets.query.test_select import ROWS, number, shown


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, reverse=st.booleans(), first=st.sampled_from([1, 2, 64]), chance=st.randoms(use_true_random=False))
def test_it_equals_sorted(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], reverse: bool, first: int, chance: Any
) -> None:
    path = tmp_path_factory.mktemp("set") / "a.sqlite"
    with Builder(path) as builder:
        builder.add_columns(["a", "b", "c"])
        builder.add(rows)
        builder.finish(Mapping(), {})
    with DatasetStore.open(path) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "FIRST_BYTES", first)
        chance.shuffle(ids := store.ids())
        store.reorder(ids)
        now = [(row.id, [row.values.get(name, ABSENT) for name in "abc"]) for row in store.rows()]

        def plainly(key: Any, rows: list[Any] = now, backwards: bool = reverse) -> list[int]:
            return [i for i, _ in sorted(rows, key=lambda row: key(row[1]), reverse=backwards)]

        def ours(column: str, by: Any) -> list[int]:
            return sorted_ids(store, SortKey(column, by, reverse)).tolist()

        assert ours("a", "text") == plainly(lambda cells: shown(cells[0]).casefold())
        assert ours("b", "length") == plainly(lambda cells: len(shown(cells[1])))
        assert ours("", "length") == plainly(lambda cells: sum(len(shown(cell)) for cell in cells))
        numbers = [row for row in now if number(row[1][0]) == number(row[1][0])]
        rest = [i for i, cells in now if number(cells[0]) != number(cells[0])]
        assert ours("a", "number") == plainly(lambda cells: number(cells[0]), numbers) + rest


def test_long_equal_beginnings_are_told_apart(make: Make) -> None:
    same = "Below is an instruction. " * 200
    store = make([{"a": same + end} for end in ("b", "a", "B", "", "a", "\0", "é")])
    order = sorted(range(7), key=lambda i: to_text(store.row(i + 1).values["a"]).casefold())
    assert sorted_ids(store, SortKey("a")).tolist() == [i + 1 for i in order]


def test_by_tokens_and_position_and_within_a_selection(make: Make) -> None:
    store = make([{"a": f"{i % 3}"} for i in range(6)])
    context = FilterContext(tokens={1: 5, 2: 9, 4: 5, 6: 1})
    assert sorted_ids(store, SortKey(by="tokens"), context=context).tolist() == [6, 1, 4, 2, 3, 5]
    assert sorted_ids(store, SortKey(by="tokens", reverse=True), context=context).tolist() == [2, 1, 4, 6, 3, 5]
    assert sorted_ids(store, SortKey(by="position", reverse=True)).tolist() == [6, 5, 4, 3, 2, 1]
    some = np.array([6, 3, 2, 1])
    assert sorted_ids(store, SortKey("a"), some).tolist() == [1, 2, 6, 3]
    with pytest.raises(DatasetError, match="not counted yet"):
        sorted_ids(store, SortKey(by="tokens"))
    with pytest.raises(DatasetError, match="no column gone"):
        sorted_ids(store, SortKey("gone"))


def test_many_batches_and_a_stop(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "ALONE", 10)
    monkeypatch.setattr(scanning, "MOST_ROWS", 32)
    values = [f"{(i * 7919) % 1000:04d}" + "x" * (i % 50) for i in range(3000)]
    store = make([{"a": value} for value in values])
    assert sorted_ids(store, SortKey("a")).tolist() == [i + 1 for i in sorted(range(3000), key=lambda i: values[i])]
    expected = [i + 1 for i in sorted(range(3000), key=lambda i: len(values[i]))]
    assert sorted_ids(store, SortKey("a", "length")).tolist() == expected
    stop = threading.Event()
    stop.set()
    for by in ("text", "length"):
        assert not len(sorted_ids(store, SortKey("a", by), stop=stop))  # type: ignore[arg-type]
