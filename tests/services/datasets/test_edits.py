"""Edits against a plain list of rows; undo and redo; restarts in between."""

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT
from tests.services.datasets.conftest import Make, values

cells = st.sampled_from(["", "a", "b" * 400, "b" * 200 + "c" + "b" * 200, None, 1, 1.5, [1, {"x": "y"}], ABSENT])

KINDS = ["set", "set", "insert", "delete", "move", "add", "rename", "drop", "undo", "undo", "redo", "reopen", "version"]


class Model:
    """What a store should do: rows as dicts in a list, every state kept."""

    def __init__(self, rows: dict[int, dict[str, Any]], columns: list[str]) -> None:
        self.rows, self.columns = rows, columns
        self.past: list[tuple[int, Any]] = []
        self.ahead: list[tuple[int, Any]] = []
        self.states = {0: self.state()}

    def state(self) -> Any:
        return copy.deepcopy((self.rows, self.columns))

    def keep(self, before: int, state: Any, after: int) -> None:
        if after != before:
            self.past.append((before, state))
            self.ahead.clear()
            self.states[after] = self.state()


class Script:
    """Draws edits and makes them on both sides."""

    def __init__(self, path: Path, data: st.DataObject) -> None:
        self.path, self.data = path, data
        self.store = DatasetStore.open(path)
        self.model = Model({r.id: dict(r.values) for r in self.store.rows()}, self.store.columns)

    def draw(self, strategy: Any) -> Any:
        return self.data.draw(strategy)

    def step(self) -> None:
        kind = self.draw(st.sampled_from(KINDS))
        before, state = self.store.revision, self.model.state()
        getattr(self, f"do_{kind}")()
        if kind not in ("undo", "redo", "reopen", "version"):
            self.model.keep(before, state, self.store.revision)

    def some_ids(self) -> list[int]:
        ids = list(self.model.rows)
        return self.draw(st.lists(st.sampled_from(ids), unique=True, max_size=4)) if ids else []

    def do_set(self) -> None:
        edits = [(i, c, self.draw(cells)) for i in self.some_ids() for c in self.model.columns[:2]]
        self.store.set_cells(edits)
        for row, column, value in edits:
            self.model.rows[row].pop(column, None) if value is ABSENT else self.model.rows[row].update({column: value})

    def do_insert(self) -> None:
        at = self.draw(st.integers(0, len(self.model.rows)))
        rows = self.draw(st.lists(st.dictionaries(st.sampled_from(["a", "b", "new"]), cells, max_size=2), max_size=3))
        rows = [{k: v for k, v in row.items() if v is not ABSENT} for row in rows]
        ids = self.store.insert_rows(at, rows)
        assert len(set(ids) - set(self.model.rows)) == len(rows)
        self.model.columns += [c for c in dict.fromkeys(k for r in rows for k in r) if c not in self.model.columns]
        order = list(self.model.rows.items())
        self.model.rows = dict(order[:at] + list(zip(ids, rows, strict=True)) + order[at:])

    def do_delete(self) -> None:
        ids = self.some_ids()
        self.store.delete_rows(ids)
        self.model.rows = {i: row for i, row in self.model.rows.items() if i not in ids}

    def do_move(self) -> None:
        ids, at = self.some_ids(), self.draw(st.integers(0, len(self.model.rows)))
        self.store.move_rows(ids, at)
        order = list(self.model.rows)
        head = [i for i in order[:at] if i not in ids]
        tail = [i for i in order[at:] if i not in ids]
        self.model.rows = {i: self.model.rows[i] for i in head + ids + tail}

    def do_add(self) -> None:
        name = self.draw(st.sampled_from(["x", "y"]))
        if name in self.model.columns:
            return
        at = self.draw(st.none() | st.integers(0, len(self.model.columns)))
        self.store.add_column(name, at)
        self.model.columns.insert(len(self.model.columns) if at is None else at, name)

    def do_rename(self) -> None:
        old, new = self.draw(st.sampled_from(self.model.columns or ["-"])), self.draw(st.sampled_from(["a", "r"]))
        if old == "-" or new in self.model.columns:
            return
        self.store.rename_column(old, new)
        self.model.columns = [new if c == old else c for c in self.model.columns]
        self.model.rows = {i: {new if k == old else k: v for k, v in r.items()} for i, r in self.model.rows.items()}

    def do_drop(self) -> None:
        if len(self.model.columns) < 2:
            return
        name = self.draw(st.sampled_from(self.model.columns))
        self.store.delete_column(name)
        self.model.columns = [c for c in self.model.columns if c != name]
        self.model.rows = {i: {k: v for k, v in r.items() if k != name} for i, r in self.model.rows.items()}

    def do_undo(self) -> None:
        assert self.store.can_undo == bool(self.model.past)
        now = (self.store.revision, self.model.state())
        self.store.undo()
        if self.model.past:
            self.model.ahead.append(now)
            revision, (self.model.rows, self.model.columns) = self.model.past.pop()
            assert self.store.revision == revision

    def do_redo(self) -> None:
        assert self.store.can_redo == bool(self.model.ahead)
        now = (self.store.revision, self.model.state())
        self.store.redo()
        if self.model.ahead:
            self.model.past.append(now)
            revision, (self.model.rows, self.model.columns) = self.model.ahead.pop()
            assert self.store.revision == revision

    def do_reopen(self) -> None:
        self.store.close()
        self.store = DatasetStore.open(self.path)

    def do_version(self) -> None:
        self.store.save_version()

    def check(self) -> None:
        assert self.store.columns == self.model.columns
        assert {r.id: r.values for r in self.store.rows()} == self.model.rows
        assert self.store.ids() == list(self.model.rows)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_script_of_edits_does_what_a_list_does(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("script") / "s.sqlite"
    with Builder(path) as builder:
        builder.add([{"a": f"a{i}", "b": i} for i in range(5)])
        builder.finish(Mapping(), {})
    script = Script(path, data)
    try:
        for _ in range(data.draw(st.integers(1, 14))):
            script.step()
            script.check()
        for revision, (rows, columns) in script.model.states.items():
            known = {r for r, _ in script.model.past + script.model.ahead} | {script.store.revision}
            known |= {v.revision for v in script.store.versions()}
            try:
                found = script.store.rows_at(revision)
            except DatasetError:
                assert revision not in known
                continue
            assert [(r.id, r.values) for r in found] == list(rows.items())
            assert script.store.columns_at(revision) == columns
        while script.store.undo():
            pass
        assert values(script.store) == [{"a": f"a{i}", "b": i} for i in range(5)]
    finally:
        script.store.close()


def test_an_edit_that_changes_nothing_is_no_revision(make: Make) -> None:
    store = make([{"a": "x"}, {"a": "y"}])
    first = store.ids()[0]
    assert store.set_cells([(first, "a", "x")]) == store.move_rows([first], 1) == store.delete_rows([]) == 0
    assert not store.can_undo
    assert store.set_cells([(first, "a", 1)]) == 1
    assert store.set_cells([(first, "a", True)]) == 2, "true and 1 are not the same, though Python says so"


def test_a_failed_edit_leaves_nothing(make: Make) -> None:
    store = make([{"a": "x"}])
    row = store.ids()[0]
    for wrong in (
        lambda: store.set_cells([(row, "a", "y"), (row, "nope", "y")]),
        lambda: store.set_cells([(99, "a", "y")]),
        lambda: store.delete_rows([row, 99]),
        lambda: store.rename_column("a", ""),
        lambda: store.add_column("a"),
        lambda: store.row(99),
    ):
        with pytest.raises(DatasetError):
            wrong()
    assert values(store) == [{"a": "x"}] and store.revision == 0


def test_a_row_keeps_the_order_of_its_own_keys(make: Make) -> None:
    store = make([{"a": 1, "b": 2}, {"b": 1, "a": 2}, {"c": 0, "a": 1}])
    assert [list(v) for v in values(store)] == [["a", "b"], ["b", "a"], ["c", "a"]]
    store.set_cells([(store.ids()[2], "b", 9)])
    assert list(values(store)[2]) == ["c", "a", "b"]


def test_the_mapping_follows_columns_and_undo(make: Make) -> None:
    store = make([{"q": "a", "a": "b"}], Mapping(format="alpaca", columns={"prompt": "q", "response": "a"}))
    store.rename_column("q", "question")
    assert store.mapping.columns == {"prompt": "question", "response": "a"}
    store.delete_column("a")
    assert store.mapping.columns == {"prompt": "question"}
    store.undo()
    store.undo()
    assert store.mapping.columns == {"prompt": "q", "response": "a"}
    store.set_mapping(store.mapping.changed(["q=response", "a=prompt"]))
    assert store.undo_label == "Change what the columns mean"
    assert store.mapping_at(0).columns["prompt"] == "q"


def test_a_long_cell_with_a_small_change_is_logged_as_a_splice(make: Make) -> None:
    text = "long answer " * 2000
    store = make([{"a": text}])
    store.set_cells([(1, "a", text[:9000] + "CHANGED" + text[9000:])])
    store.set_cells([(1, "a", text[:9000] + "CHANGE" + text[9000:])])
    logged = store._connection.execute("SELECT sum(length(old) + length(new)) FROM changes").fetchone()[0]
    assert logged < 40
    assert values(store, 0) == [{"a": text}]
    store.undo()
    store.undo()
    assert values(store) == [{"a": text}]
