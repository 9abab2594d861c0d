"""The order of rows against a plain list, and against its own record on the disk."""

import sqlite3

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.datasets import order as order_module
from services.datasets.order import Order


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE TABLE ordering (block INTEGER PRIMARY KEY, ids BLOB NOT NULL)")
    return connection


def array(numbers: list[int]) -> np.ndarray:
    return np.asarray(numbers, dtype=np.int64)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "BLOCK", 4)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_like_a_list(data: st.DataObject) -> None:
    connection, order, model, next_id = database(), Order(), [], 1
    for _ in range(data.draw(st.integers(1, 12))):
        if model and data.draw(st.booleans()):
            positions = sorted(data.draw(st.sets(st.integers(0, len(model) - 1), max_size=6)))
            order.take(array(positions))
            model = [i for p, i in enumerate(model) if p not in positions]
        else:
            count = data.draw(st.integers(0, 9))
            final = sorted(data.draw(st.permutations(range(len(model) + count)))[:count])
            ids = list(range(next_id, next_id + count))
            next_id += count
            order.put(array(final), array(ids))
            for place, row in zip(final, ids, strict=True):
                model.insert(place, row)
        order.save(connection)
        assert list(order) == model == list(Order.load(connection))
        assert len(order) == len(model)
        start, span = data.draw(st.integers(0, 20)), data.draw(st.integers(0, 20))
        assert order.slice(start, span) == model[start : start + span]
        assert order.positions([*model, next_id]) == [*range(len(model)), -1]


def test_keys_are_renumbered_when_no_room_is_left_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "_GAP", 2)
    connection, order = database(), Order()
    order.put(array(list(range(8))), array(list(range(8))))
    model = list(range(8))
    for row in range(100, 140):
        order.put(array([3]), array([row]))
        model.insert(3, row)
        order.save(connection)
        assert list(Order.load(connection)) == model


def test_an_insert_in_a_large_set_writes_a_few_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_module, "BLOCK", 1024)
    connection, order = database(), Order()
    order.put(np.arange(100_000), np.arange(100_000))
    order.save(connection)
    written = connection.total_changes
    order.put(array([50_000]), array([1_000_000]))
    order.save(connection)
    assert connection.total_changes - written <= 3


def test_a_copy_is_independent() -> None:
    order = Order()
    order.put(array([0, 1]), array([7, 8]))
    copied = order.copy()
    copied.take(array([0]))
    assert (list(order), list(copied)) == ([7, 8], [8])
