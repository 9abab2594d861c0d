"""What the window asks of the store: quick answers on large sets, pastes as one edit, checks that can be stopped."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datasets.errors import DatasetError
from services.datasets.lint import lint
from services.datasets.mapping import Mapping
from services.datasets.order import Order
from services.datasets.store import DatasetStore

ROWS = [{"q": f"q{i}", "a": f"a{i}"} for i in range(20)]


@pytest.fixture
def store(tmp_path):
    with DatasetStore.create(tmp_path / "set.sqlite") as made:
        made.insert_rows(0, ROWS)
        made.set_mapping(Mapping(format="alpaca", columns={"prompt": "q", "response": "a"}))
        yield made


def values(store: DatasetStore) -> list[dict]:
    return [row.values for row in store.rows()]


@given(st.lists(st.integers(1, 40), unique=True, max_size=30), st.lists(st.integers(0, 45), max_size=20))
def test_positions_are_right_however_few_or_many_are_asked(order: list[int], asked: list[int]) -> None:
    ids = Order()
    ids.put(np.arange(len(order)), np.asarray(order, dtype=np.int64))
    want = [order.index(i) if i in order else -1 for i in asked]
    assert ids.positions(asked) == want
    assert [ids.positions([i])[0] for i in asked] == want


def test_a_paste_is_one_edit(store) -> None:
    before, revision = values(store), store.revision
    first = store.rows(0, 1)[0].id
    ids = store.paste([(first, "q", "new")], 20, [{"q": "more", "a": ""}, {"q": "x", "fresh": "1"}])
    after = values(store)
    assert len(ids) == 2 and after[0]["q"] == "new" and after[21] == {"q": "x", "fresh": "1"}
    store.undo()
    assert values(store) == before and store.revision == revision and store.columns == ["q", "a"]
    store.redo()
    assert values(store) == after


def test_a_paste_over_a_row_that_is_gone_changes_nothing(store) -> None:
    with pytest.raises(DatasetError):
        store.paste([(999, "q", "x")], 0, [{"q": "y"}])
    assert values(store) == ROWS


def test_the_size_of_a_step_tells_a_large_one(store) -> None:
    store.set_cells([(row.id, "q", "z") for row in store.rows()])
    assert store.step_size() == 20 and store.step_size(forward=True) == 0
    store.delete_rows([row.id for row in store.rows(0, 7)])
    assert store.step_size() == 8
    store.undo()
    assert store.step_size(forward=True) == 8 and store.step_size() == 20


def test_changed_cells_are_handed_from_reader_to_writer(store) -> None:
    store.save_version()
    known = store.changed_cells_known()
    assert known is not None and known.cells == set()
    row = store.rows(0, 1)[0].id
    store.set_cells([(row, "q", "z")])
    assert store.changed_cells_known() is not None and store.changed_since_version() == {(row, "q")}
    store.insert_rows(0, [{"q": "n", "a": "n"}])
    assert store.changed_cells_known() is None, "it takes a comparison"
    with DatasetStore.open(store.path, read_only=True) as reader:
        store.use_changed_cells(reader.changed_cells())
    known = store.changed_cells_known()
    assert known is not None and known.cells == {(row, "q"), (21, "q"), (21, "a")}
    store.set_cells([(row, "q", "q0")])
    assert store.changed_since_version() == {(21, "q"), (21, "a")}, "back to what it was"
    store.save_version()
    assert store.changed_since_version() == set()


def test_a_check_can_be_stopped_at_any_row(store) -> None:
    seen: list[int] = []

    def stop(number: int) -> None:
        seen.append(number)
        if number == 5:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        list(lint(store, on_row=stop))
    assert seen == [0, 1, 2, 3, 4, 5]
