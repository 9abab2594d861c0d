"""A grid over some rows: the model by ids, and its edits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt

from desktop.models.dataset_table import MARKS_ROLE, ROW_ID_ROLE, DatasetTableModel
from desktop.models.shown_rows import ShownRows
from services.datasets.store import DatasetStore
from tests.desktop.dataset.conftest import make_set, stored

ROWS = [{"question": f"q{i}", "answer": f"a{i}"} for i in range(10)]


@pytest.fixture
def model(app, project):
    store = DatasetStore.open(make_set(project, ROWS))
    made = DatasetTableModel(store)
    yield made
    made.close()
    store.close()


def shown(model) -> list[str]:
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def questions(project) -> list[str]:
    return [row["question"] for row in stored(project.dataset_path("support"))]


def show(model, *ids: int, in_order: bool = True) -> None:
    model.show_ids(np.array(ids, dtype=np.int64), in_order=in_order)


def test_qt_finds_nothing_wrong_with_a_selection(model, qtmodeltester) -> None:
    show(model, 3, 5, 9)
    qtmodeltester.check(model)
    show(model, 9, 1, 5, in_order=False)
    qtmodeltester.check(model)
    model.more_ids(np.array([2, 4], dtype=np.int64))
    qtmodeltester.check(model)
    model.delete([range(0, 2)])
    qtmodeltester.check(model)
    show(model)
    qtmodeltester.check(model)


def test_rows_keep_their_numbers_and_ids(model) -> None:
    show(model, 9, 2, 5, in_order=False)
    assert shown(model) == ["q8", "q1", "q4"]
    assert [model.headerData(i, Qt.Orientation.Vertical) for i in range(3)] == ["9", "2", "5"]
    assert [model.index(i, 0).data(ROW_ID_ROLE) for i in range(3)] == [9, 2, 5]
    model.show_ids(None)
    assert shown(model) == [f"q{i}" for i in range(10)] and model.headerData(9, Qt.Orientation.Vertical) == "10"


def test_more_rows_come_below_and_pages_follow(model) -> None:
    show(model)
    for start in range(1, 11, 3):
        model.more_ids(np.arange(start, min(start + 3, 11), dtype=np.int64))
        assert shown(model)[-1] == f"q{min(start + 2, 10) - 1}"
    assert shown(model) == [f"q{i}" for i in range(10)]


def test_edits_go_to_the_rows_that_are_shown(model, project) -> None:
    show(model, 8, 3, in_order=False)
    model.set_texts({(0, 1): "eight", (1, 1): "three"})
    rows = stored(project.dataset_path("support"))
    assert rows[7]["answer"] == "eight" and rows[2]["answer"] == "three"
    assert shown(model) == ["q7", "q2"], "a row stays though it may fit no longer"
    model.paste({(1, 0): "Q", (2, 0): "new", (3, 0): "newer"})
    assert shown(model) == ["q7", "Q", "new", "newer"] and questions(project)[-2:] == ["new", "newer"]
    model.undo()
    assert shown(model) == ["q7", "q2"] and len(questions(project)) == 10
    model.redo()
    assert shown(model) == ["q7", "Q", "new", "newer"]


def test_deleted_rows_leave_and_undo_brings_them_back(model, project) -> None:
    show(model, 2, 4, 6, 8)
    model.delete([range(1, 3)])
    assert shown(model) == ["q1", "q7"] and questions(project) == [f"q{i}" for i in range(10) if i not in (3, 5)]
    model.undo()
    assert shown(model) == ["q1", "q3", "q5", "q7"]


def test_rows_are_inserted_and_copied_beside_their_neighbours(model, project) -> None:
    show(model, 2, 6)
    model.insert(1, [{"question": "before six", "answer": ""}])
    assert shown(model) == ["q1", "before six", "q5"] and questions(project)[5] == "before six"
    model.duplicate([range(2, 3)])
    assert shown(model) == ["q1", "before six", "q5", "q5"] and questions(project)[6:8] == ["q5", "q5"]
    model.insert(4, [{"question": "last", "answer": ""}])
    assert shown(model)[-1] == "last" and questions(project)[8] == "last"


def test_rows_are_moved_among_those_shown_unless_sorted(model, project) -> None:
    show(model, 2, 5, 8)
    assert model.move([range(2, 3)], -1)
    assert shown(model) == ["q1", "q7", "q4"] and questions(project)[3:6] == ["q3", "q7", "q4"]
    assert model.move_to([range(0, 1)], 3)
    assert shown(model) == ["q7", "q4", "q1"] and questions(project).index("q1") == questions(project).index("q4") + 1
    show(model, 8, 2, in_order=False)
    assert not model.move([range(0, 1)], 1)


def test_marks_are_those_of_the_row(model) -> None:
    model.do(lambda: (model.store.set_star([5], True), model.store.add_tag([2], "good")))
    show(model, 5, 2)
    marks = [model.headerData(i, Qt.Orientation.Vertical, MARKS_ROLE) for i in range(2)]
    assert marks[0].star and not marks[0].tags and marks[1].tags == ("good",)


@given(st.data())
def test_what_is_shown_is_what_was_chosen_and_is_there(data) -> None:
    """By any chain of edits: the chosen rows that exist, in their order, with new ones where they were put."""

    class Store:
        def __init__(self) -> None:
            self.order = list(range(1, 9))

        def all_ids(self):
            return np.array(self.order, dtype=np.int64)

    store = Store()
    rows = ShownRows(store)  # type: ignore[arg-type]
    chosen = data.draw(st.lists(st.integers(1, 8), unique=True))
    rows.use(np.array(chosen, dtype=np.int64))
    fresh = 9
    for _ in range(data.draw(st.integers(0, 6))):
        visible = [i for i in chosen if i in store.order]
        if data.draw(st.booleans()) and visible:
            gone = data.draw(st.sampled_from(visible))
            store.order.remove(gone)
        else:
            at = data.draw(st.integers(0, len(visible)))
            number = rows.number(at)
            store.order.insert(number, fresh)
            rows.add(at, [fresh])
            chosen.insert(chosen.index(visible[at]) if at < len(visible) else len(chosen), fresh)
            fresh += 1
        rows.refresh()
        assert rows.all().tolist() == [i for i in chosen if i in store.order]
        assert [rows.number(p) for p in range(len(rows))] == [store.order.index(i) for i in rows.all().tolist()]
