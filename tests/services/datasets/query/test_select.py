"""Filters find what a plain loop over the rows finds, whatever stands in the cells and wherever the rows stand."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import regex
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.errors import DatasetError
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.query import Filter, FilterContext, Replacement, SortKey, parse_filter, select, sorted_ids
from services.datasets.query import scan as scanning
from services.datasets.query.cells import texts_of
from services.datasets.query.filters import Any as OneOf
from services.datasets.query.filters import Not
from services.datasets.query.patterns import Pattern
from services.datasets.query.questions import Contains, Empty, Equals, Length, Matches, Number, Starts
from services.datasets.store import DatasetStore
from services.datasets.values import ABSENT, SpelledFloat, to_text
from tests.services.datasets.conftest import Make

TEXTS = st.text(st.sampled_from('aAsSßſKkKéÉжЖ退款ﬁfi \n"\\\0İ😀{[,.'), max_size=6) | st.sampled_from(
    ["refund", "REFUND", "null", "5", "-2.5", "Straße", '"x"', "[]", "\ud83d", "éléphant", "Ω", "ﬃ"]
)
LEAVES = TEXTS | st.none() | st.booleans() | st.integers(-5, 5) | st.sampled_from([SpelledFloat("1e5")])
CELLS = LEAVES | st.lists(LEAVES, max_size=2) | st.dictionaries(st.sampled_from("ab"), LEAVES, max_size=2) | TEXTS
ROWS = st.lists(st.dictionaries(st.sampled_from(["a", "b", "c"]), CELLS), min_size=1, max_size=12)
NEEDLES = st.text(st.sampled_from('aAsßſkKÉж退fi"\\\n n'), min_size=1, max_size=3) | st.sampled_from(
    ["refund", "ss", "STRASSE", "ﬁ", "null", "éL", "退款", "\\", '"', "i̇"]
)


def found(store: DatasetStore, wanted: Filter, **more: Any) -> list[int]:
    return [i for part in select(store, wanted, **more) for i in part.tolist()]


def cells_of(values: dict[str, Any]) -> list[Any]:
    return [values.get(name, ABSENT) for name in ("a", "b", "c")]


def number(value: Any) -> float:
    try:
        return float(texts_of(value)[0])
    except ValueError:
        return float("nan")


def shown(value: Any) -> str:
    return "" if value is ABSENT else to_text(value)


def plainly(needle: str, size: int) -> dict[Filter, Callable[[dict[str, Any]], bool]]:
    """Filters, and the same in plain Python."""
    folded = needle.casefold()
    pattern = regex.compile(regex.escape(needle))
    return {
        Contains(needle): lambda v: any(folded in t.casefold() for c in cells_of(v) for t in texts_of(c)),
        Contains(needle, ("a",), case=True): lambda v: any(needle in t for t in texts_of(v.get("a", ABSENT))),
        Matches(regex.escape(needle)): lambda v: any(pattern.search(t) for c in cells_of(v) for t in texts_of(c)),
        Starts(needle, ("a",)): lambda v: shown(v.get("a", ABSENT)).strip().casefold().startswith(folded),
        Empty(("a", "b")): lambda v: all(
            not shown(c).strip() or (c is not ABSENT and not isinstance(c, str) and c in ([], {}))
            for c in cells_of(v)[:2]
        ),
        Equals("b", needle): lambda v: shown(v.get("b", ABSENT)) == needle and v.get("b", ABSENT) not in (ABSENT, None),
        Length(">", size): lambda v: sum(len(shown(c)) for c in cells_of(v)) > size,
        Length("=", size, ("c",)): lambda v: len(shown(v.get("c", ABSENT))) == size,
        Number("a", ">=", 0): lambda v: number(v.get("a", ABSENT)) >= 0,
        Not(OneOf((Contains(needle, ("a",)), Length("<", size, ("b",))))): lambda v: (
            not (
                any(folded in t.casefold() for t in texts_of(v.get("a", ABSENT)))
                or len(shown(v.get("b", ABSENT))) < size
            )
        ),
    }


@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=ROWS, needle=NEEDLES, size=st.integers(0, 8), chance=st.randoms(use_true_random=False))
def test_a_filter_equals_a_plain_loop(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], needle: str, size: int, chance: Any
) -> None:
    path = tmp_path_factory.mktemp("set") / "a.sqlite"
    with Builder(path) as builder:
        builder.add_columns(["a", "b", "c"])
        builder.add(rows)
        builder.finish(Mapping(), {})
    with DatasetStore.open(path) as store:
        ids = store.ids()
        store.delete_rows(chance.sample(ids, k=len(ids) // 4))
        chance.shuffle(ids := store.ids())
        if ids:
            store.reorder(ids)
        now = [(row.id, row.values) for row in store.rows()]
        for wanted, holds in plainly(needle, size).items():
            assert found(store, wanted) == [i for i, values in now if holds(values)], wanted


def test_many_batches_and_threads_give_the_same_order(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "ALONE", 10)
    monkeypatch.setattr(scanning, "MOST_ROWS", 16)
    store = make([{"a": f"{'Refund' if i % 7 == 3 else 'x'} {i}"} for i in range(5000)])
    hits = [i for i in range(1, 5001) if (i - 1) % 7 == 3]
    assert found(store, Contains("refund")) == hits
    store.move_rows([4, 11], 4000)  # in runs still
    assert found(store, Contains("refund")) == [i for i in store.ids() if (i - 1) % 7 == 3]
    order = np.random.default_rng(1).permutation(5000) + 1
    store.reorder(order)
    expected = [i for i in order.tolist() if (i - 1) % 7 == 3]
    parts = list(select(store, Contains("refund")))
    assert [i for part in parts for i in part.tolist()] == expected
    assert len(parts[0]) + len(parts[1]) > 0, "the first hits do not wait for the last row"
    some = order[::3]
    assert found(store, Contains("refund"), ids=some) == [i for i in some.tolist() if (i - 1) % 7 == 3]


def test_cells_too_large_to_be_joined_are_read_in_halves(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "LARGEST", 3000)
    store = make([{"a": "x" * 1000 + ("refund" if i == 5 else "")} for i in range(9)] + [{"a": "y" * 9000 + "REFUND"}])
    assert found(store, Contains("refund")) == [6, 10]
    assert found(store, Length(">", 8000)) == [10]


def test_a_stop_ends_it_and_an_edit_is_not_kept_waiting(make: Make) -> None:
    store = make([{"a": f"row {i}"} for i in range(20_000)])
    stop = threading.Event()
    search = select(store, Contains("row"), stop=stop)
    first = next(search)
    store.set_cells([(1, "a", "edited meanwhile")])
    stop.set()
    rest = list(search)
    assert len(first) and sum(map(len, rest)) < 19_000
    assert not [t for t in threading.enumerate() if t.name.startswith("query")]


def test_a_runaway_expression_is_stopped(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.datasets.query.patterns.LIMIT_S", 0.05)
    store = make([{"a": "a" * 40 + "!"}])
    with pytest.raises(DatasetError, match="takes too long: it was stopped"):
        found(store, Matches("^(a|a)*(b|c)$(?<=a)|(a+)+$"))


EXPRESSIONS = [
    "^a",
    "a$",
    "^$",
    "s.*S",
    "[^x]+k",
    "a|退",
    r"\bnull\b",
    r"\Aa",
    "x*",
    "(?<!a)s",
    r"\s",
    "a++s",
    r"(s)\1",
]


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    rows=st.lists(st.fixed_dictionaries({"a": TEXTS | LEAVES}), min_size=1, max_size=12),
    expression=st.sampled_from(EXPRESSIONS),
    case=st.booleans(),
)
def test_an_expression_fits_in_many_cells_as_in_each(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], expression: str, case: bool
) -> None:
    path = tmp_path_factory.mktemp("set") / "a.sqlite"
    with Builder(path) as builder:
        builder.add(rows)
        builder.finish(Mapping(), {})
    pattern = Pattern(expression, case=case)
    with DatasetStore.open(path) as store:
        expected = [i for i, row in enumerate(rows, 1) if any(pattern.found(text) for text in texts_of(row["a"]))]
        assert found(store, Matches(expression, (), case)) == expected


@pytest.mark.parametrize("turned", [False, True])
def test_a_slow_expression_is_stopped_within_a_batch(make: Make, monkeypatch: pytest.MonkeyPatch, turned: bool) -> None:
    store = make([{"a": "x"} for _ in range(400)])
    stop = threading.Event()
    calls = []

    def slow(self: Pattern, text: str) -> bool:
        calls.append(text)
        if len(calls) == 3:
            stop.set()
        return True

    monkeypatch.setattr(Pattern, "found", slow)
    wanted = Matches("(?=x)x")
    assert found(store, Not(wanted) if turned else wanted, stop=stop) == []
    assert len(calls) == 3
    assert Replacement("(?=x)x", "y", regex=True).apply(store, stop=stop) == 0


def test_what_is_known_beside_the_cells(make: Make) -> None:
    store = make([{"a": f"{i}"} for i in range(5)])
    mapping, columns = Mapping(), store.columns
    store.set_star([2, 4])
    store.add_tag([4, 5], "Good")
    context = FilterContext(tokens={1: 10, 2: 3000}, findings={3: {"empty-answer"}, 5: set()})
    for words, expected in {
        "starred": [2, 4],
        "tag is good": [4, 5],
        "tagged": [4, 5],
        "not starred and not tagged": [1, 3],
        "tokens > 2048": [2],
        "tokens < 2048": [1],
        "has finding": [3],
        "has finding empty-answer": [3],
        "not has finding": [1, 2, 4, 5],
    }.items():
        assert found(store, parse_filter(words, columns, mapping), context=context) == expected, words
    for words, sentence in (("tokens > 1", "are not counted yet"), ("has finding", "are not checked yet")):
        with pytest.raises(DatasetError, match=sentence):
            found(store, parse_filter(words, columns, mapping))


def test_the_turns_of_a_speaker(make: Make) -> None:
    def chat(question: str, answer: str) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}

    mapping = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)
    store = make([chat("Refund?", "Yes."), chat("退款?", " "), chat("x" * 99, "REFUND"), {"messages": "none"}], mapping)
    for words, expected in {
        "answer is empty": [2, 4],
        'answer contains "refund"': [3],
        'question contains "refund"': [1],
        'contains "refund"': [1, 3],
        "question is longer than 50": [3],
        "answer matches /^Y/": [1],
        "answer starts with ref": [3],
        "answer = Yes.": [1],
    }.items():
        assert found(store, parse_filter(words, store.columns, mapping)) == expected, words


def test_rows_that_left_the_table_meanwhile_are_left_out(make: Make) -> None:
    store = make([{"a": f"x {i}"} for i in range(10)])
    fresh = store.insert_rows(10, [{"a": f"x new {i}"} for i in range(5)])
    before = store.all_ids()
    store.undo()
    store.set_cells([(1, "a", "x other")])  # now nothing leads back to the new rows
    assert found(store, Contains("x"), ids=before) == [i for i in before.tolist() if i not in fresh]
    in_order = sorted_ids(store, SortKey("a"), before).tolist()
    assert [i for i in in_order if i not in fresh] == [*range(2, 11), 1]


def test_an_empty_set_and_a_column_that_is_gone(make: Make, tmp_path: Path) -> None:
    with DatasetStore.create(tmp_path / "none.sqlite") as empty:
        assert found(empty, Contains("x")) == []
    store = make([{"a": "x"}])
    assert found(store, Contains("x", ("gone",))) == []
    assert found(store, Not(Contains("x", ("gone",)))) == [1]
