"""Find and replace: what it would do is what it does, as one edit that can be taken back."""

import re
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.query import Replacement
from services.datasets.store import DatasetStore
from tests.services.datasets.conftest import Make, values
from tests.services.datasets.query.test_select import NEEDLES, ROWS


def test_text_in_whatever_case(make: Make) -> None:
    store = make([{"a": "Refund, refund", "b": "REFUND"}, {"a": "none"}, {"b": "a refund"}])
    replacement = Replacement("refund", "money back")
    preview = replacement.preview(store)
    assert (preview.places, preview.cells, preview.rows, preview.ids) == (4, 3, 2, [1, 3])
    assert preview.samples[0].spans == ((0, 6), (8, 14))
    revision = replacement.apply(store)
    assert values(store) == [{"a": "money back, money back", "b": "money back"}, {"a": "none"}, {"b": "a money back"}]
    assert store.undo() == revision - 1
    assert store.row(1).values == {"a": "Refund, refund", "b": "REFUND"}
    assert store.diff(0, revision).cells.keys() == {(1, "a"), (1, "b"), (3, "b")}


@pytest.mark.parametrize(
    ("replacement", "before", "after"),
    [
        (Replacement("re", "X", case=True), "re Re", "X Re"),
        (Replacement("re", "X", whole=True), "re refund Re", "X refund X"),
        (Replacement(r"(\w+)@(\w+)", r"\2 at \1", regex=True), "a@b c@d", "b at a d at c"),
        (Replacement(r"^\s+|\s+$", "", regex=True), "  a b ", "a b"),
        (Replacement(r"RE(?P<rest>\w*)", r"[\g<rest>]", regex=True), "refund", "[fund]"),
        (Replacement("strasse", "road"), "Straße İ", "road İ"),
        (Replacement("退款", "退钱"), "我要退款", "我要退钱"),
        (Replacement(".", "!"), "a.b", "a!b"),
        (Replacement("x", r"\1"), "x", r"\1"),
    ],
)
def test_kinds(make: Make, replacement: Replacement, before: str, after: str) -> None:
    store = make([{"a": before}])
    replacement.apply(store)
    assert values(store) == [{"a": after}]


def test_lists_objects_and_numbers(make: Make) -> None:
    rows: list[dict[str, Any]] = [
        {"a": [{"role": "role x", "n": 1}, "x", None]},
        {"a": 11, "b": True},
        {"a": None},
        {"b": "11"},
    ]
    store = make(rows)
    Replacement("role", "part").apply(store)
    assert store.row(1).values["a"] == [{"role": "part x", "n": 1}, "x", None], "keys stay"
    Replacement("11", "12").apply(store)
    assert [r.get("a") for r in values(store)[1:3]] == [12, None]
    assert values(store)[3] == {"b": "12"}
    Replacement("true", "false", columns=("b",)).apply(store)
    assert store.row(2).values["b"] is False


def test_in_some_rows_and_columns_only(make: Make) -> None:
    store = make([{"a": "x", "b": "x"} for _ in range(20)])
    assert Replacement("x", "y", columns=("a",)).preview(store, np.array([2, 3])).ids == [2, 3]
    Replacement("x", "y", columns=("a",)).apply(store, np.array([2, 3]))
    assert [i for i, row in enumerate(values(store), 1) if row == {"a": "y", "b": "x"}] == [2, 3]


def test_what_cannot_be_replaced_is_said(make: Make) -> None:
    store = make([{"a": "x"}])
    for make_it, sentence in (
        (lambda: Replacement(""), "nothing to look for"),
        (lambda: Replacement("(", regex=True), "is no regular expression"),
        (lambda: Replacement("x", r"\2", regex=True), "cannot replace it"),
        (lambda: Replacement("x", columns=("gone",)).preview(store), "no column gone"),
        (lambda: Replacement("x", columns=("gone",)).apply(store), "no column gone"),
    ):
        with pytest.raises(DatasetError, match=sentence):
            make_it()
    assert Replacement("nowhere", "x").apply(store) == 0, "no revision without a change"
    assert Replacement("x", "x").apply(store) == 0


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, find=NEEDLES, new=st.text('ab"\\ß\n', max_size=3), case=st.booleans(), whole=st.booleans())
def test_undo_is_the_inverse_and_the_preview_tells_the_truth(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], find: str, new: str, case: bool, whole: bool
) -> None:
    path = tmp_path_factory.mktemp("set") / "a.sqlite"
    with Builder(path) as builder:
        builder.add(rows)
        builder.finish(Mapping(), {})
    with DatasetStore.open(path) as store:
        before = values(store)
        replacement = Replacement(find, new, case=case, whole=whole)
        preview = replacement.preview(store)
        revision = replacement.apply(store)
        after = values(store)
        changed = [i for i, (old, now) in enumerate(zip(before, after, strict=True), 1) if old != now]
        assert changed == preview.ids
        assert bool(revision) == bool(changed)
        if revision:
            assert len(store.diff(0, revision).cells) == preview.cells
            store.undo()
        assert values(store) == before
        store.redo()
        assert values(store) == after
        if case and not whole:
            for old, now in zip(before, after, strict=True):
                for name, cell in old.items():
                    if isinstance(cell, str):
                        assert now[name] == cell.replace(find, new)


def test_a_literal_search_and_its_expression_agree(make: Make) -> None:
    texts = ["Ss ß ſ", "KK", "İi", "ﬃ ffi", "ÀàÀ", "ΣΣςσ"]
    store = make([{"a": text} for text in texts])
    for find in ("à", "σ", "k"):
        found = [s.old for s in Replacement(find, "-").preview(store).samples]
        assert found == [text for text in texts if re.search(find, text.casefold())]
