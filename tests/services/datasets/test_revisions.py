"""Versions, differences, earlier states, and what becomes of undone edits."""

import pytest

from services.datasets.errors import DatasetError
from services.datasets.values import ABSENT
from tests.services.datasets.conftest import Make, values


def test_versions_name_revisions_and_survive_undo(make: Make) -> None:
    store = make([{"a": "x"}])
    store.set_cells([(1, "a", "y")])
    assert store.save_version("good").revision == 1
    store.undo()
    store.set_cells([(1, "a", "z")])
    assert not store.can_redo
    assert [v.name for v in store.versions()] == ["good"]
    assert values(store, store.version("good").revision) == [{"a": "y"}]
    with pytest.raises(DatasetError, match="already a version called good"):
        store.save_version("good")
    with pytest.raises(DatasetError, match="no version called bad"):
        store.version("bad")
    assert store.save_version().name == "version 2"


def test_a_new_edit_drops_the_redo_branch_and_its_rows(make: Make) -> None:
    store = make([{"a": "x"}])
    store.insert_rows(0, [{"a": "new"}])
    gone = store.set_cells([(1, "a", "y")])
    store.undo()
    store.undo()
    after = store.set_cells([(1, "a", "z")])
    assert after > gone, "a number is never used twice"
    with pytest.raises(DatasetError, match="Revision 2 of this data set is gone"):
        store.rows_at(gone)
    assert store._connection.execute("SELECT count(*) FROM rows").fetchone()[0] == 1
    assert store.insert_rows(1, [{"a": "later"}]) == [3], "nor is the id of a row"


def test_diff(make: Make) -> None:
    store = make([{"a": f"{i}"} for i in range(6)])
    store.save_version("start")
    store.set_cells([(2, "a", "two"), (3, "a", "3!")])
    store.set_cells([(3, "a", "2")])  # and back
    new = store.insert_rows(1, [{"a": "n", "b": 1}])
    store.delete_rows([5])
    found = store.diff(0, store.revision)
    assert found.cells == {(2, "a"): ("1", "two")}
    assert (found.added, found.removed, found.moved) == (new, [5], False)
    assert (found.columns_added, found.columns_removed) == (["b"], [])
    back = store.diff(store.revision, 0)
    assert back.cells == {(2, "a"): ("two", "1")}
    assert (back.added, back.removed) == ([5], new)
    store.move_rows([6], 0)
    store.rename_column("a", "A")
    assert store.diff(0, store.revision).moved
    assert store.diff(0, store.revision).columns_renamed == {"a": "A"}
    assert not store.diff(3, 3)
    with pytest.raises(DatasetError, match="gone"):
        store.diff(0, 99)


def test_cells_changed_since_the_last_version(make: Make) -> None:
    store = make([{"a": "x", "b": "y"}, {"a": "z"}])
    assert store.changed_since_version() == set()
    store.set_cells([(1, "a", "X")])
    store.set_cells([(2, "b", "new")])
    assert store.changed_since_version() == {(1, "a"), (2, "b")}
    store.set_cells([(1, "a", "x"), (2, "b", ABSENT)])
    assert store.changed_since_version() == set(), "as it was is not changed"
    store.undo()
    assert store.changed_since_version() == {(1, "a"), (2, "b")}
    store.save_version()
    assert store.changed_since_version() == set()
    store.set_cells([(1, "a", "Y")])
    (new,) = store.insert_rows(0, [{"a": "n"}])
    assert store.changed_since_version() == {(1, "a"), (new, "a"), (new, "b")}
    store.undo()
    store.undo()
    store.undo()
    assert store.changed_since_version() == {(1, "a")}, "before the version the import is what counts"


def test_iterating_is_not_disturbed_by_edits(make: Make) -> None:
    store = make([{"a": i} for i in range(1200)])
    store.set_cells([(1, "a", "first")])
    seen = []
    for row in store.iterate():
        if row.id == 3:
            store.delete_rows([700])
            store.set_cells([(900, "a", "changed")])
            store.insert_rows(0, [{"a": "new"}])
        seen.append(row.values["a"])
    assert seen == ["first", *range(1, 1200)]
    assert len(values(store)) == 1200 and values(store)[0] == {"a": "new"}
