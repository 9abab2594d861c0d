"""The grid's model without a window."""

import pytest
from PySide6.QtCore import QModelIndex, Qt

from desktop.models.cell_preview import SHOWN, preview
from desktop.models.dataset_pages import PAGE, Pages
from desktop.models.dataset_table import CHANGED_ROLE, ROW_ID_ROLE, VALUE_ROLE, DatasetTableModel
from desktop.models.token_items import token_items
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT
from services.templates.view import TokenPiece
from tests.desktop.dataset.conftest import ROWS, make_set


@pytest.fixture
def model(app, project):
    store = DatasetStore.open(make_set(project, ROWS))
    made = DatasetTableModel(store)
    yield made
    made.close()
    store.close()


def test_qt_finds_nothing_wrong_with_it(model, qtmodeltester) -> None:
    qtmodeltester.check(model)
    model.insert(1, [{"question": "n", "fresh column": 1}])
    qtmodeltester.check(model)
    model.delete([range(0, 2)])
    qtmodeltester.check(model)


def test_what_it_says_of_a_cell(model, qtbot) -> None:
    cell = model.index(0, 1)
    assert cell.data() == "I am Tessaly." == cell.data(VALUE_ROLE) and cell.data(ROW_ID_ROLE) == 1
    assert cell.data(CHANGED_ROLE) is False
    assert cell.data(int(Qt.ItemDataRole.AccessibleTextRole)) == "answer: I am Tessaly."
    assert model.setData(cell, "New.") and cell.data() == "New."
    assert cell.data(CHANGED_ROLE) is True
    assert not model.setData(cell, "New."), "nothing to write"
    assert model.data(QModelIndex()) is None and model.headerData(9, Qt.Orientation.Horizontal) is None
    assert [model.headerData(i, Qt.Orientation.Horizontal) for i in range(4)] == [
        "question",
        "answer",
        "product",
        "tokens",
    ]
    assert not model.flags(model.index(0, 3)) & Qt.ItemFlag.ItemIsEditable


def test_a_refused_edit_is_said_and_changes_nothing(model, qtbot) -> None:
    with qtbot.waitSignal(model.failed) as failed:
        assert not model.do(lambda: model.store.set_cells([(999, "answer", "x")]))
    assert "row 999" in failed.args[0].sentence


def test_pages_are_read_once_and_within_bounds(app, project, monkeypatch) -> None:
    path = make_set(project, [{"question": "x" * 1000, "n": i} for i in range(1000)])
    with DatasetStore.open(path) as store:
        reads: list[int] = []
        rows = store.rows
        monkeypatch.setattr(store, "rows", lambda start, count: reads.append(start) or rows(start, count))
        pages = Pages(store)
        assert pages.row(0).values["n"] == 0 and pages.row(PAGE - 1).values["n"] == PAGE - 1 and reads == [0]
        assert pages.row(5000) is None
        monkeypatch.setattr("desktop.models.dataset_pages._CHARACTERS", 200_000)
        for position in range(0, 1000, PAGE):
            pages.row(position)
        assert len(pages._pages) <= 4 and pages._characters <= 300_000
        assert pages.kind("n") == ("number", 0) and pages.kind("question")[0] == "text"
        pages.held = True
        assert pages.row(0) is None or 0 in pages._pages, "nothing is read while a large edit is made"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("text", "text"),
        (None, ""),
        (ABSENT, ""),
        (True, "true"),
        ([{"role": "user", "content": "hi"}, {"role": "assistant", "content": "a\nb"}], "User: hi\nAnswer: a\nb"),
        ([{"from": "human", "value": "hi"}, {"from": "gpt", "value": "yo"}], "User: hi\nAnswer: yo"),
        ({"from": "gpt", "value": "yo"}, "Answer: yo"),
        ([["q", "a"]], "User: q\nAnswer: a"),
        ([{"role": "narrator", "content": "x"}], "narrator: x"),
        ([{"role": "assistant", "content": None, "tool_calls": [1]}], "Answer: [1]"),
        ([{"role": "assistant", "tool_calls": [{"function": {"name": "f", "arguments": "{}"}}]}], "Tool call: f({})"),
        ([1, 2], "[1,2]"),
        ([], "[]"),
        ({"a": 1}, '{"a":1}'),
    ],
)
def test_previews(app, value: object, shown: str) -> None:
    assert preview(value) == shown


def test_a_preview_is_bounded(app) -> None:
    talk = [{"role": "user", "content": "x" * 100_000}] * 1000
    assert len(preview(talk)) == SHOWN == len(preview("y" * 10_000)) and len(preview({"k": "z" * 9000})) == SHOWN


def _pieces(*runs: tuple[int, str]) -> list[TokenPiece]:
    look = {"t": (True, False), "r": (False, False), "c": (False, True)}
    return [TokenPiece(1, "w ", "plain", *look[kind]) for count, kind in runs for _ in range(count)]


def test_tokens_fold_and_say_where_the_cut_begins(app) -> None:
    items = token_items(_pieces((500, "r"), (10, "t"), (300, "c"), (5, "t"), (3, "c")))
    looks = [i.look for i in items]
    assert looks.count("rule") == 1 and looks.count("fold") == 2
    assert [i.hidden for i in items if i.look == "fold"] == [380, 180]
    assert sum(i.hidden or i.look != "rule" for i in items) == 818, "every token is drawn or counted"
    many = token_items([p for _ in range(3000) for p in _pieces((1, "t"), (1, "r"))])
    assert len(many) < 1600 and sum(i.hidden or 1 for i in many) == 6000
    assert len(token_items(_pieces((500, "r")), folded=False)) == 500
