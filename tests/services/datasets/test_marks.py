"""Stars and tags: edits like any other, seen by no export; and what a file of the schema before becomes."""

import json
import sqlite3
from pathlib import Path

import pytest

from services.datasets import schema
from services.datasets.errors import DatasetError
from services.datasets.exporting import write_out
from services.datasets.marks import Marks, marks_of
from services.datasets.store import DatasetStore
from tests.services.datasets.conftest import Make, values


def test_marks_are_kept_undone_and_counted(make: Make) -> None:
    store = make([{"a": f"{i}"} for i in range(4)])
    store.set_star([1, 3])
    store.add_tag([1, 2], "  good   one ")
    store.add_tag([2], "bad")
    assert store.marks([1, 2, 3, 4]) == {
        1: Marks(star=True, tags=("good one",)),
        2: Marks(tags=("good one", "bad")),
        3: Marks(star=True),
    }
    assert store.tag_counts() == {"good one": 2, "bad": 1}
    revision = store.revision
    assert store.add_tag([2], "bad") == revision, "nothing changed, so there is no edit"
    store.remove_tag([2], "bad")
    store.set_star([1, 3], False)
    assert store.marks([2, 3]) == {2: Marks(tags=("good one",))}
    store.undo()
    store.undo()
    assert store.marks([2, 3]) == {2: Marks(tags=("good one", "bad")), 3: Marks(star=True)}
    store.delete_rows([2])
    assert store.tag_counts() == {"good one": 1}
    assert store.undo_label == "Delete rows"


def test_they_are_no_data(make: Make, tmp_path: Path) -> None:
    store = make([{"a": "x"}])
    store.add_tag([1], "good")
    assert store.columns == ["a"] and values(store) == [{"a": "x"}]
    assert json.loads(write_out(store, store.revision, tmp_path / "out.jsonl").read_text(encoding="utf-8")) == {
        "a": "x"
    }
    found = store.diff(0, store.revision)
    assert found and not found.cells
    assert found.marks == {1: (Marks(), Marks(tags=("good",)))}
    assert not store.diff(0, 0)


def test_changed_cells_stay_known_over_marks(make: Make) -> None:
    store = make([{"a": "x"}, {"a": "y"}])
    store.set_cells([(1, "a", "z")])
    assert store.changed_cells().cells == {(1, "a")}
    store.set_star([2])
    known = store.changed_cells_known()
    assert known is not None and known.cells == {(1, "a")}
    assert store.changed_since_version() == {(1, "a")}


def test_versions_see_the_marks_of_their_time(make: Make) -> None:
    store = make([{"a": "x"}])
    store.add_tag([1], "first")
    store.save_version("v")
    store.remove_tag([1], "first")
    view = store._at(store.version("v").revision)
    assert view is not None and marks_of(view.get_cell(1, 0)) == Marks(tags=("first",))


def test_bad_tags_and_rows_are_said(make: Make) -> None:
    store = make([{"a": "x"}])
    for tag in ("", "   ", "x" * 101):
        with pytest.raises(DatasetError, match="A tag has between 1 and 100 characters"):
            store.add_tag([1], tag)
    with pytest.raises(DatasetError, match="no row 9 any more"):
        store.set_star([9])
    assert store.revision == 0
    for foreign in (None, "text", b"[]", b'{"tags": 5, "star": "yes"}', b'{"tags": [1, "x"]}'):
        assert marks_of(foreign) in (Marks(), Marks(tags=("x",)))


def test_a_file_of_the_first_schema_is_backed_up_and_gets_marks(tmp_path: Path) -> None:
    path = tmp_path / "旧 old.sqlite"
    with DatasetStore.create(path) as store:
        store.insert_rows(0, [{"a": "x"}])
        store.set_cells([(1, "a", "y")])
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("DROP INDEX marked")
    connection.execute("ALTER TABLE rows DROP COLUMN c0")  # as schema 1 had it
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    with pytest.raises(DatasetError, match="older Tunesmith"):
        DatasetStore.open(path, read_only=True)
    with DatasetStore.open(path) as store:
        store.set_star([1])
        assert store.marks([1]) == {1: Marks(star=True)}
        store.undo()
        store.undo()
        assert values(store) == [{"a": "x"}]
    backup = sqlite3.connect(path.with_name(path.name + ".schema-1.bak"))
    assert backup.execute("PRAGMA user_version").fetchone() == (1,)
    assert [row[1] for row in backup.execute("PRAGMA table_info(rows)")] == ["id", "shape", "c1"]
    backup.close()
    assert schema.SCHEMA == 2
