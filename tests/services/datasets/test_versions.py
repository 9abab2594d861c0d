"""Versions never change, going back is an edit, and a difference applied to one side gives the other."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.difference import Difference
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.store import DatasetStore
from services.datasets.used_by import uses
from services.datasets.values import ABSENT
from services.datasets.versions import (
    delete_version,
    find_revision,
    go_back,
    rename_version,
    restore_version,
    set_note,
)
from services.jobs.job import Job
from services.jobs.kinds.train import TrainRequest
from services.projects.project import Project
from tests.services.datasets.conftest import Make, values
from tests.services.datasets.test_edits import Script


def state(store: DatasetStore, revision: int) -> Any:
    """All that a version is: rows with ids, columns, mapping."""
    rows = [(row.id, row.values) for row in store.rows_at(revision)]
    return rows, store.columns_at(revision), store.mapping_at(revision)


def applied(store: DatasetStore, found: Difference) -> dict[int, dict[str, Any]]:
    """The rows of the one side, with what differs laid over them."""
    rows = {row.id: dict(row.values) for row in store.rows_at(found.start)}
    rows = {i: {found.columns_renamed.get(k, k): v for k, v in row.items()} for i, row in rows.items()}
    for entry in range(len(found)):
        row = int(found.ids[entry])
        if found.kind(entry) == "removed":
            del rows[row]
            continue
        for cell in found.cells(entry):
            rows.setdefault(row, {})[cell.column.name] = cell.after
        rows.setdefault(row, {})
    return {i: {k: v for k, v in row.items() if v is not ABSENT} for i, row in rows.items()}


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_the_laws_of_versions(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("laws") / "s.sqlite"
    with Builder(path) as builder:
        builder.add([{"a": f"a{i}", "b": i} for i in range(5)])
        builder.finish(Mapping(), {})
    script = Script(path, data)
    kept: dict[int, Any] = {}
    try:
        for _ in range(data.draw(st.integers(2, 10))):
            script.step()
            kept |= {v.revision: state(script.store, v.revision) for v in script.store.versions()
                     if v.revision not in kept}  # fmt: skip
        store = script.store
        start = data.draw(st.sampled_from([0, *kept]))
        goal = data.draw(st.sampled_from([store.revision, *kept]))

        found = Difference(store, start, goal)
        shared = {pair.name for pair in found.pairs.values() if pair.before is not None and pair.after is not None}
        after = {row.id: row.values for row in store.rows_at(goal)}
        mine = applied(store, found)
        assert mine.keys() == after.keys()
        for row in after:
            pick = shared if row in {r.id for r in store.rows_at(start)} else set(found.store.columns_at(goal))
            assert {k: v for k, v in mine[row].items() if k in pick} == {
                k: v for k, v in after[row].items() if k in pick
            }
        old = store.diff(start, goal)
        assert (found.moved, found.columns_renamed) == (old.moved, old.columns_renamed)

        before, revision = state(store, store.revision), store.revision
        wanted = state(store, start)
        made = go_back(store, start)
        assert state(store, store.revision) == wanted
        if made != revision:
            store.undo()
        assert store.revision == revision and state(store, revision) == before
        for version in store.versions():
            assert state(store, version.revision) == kept[version.revision]
    finally:
        script.store.close()


def test_a_difference_says_what_became_of_each_row(make: Make) -> None:
    store = make([{"a": f"{i}", "b": "same"} for i in range(6)])
    store.set_cells([(2, "a", "two"), (3, "a", "x"), (3, "b", "y")])
    store.set_cells([(3, "a", "2")])  # and back
    (new,) = store.insert_rows(1, [{"a": "new"}])
    store.delete_rows([4])
    found = Difference(store, 0, store.revision)
    said = [(int(found.ids[e]), found.kind(e), found.numbers(e), [c.name for c in found.columns(e)])
            for e in range(len(found))]  # fmt: skip
    assert said == [
        (new, "added", (-1, 1), ["a", "b"]),
        (2, "changed", (1, 2), ["a"]),
        (3, "changed", (2, 3), ["b"]),
        (4, "removed", (3, -1), ["a", "b"]),
    ]
    assert found.counts.rows == {"changed": 2, "added": 1, "removed": 1}
    assert (found.counts.columns, found.counts.cells) == ({"a": 1, "b": 1}, 2)
    assert [(c.before, c.after) for c in found.cells(1)] == [("1", "two")]
    assert [(c.before, c.after) for c in found.cells(3)] == [("3", ABSENT), ("same", ABSENT)]
    assert found.select("changed").tolist() == [1, 2] and found.select("", "b").tolist() == [2]
    assert not Difference(store, 3, 3)


def test_stars_and_tags_differ_as_words_and_go_back(make: Make) -> None:
    store = make([{"a": "one"}, {"a": "two"}])
    store.set_star([1], True)
    store.add_tag([1], "check")
    found = Difference(store, 0, store.revision)
    (cell,) = found.cells(0)
    assert (cell.column.name, cell.before, cell.after) == ("", ABSENT, "★ check")
    assert found.counts.columns == {"": 1} and found.select("", "").tolist() == [0]
    go_back(store, 0)
    assert store.marks([1]) == {} or not store.marks([1])[1].star
    store.undo()
    assert store.marks([1])[1].tags == ("check",)


def test_a_difference_reads_right_after_later_edits(make: Make) -> None:
    store = make([{"a": "one"}, {"a": "two"}])
    store.set_cells([(1, "a", "1")])
    found = Difference(store, 0, store.revision)
    store.set_cells([(1, "a", "later"), (2, "a", "later")])
    assert [(c.before, c.after) for c in found.cells(0)] == [("one", "1")]


def test_names_notes_and_what_is_deleted_comes_back(make: Make) -> None:
    store = make([{"a": "x"}])
    store.set_cells([(1, "a", "y")])
    store.save_version("good")
    set_note(store, "good", " checked by hand ")
    rename_version(store, "good", "better")
    assert [(v.name, v.note, v.revision) for v in store.versions()] == [("better", "checked by hand", 1)]
    gone = delete_version(store, "better")
    assert store.versions() == []
    restore_version(store, gone)
    assert store.versions() == [gone] and gone.note == "checked by hand"
    with pytest.raises(DatasetError, match="already a version called better"):
        restore_version(store, gone)
    store.save_version("other")
    with pytest.raises(DatasetError, match="already a version called other"):
        rename_version(store, "better", "other")
    with pytest.raises(DatasetError, match="no version called nope"):
        set_note(store, "nope", "")
    with pytest.raises(DatasetError, match="needs a name"):
        rename_version(store, "better", "  ")
    set_note(store, "better", "")
    assert store.version("better").note == ""


def test_a_version_whose_edits_are_gone_does_not_come_back(make: Make) -> None:
    store = make([{"a": "x"}])
    store.set_cells([(1, "a", "y")])
    store.save_version("good")
    store.undo()
    gone = delete_version(store, "good")
    store.set_cells([(1, "a", "z")])
    with pytest.raises(DatasetError, match="is gone"):
        restore_version(store, gone)


def test_revisions_by_what_a_person_calls_them(make: Make) -> None:
    store = make([{"a": "x"}])
    store.set_cells([(1, "a", "y")])
    store.save_version("2")
    store.set_cells([(1, "a", "z")])
    assert [find_revision(store, text) for text in ("2", "1", "now", "start")] == [1, 1, 2, 0]
    for text in ("nope", "99"):
        with pytest.raises(DatasetError):
            find_revision(store, text)


def test_going_back_brings_deleted_rows_and_columns_with_one_undo(make: Make) -> None:
    mapping = Mapping(format="alpaca", columns={"prompt": "q", "response": "a"})
    store = make([{"q": f"q{i}", "a": "long " * 200} for i in range(4)], mapping)
    store.save_version("whole")
    store.delete_rows([2, 3])
    store.move_rows([4], 0)
    store.delete_column("a")
    store.set_cells([(1, "q", "other")])
    present = values(store)
    go_back(store, store.version("whole").revision)
    assert values(store) == [{"q": f"q{i}", "a": "long " * 200} for i in range(4)] and store.mapping == mapping
    assert store.undo_label == "Go back to a version"
    store.undo()
    assert values(store) == present
    assert go_back(store, store.revision) == store.revision, "nothing differs, nothing is logged"


def test_runs_that_used_a_set(project: Project) -> None:
    job = Job.create(project.jobs_dir, TrainRequest(recipe={"dataset": "a, b", "eval_dataset": "c"}))
    later = Job.create(project.jobs_dir, TrainRequest(recipe={"dataset": "b"}, dataset_versions={"b": 4}))
    rows = Path(job.folder / "rows")
    rows.mkdir()
    (rows / "b.revision").write_text("2", encoding="utf-8")
    assert [(u.job_id, u.revision, u.begun) for u in uses(project, "b")] == [(job.id, 2, True), (later.id, 4, False)]
    assert [(u.role, u.revision) for u in uses(project, "c")] == [("eval_dataset", None)]
    assert uses(project, "nobody") == []
