"""The history: every edit in order, and a step to any of them is undo or redo so many times."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.datasets.errors import DatasetError
from services.datasets.history import history, step_to
from services.datasets.store import DatasetStore


def small(path: Path) -> DatasetStore:
    store = DatasetStore.create(path)
    store.insert_rows(0, [{"q": f"q{i}", "a": f"a{i}"} for i in range(4)])
    return store


def test_steps_say_what_they_changed(tmp_path: Path) -> None:
    with small(tmp_path / "s.sqlite") as store:
        store.set_cells([(1, "q", "x"), (2, "q", "y")])
        store.delete_rows([3])
        store.move_rows([1], 3)
        store.reorder([4, 2, 1])
        store.undo()
        steps = history(store)
    assert [(s.label, s.cells, s.rows, s.when) for s in steps] == [
        ("Keep this order", 0, 3, "undone"),
        ("Move rows", 0, 1, "now"),
        ("Delete rows", 0, 1, "done"),
        ("Edit", 2, 0, "done"),
        ("Insert rows", 0, 4, "done"),
    ]
    assert all(step.time > 1e9 for step in steps)


def test_pages_of_steps_join(tmp_path: Path) -> None:
    with small(tmp_path / "s.sqlite") as store:
        for i in range(7):
            store.set_cells([(1, "q", str(i))])
        whole = history(store)
        assert [*history(store, 3), *history(store, 3, 3), *history(store, 3, 6)] == whole and len(whole) == 8
        assert [s.revision for s in whole] == sorted((s.revision for s in whole), reverse=True)


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_a_step_is_undo_or_redo_so_many_times(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("history")
    with small(folder / "s.sqlite") as store:
        seen = {store.revision: store.rows()}
        for i in range(data.draw(st.integers(1, 6))):
            if data.draw(st.booleans()):
                store.set_cells([(data.draw(st.sampled_from([1, 2, 4])), "q", f"new {i}")])
            else:
                store.insert_rows(data.draw(st.integers(0, 4)), [{"q": f"made {i}"}])
            seen[store.revision] = store.rows()
        for _ in range(4):
            goal = data.draw(st.sampled_from([s.revision for s in history(store)]))
            assert step_to(store, goal) == goal == store.revision
            assert store.rows() == seen[goal]
            assert [s.revision for s in history(store) if s.when == "now"] == [goal]
        step_to(store, 0)
        assert store.count() == 0 and not store.can_undo and all(s.when == "undone" for s in history(store))


def test_what_was_replaced_by_other_edits_is_gone(tmp_path: Path) -> None:
    with small(tmp_path / "s.sqlite") as store:
        gone = store.set_cells([(1, "q", "x")])
        store.undo()
        store.set_cells([(1, "q", "y")])
        before = store.rows()
        with pytest.raises(DatasetError, match=f"Edit {gone} is not among"):
            step_to(store, gone)
        assert store.rows() == before and gone not in [s.revision for s in history(store)]
