"""The history costs what changed, not the row; a sorted order is one small entry; undo is the inverse of everything."""

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.changes import permutation_change, places_of
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.query import Replacement
from services.datasets.store import DatasetStore
from tests.services.datasets.conftest import Make, values


def chat(turns: int, size: int, seed: int = 1) -> list[dict[str, str]]:
    chance = random.Random(seed)
    words = ["refund", "订单", "please", "answer", "“quoted”", "line\nbreak", "退款"]
    return [
        {"role": "user" if i % 2 == 0 else "assistant", "content": " ".join(chance.choices(words, k=size))}
        for i in range(turns)
    ]


def logged(store: DatasetStore, revision: int) -> int:
    """Bytes of a revision in the log, about."""
    found = store._connection.execute(
        "SELECT coalesce(sum(40 + coalesce(length(CAST(old AS BLOB)), 0) + coalesce(length(CAST(new AS BLOB)), 0)), 0)"
        " FROM changes WHERE revision = ?",
        (revision,),
    ).fetchone()
    return int(found[0])


def test_a_keystroke_in_a_long_conversation_adds_little(make: Make) -> None:
    turns = chat(60, 500)
    text = " ".join(turn["content"] for turn in turns)[:200_000]
    store = make([{"messages": turns, "text": text}])
    assert len(str(store.row(1).values["messages"])) > 200_000
    size = 0
    for i in range(100):
        turns[30]["content"] += "x"
        text = text[: 90_000 + i] + "y" + text[90_000 + i :]
        revision = store.set_cells([(1, "messages", turns), (1, "text", text)])
        assert logged(store, revision) < 200
        size = (
            size or store.path.stat().st_size
        )  # the first rewriting of such a row takes new pages, later ones reuse them
    assert store.path.stat().st_size - size < 100 * 1024, "two keystrokes a revision: under a kilobyte each"
    for _ in range(100):
        store.undo()
    assert store.row(1).values["text"] == text.replace("y" * 100, "")


def test_turns_edited_far_apart_are_logged_apart(make: Make) -> None:
    turns = chat(60, 500)
    store = make([{"messages": turns}])
    before = values(store)
    turns[2]["content"] = "A new question? " + turns[2]["content"]
    turns[31]["content"] = turns[31]["content"].replace("退款", "退钱", 3)
    turns[57]["content"] += " The end."
    del turns[40]
    revision = store.set_cells([(1, "messages", turns)])
    assert logged(store, revision) < 12_000  # one of them is a whole turn
    assert store.row(1).values["messages"] == turns
    store.undo()
    assert values(store) == before


def test_replacing_in_many_places_of_long_cells_logs_the_places(make: Make) -> None:
    parts = [turn["content"] for turn in chat(50, 200)]
    text = "needle".join(parts)
    store = make([{"text": text}, {"text": "short needle"}])
    revision = Replacement("Needle", "thread").apply(store)
    assert logged(store, revision) < 50 * 60
    assert store.step_size() == 2, "cells, however many places of them"
    assert store.row(1).values["text"] == "thread".join(parts)
    store.undo()
    assert store.row(1).values["text"] == text
    store.redo()
    assert store.row(2).values["text"] == "short thread"


def test_a_kept_order_is_one_small_entry(make: Make) -> None:
    store = make([{"a": f"{i}"} for i in range(20_000)])
    order = np.random.default_rng(1).permutation(20_000) + 1
    revision = store.reorder(order)
    entries = store._connection.execute("SELECT kind, length(new) FROM changes WHERE revision = ?", (revision,))
    ((kind, size),) = entries.fetchall()
    assert kind == "order" and size <= 4 * 20_000
    assert store.ids() == order.tolist()
    assert store.step_size() >= 20_000
    assert store.diff(0, revision).moved and not store.diff(0, revision).cells
    assert store.reorder(order) == revision, "nothing changed"
    assert store.ids_at(0) == list(range(1, 20_001))
    store.undo()
    assert store.ids() == list(range(1, 20_001))
    store.redo()
    with DatasetStore.open(store.path, read_only=True) as other:
        assert other.ids() == order.tolist()
    with pytest.raises(DatasetError, match="changed meanwhile"):
        store.reorder(order[1:])
    with pytest.raises(DatasetError, match="changed meanwhile"):
        store.reorder([1, *order[1:].tolist(), 1])


@given(places=st.permutations(range(300)))
@settings(max_examples=20, deadline=None)
def test_an_order_comes_back_from_its_bytes(places: list[int]) -> None:
    assert places_of(permutation_change(np.array(places)).new).tolist() == places


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["cell", "insert", "delete", "move", "sort", "star", "tag", "untag", "replace", "column"]),
        st.integers(0, 20),
        st.text("ab ", min_size=1, max_size=4),
    ),
    max_size=12,
)


def edit(store: DatasetStore, what: str, number: int, text: str) -> None:
    ids = store.ids()
    some = ids[number % (len(ids) or 1) :][:3]
    if what == "insert":
        store.insert_rows(number, [{"a": text, "b": [text]}])
    elif what == "column":
        store.rename_column(store.columns[0], f"column {store.revision}")
    elif what == "sort":
        store.reorder(random.Random(number).sample(ids, len(ids)))
    elif what == "replace":
        Replacement(text, "c" * (number % 3)).apply(store)
    elif what == "cell" and ids:
        store.set_cells([(some[0], store.columns[0], [{"x": text * 200, "y": text}])])
    elif what == "delete":
        store.delete_rows(some)
    elif what == "move":
        store.move_rows(some, number % (len(ids) + 1))
    elif what in ("tag", "untag") and text.strip():
        (store.add_tag if what == "tag" else store.remove_tag)(some, text)
    elif what == "star":
        store.set_star(some, number % 2 == 0)


def state(store: DatasetStore) -> Any:
    ids = store.ids()
    return ids, values(store), store.columns, store.marks(ids), store.mapping


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(first=EDITS, then=EDITS)
def test_undo_is_the_inverse_and_a_version_never_changes(
    tmp_path_factory: pytest.TempPathFactory, first: list[Any], then: list[Any]
) -> None:
    path: Path = tmp_path_factory.mktemp("set") / "a.sqlite"
    with Builder(path) as builder:
        builder.add([{"a": f"a{i} b", "b": i} for i in range(5)])
        builder.finish(Mapping(columns={"prompt": "a"}), {})
    states: dict[int, Any] = {}
    with DatasetStore.open(path) as store:
        states[0] = state(store)
        for each in first:
            edit(store, *each)
            states[store.revision] = state(store)
        kept, version = state(store), store.save_version("kept").revision
        for each in then:
            edit(store, *each)
            states[store.revision] = state(store)
    with DatasetStore.open(path) as store:  # undo reaches over a restart
        assert [row.values for row in store.rows_at(version)] == kept[1]
        assert store.ids_at(version) == kept[0]
        last = state(store)
        while store.can_undo:
            assert state(store) == states[store.revision]
            store.undo()
        assert state(store) == states[0]
        while store.can_redo:
            store.redo()
            assert state(store) == states[store.revision]
        assert state(store) == last
