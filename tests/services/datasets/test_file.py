"""The file: one writer, readers, migration, damage."""

import os
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from services.datasets import schema
from services.datasets.building import Builder
from services.datasets.errors import DatasetError
from services.datasets.store import DatasetStore
from tests.services.datasets.conftest import Make, values


def test_the_second_to_open_reads_and_sees_what_the_first_writes(make: Make) -> None:
    store = make([{"a": "x"}])
    with DatasetStore.open(store.path) as second:
        assert second.read_only and "edited elsewhere" in second.notice
        with pytest.raises(DatasetError, match="edited elsewhere"):
            second.set_cells([(1, "a", "y")])
        assert not second.changed_by_others()
        store.set_cells([(1, "a", "y")])
        store.insert_rows(0, [{"a": "first", "b": 1}])
        assert second.changed_by_others() and not second.changed_by_others()
        assert values(second) == [{"a": "first", "b": 1}, {"a": "y"}]
        assert second.columns == ["a", "b"]
        assert values(second, 0) == [{"a": "x"}] and values(second, 1) == [{"a": "y"}]
        store.undo()
        assert values(second, 0) == [{"a": "x"}] and values(second) == [{"a": "y"}]
        store.redo()
        assert not store.changed_by_others(), "its own edits are no news to the writer"
    store.close()
    with DatasetStore.open(store.path) as third:
        assert not third.read_only and third.notice == ""


def test_asked_for_reading_it_only_reads(make: Make) -> None:
    store = make([{"a": "x"}])
    store.close()
    with DatasetStore.open(store.path, read_only=True) as reader:
        assert reader.notice == ""
        for edit in (reader.undo, reader.save_version, lambda: reader.delete_rows([1])):
            with pytest.raises(DatasetError, match="opened for reading"):
                edit()


def test_the_file_alone_is_whole_between_edits(make: Make, tmp_path: Path) -> None:
    store = make([{"a": "x"}])
    store.set_cells([(1, "a", "y")])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["set.sqlite", "set.sqlite.lock"]
    copied = tmp_path / "copy.sqlite"
    shutil.copyfile(store.path, copied)
    with DatasetStore.open(copied) as other:
        assert values(other) == [{"a": "y"}] and other.can_undo


def test_create_and_refuse_to_create_twice(tmp_path: Path) -> None:
    path = tmp_path / "new" / "s.sqlite"
    with DatasetStore.create(path) as store:
        assert (store.columns, store.count(), store.rows(), store.revision) == ([], 0, [], 0)
        store.insert_rows(0, [{"a": 1}])
    with pytest.raises(DatasetError, match="already a data set"):
        DatasetStore.create(path)
    with DatasetStore.open(path) as store:
        store.undo()
        assert store.columns == [] and store.count() == 0


def test_a_newer_file_is_refused_and_untouched(make: Make) -> None:
    store = make([{"a": "x"}])
    store.close()
    with sqlite3.connect(store.path) as connection:
        connection.execute(f"PRAGMA user_version = {schema.SCHEMA + 1}")
    connection.close()
    before = store.path.read_bytes()
    with pytest.raises(DatasetError, match="newer Tunesmith") as caught:
        DatasetStore.open(store.path)
    assert "Update" in caught.value.way_out
    assert store.path.read_bytes() == before


def test_an_older_file_is_backed_up_and_migrated(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make([{"a": "x"}])
    store.close()
    monkeypatch.setattr(schema, "SCHEMA", schema.SCHEMA + 1)
    with pytest.raises(DatasetError, match="older Tunesmith"):
        DatasetStore.open(store.path, read_only=True)
    monkeypatch.setitem(schema.MIGRATIONS, schema.SCHEMA - 1, lambda c: c.execute("CREATE TABLE extra (x)"))
    with DatasetStore.open(store.path) as opened:
        assert values(opened) == [{"a": "x"}]
        assert opened._connection.execute("PRAGMA user_version").fetchone()[0] == schema.SCHEMA
        opened._connection.execute("SELECT x FROM extra")
    backup = store.path.with_name(f"set.sqlite.schema-{schema.SCHEMA - 1}.bak")
    monkeypatch.undo()
    with DatasetStore.open(backup) as old:
        assert values(old) == [{"a": "x"}]


def test_a_migration_that_fails_leaves_the_file_as_it_was(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make([{"a": "x"}])
    store.close()
    monkeypatch.setattr(schema, "SCHEMA", schema.SCHEMA + 1)

    def broken(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM rows")
        raise sqlite3.OperationalError("no")

    monkeypatch.setitem(schema.MIGRATIONS, schema.SCHEMA - 1, broken)
    with pytest.raises(DatasetError):
        DatasetStore.open(store.path)
    monkeypatch.undo()
    with DatasetStore.open(store.path) as opened:
        assert values(opened) == [{"a": "x"}]


@pytest.mark.parametrize("content", [b"", b"not a database, but long enough to look at " * 40, None])
def test_what_is_no_data_set_is_refused_with_a_sentence(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "x.sqlite"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DatasetError) as caught:
        DatasetStore.open(path)
    assert caught.value.way_out and "x.sqlite" in caught.value.sentence


def test_a_damaged_page_is_a_sentence(make: Make) -> None:
    store = make([{"a": "text " * 3000} for _ in range(50)])
    store.close()
    size = store.path.stat().st_size
    with store.path.open("rb+") as file:
        file.seek(size // 2)
        file.write(os.urandom(size // 4))
    with pytest.raises(DatasetError, match="damaged"), DatasetStore.open(store.path) as opened:
        values(opened)


def test_a_full_drive_is_a_sentence_and_changes_nothing(make: Make) -> None:
    store = make([{"a": "x"}])
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DatasetError, match="full"):
        store.set_cells([(1, "a", "y" * 1_000_000)])
    assert values(store) == [{"a": "x"}] and store.revision == 0
    store._connection.execute("PRAGMA max_page_count = 1000000")
    store.set_cells([(1, "a", "y")])
    assert values(store) == [{"a": "y"}]


def test_a_reader_that_will_not_let_go_is_a_sentence(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    store = make([{"a": "x"}])
    store._connection.execute("PRAGMA busy_timeout = 50")
    other = sqlite3.connect(store.path)
    other.execute("BEGIN")
    other.execute("SELECT * FROM rows").fetchall()
    with pytest.raises(DatasetError, match="used by another program"):
        store.set_cells([(1, "a", "y")])
    other.close()
    store.set_cells([(1, "a", "y")])
    assert values(store) == [{"a": "y"}]


def test_threads_share_a_store(make: Make) -> None:
    store = make([{"a": "x", "n": -1} for _ in range(50)])
    errors: list[BaseException] = []

    def work(part: int) -> None:
        try:
            for i in range(part, 50, 4):
                store.set_cells([(i + 1, "n", i)])
                assert len(store.rows(0, 50)) == 50
        except BaseException as error:  # noqa: BLE001 (shown by the assertion below)
            errors.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert [row["n"] for row in values(store)] == list(range(50)) and store.revision == 50


def test_a_builder_that_fails_leaves_no_trace(tmp_path: Path) -> None:
    path = tmp_path / "s.sqlite"
    with pytest.raises(ZeroDivisionError), Builder(path) as builder:
        builder.add([{"a": 1}])
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == ["s.sqlite.lock"]


def test_more_columns_than_sqlite_has_is_a_sentence(make: Make) -> None:
    store = make([{"a": "x"}])
    with pytest.raises(DatasetError, match="more than 1900 different columns"):
        store.insert_rows(0, [{f"key {i}": i for i in range(2000)}])
    assert store.columns == ["a"]
