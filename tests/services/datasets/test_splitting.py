"""Splitting is a partition, samples are drawn alike by alike seeds, merging a split gives back the rows."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.datasets.building import Builder
from services.datasets.choosing import ByChance, ByHand, ByValue, Chosen, choose, values_of
from services.datasets.errors import DatasetError
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.merging import merge, plan_merge
from services.datasets.splitting import split
from services.datasets.store import DatasetStore
from services.datasets.values import dump
from tests.services.datasets.conftest import Make, values

PLAIN = Mapping(format="alpaca", columns={"prompt": "q", "response": "a"})


def counted(rows: list[dict[str, Any]]) -> Counter[str]:
    return Counter(dump([(k, v) for k, v in row.items()]) for row in rows)


cell = st.sampled_from(["", "x", "y", "Y ", None, 1, 1.5, [1], {"k": "v"}])
row = st.dictionaries(st.sampled_from(["q", "a", "n", "z"]), cell, max_size=4)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rows=st.lists(row, min_size=2, max_size=12),
    count=st.integers(1, 11),
    per=st.sampled_from(["", "n"]),
    together=st.booleans(),
)
def test_a_split_is_a_partition_and_merging_it_gives_back_the_rows(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, Any]], count: int, per: str, together: bool
) -> None:
    folder = tmp_path_factory.mktemp("split")
    with Builder(folder / "s.sqlite") as builder:
        builder.add_columns(["q", "a", "n", "z"])
        builder.add(rows)
        builder.finish(PLAIN, {})
    with DatasetStore.open(folder / "s.sqlite") as store:
        before = values(store)
        chosen = choose(store, ByChance(min(count, len(rows) - 1), seed=3, per=per, together=together))
        if not together:
            assert len(chosen.ids) == min(count, len(rows) - 1)
        if together and not per:
            assert chosen.shared == 0
        if not len(chosen.ids):
            return
        if len(chosen.ids) == len(rows):  # all are equal, and kept together
            with pytest.raises(DatasetError, match="No row would be left"):
                split(store, chosen, folder / "v.sqlite")
            return
        made = split(store, chosen, folder / "v.sqlite")
        with DatasetStore.open(made.path) as part:
            assert counted(values(part)) + counted(values(store)) == counted(before)
            assert (made.rows, made.stay) == (part.count(), store.count())
            assert part.mapping == PLAIN and part.columns == store.columns
            merge([store, part], folder / "m.sqlite")
            merged = merge([store, part], folder / "u.sqlite", drop_equal=True, source_column="from")
        with DatasetStore.open(folder / "m.sqlite") as whole, DatasetStore.open(folder / "u.sqlite") as unique:
            assert counted(values(whole)) == counted(before)
            bare = [dump(sorted((k, dump(v)) for k, v in r.items() if k != "from")) for r in values(unique)]
            assert len(bare) == len(set(bare)) == merged.rows
            assert set(bare) == {dump(sorted((k, dump(v)) for k, v in r.items())) for r in before}
        store.undo()
        assert values(store) == before


def test_by_chance_the_seed_decides_and_strata_give_their_part(make: Make) -> None:
    store = make([{"q": f"q{i}", "kind": "rare" if i % 10 == 0 else "usual"} for i in range(100)], PLAIN)
    one, two, other = (choose(store, ByChance(20, seed=s)).ids.tolist() for s in (1, 1, 2))
    assert one == two != other and one == sorted(one)
    drawn = choose(store, ByChance(share=0.2, seed=1, per="kind")).ids.tolist()
    assert len(drawn) == 20 and sum((i - 1) % 10 == 0 for i in drawn) == 2
    for wrong in (ByChance(0), ByChance(101), ByChance(share=1.5)):
        with pytest.raises(DatasetError, match="cannot be drawn"):
            choose(store, wrong)
    with pytest.raises(DatasetError, match="no column nope"):
        choose(store, ByChance(3, per="nope"))


def test_questions_on_both_sides_are_said_and_kept_together(make: Make) -> None:
    rows = [{"q": q, "a": f"{i}"} for i, q in enumerate(["Hi", "hi ", "H I", "Bye", ""])] + [{"q": "", "a": "9"}]
    store = make(rows, PLAIN)
    chosen = choose(store, ByHand((2, 4, 5)))
    assert (chosen.shared, chosen.example, chosen.stay) == (1, "hi", 3), "an empty question is nobody's equal"
    together = choose(store, ByHand((2, 4), together=True))
    assert together.ids.tolist() == [1, 2, 4] and together.shared == 0
    with pytest.raises(DatasetError, match="no longer there"):
        choose(store, ByHand((99,)))


def test_questions_of_conversations_are_what_the_user_says(make: Make) -> None:
    def talk(question: str, answer: str) -> dict[str, Any]:
        return {"messages": [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]}

    mapping = Mapping(format="openai", columns={"messages": "messages"}, tags=OPENAI_TAGS)
    store = make([talk("Hi", "a"), talk("Hi", "b"), talk("Bye", "a")], mapping)
    assert choose(store, ByHand((1, 3))).shared == 1


def test_by_value(make: Make) -> None:
    store = make([{"q": f"{i}", "set": "val" if i % 2 else 7} for i in range(6)])
    assert choose(store, ByValue("set", ("val",))).ids.tolist() == [2, 4, 6]
    assert choose(store, ByValue("set", ("7",))).ids.tolist() == [1, 3, 5]
    assert values_of(store, "set") == [("7", 3), ("val", 3)]
    assert values_of(store, "q", most=3) == []


def test_what_goes_wrong_leaves_everything_as_it_was(make: Make, tmp_path: Path, monkeypatch: Any) -> None:
    store = make([{"q": f"{i}"} for i in range(4)], PLAIN)
    chosen = choose(store, ByChance(2))
    with pytest.raises(DatasetError, match="No row would be left"):
        split(store, choose(store, ByChance(4)), tmp_path / "v.sqlite")
    with pytest.raises(DatasetError, match="No row is chosen"):
        split(store, Chosen(chosen.ids[:0], 4, 0), tmp_path / "v.sqlite")
    stop = threading.Event()
    stop.set()
    with pytest.raises(DatasetError, match="Stopped"):
        split(store, chosen, tmp_path / "v.sqlite", stop=stop)
    with pytest.raises(DatasetError, match="edited while"):
        split(store, chosen, tmp_path / "v.sqlite", progress=lambda *_: store.set_cells([(1, "q", "new")]) and None)
    monkeypatch.setattr(store, "delete_rows", lambda *_: (_ for _ in ()).throw(DatasetError("no")))
    with pytest.raises(DatasetError, match="no"):
        split(store, chosen, tmp_path / "v.sqlite")
    assert not [p.name for p in tmp_path.iterdir() if "v.sqlite" in p.name and not p.name.endswith(".lock")]
    assert store.count() == 4


def test_a_copy_leaves_the_rows_and_keeps_the_order_of_keys(make: Make, tmp_path: Path) -> None:
    store = make([{"q": "1", "a": "2"}, {"a": "3", "q": "4"}], PLAIN)
    store.delete_column("q")
    store.add_column("q")
    store.set_cells([(1, "q", "one")])
    made = split(store, choose(store, ByHand((1, 2))), tmp_path / "copy.sqlite", move=False, note="by hand")
    assert made.revision is None and store.count() == 2
    with DatasetStore.open(made.path) as copy:
        assert values(copy) == values(store) and copy.fact("source") == "set (by hand)"
        copy.insert_rows(2, [{"fresh": "x"}])
        assert values(copy)[2] == {"fresh": "x"}


def test_merging_matches_columns_by_role_then_by_name(make: Make, tmp_path: Path) -> None:
    one = make([{"q": "1", "a": "2", "tag": "x"}], PLAIN, "one")
    other = make(
        [{"instruction": "3", "output": "4", "a": "note"}],
        Mapping(format="alpaca", columns={"prompt": "instruction", "response": "output"}),
        "two",
    )
    plan = plan_merge([one, other])
    assert [(c.name, c.role, c.sources) for c in plan.columns] == [
        ("q", "prompt", ("q", "instruction")),
        ("a", "response", ("a", "output")),
        ("tag", "", ("tag", None)),
        ("a 2", "", (None, "a")),
    ]
    merge([one, other], tmp_path / "m.sqlite", source_column="set")
    with DatasetStore.open(tmp_path / "m.sqlite") as merged:
        assert values(merged) == [
            {"q": "1", "a": "2", "tag": "x", "set": "one"},
            {"q": "3", "a": "4", "a 2": "note", "set": "two"},
        ]
        assert merged.mapping == PLAIN and merged.fact("source") == "one + two"
    with pytest.raises(DatasetError, match="already a column q"):
        merge([one, other], tmp_path / "n.sqlite", source_column="q")


def test_sets_of_other_roles_are_not_merged(make: Make, tmp_path: Path) -> None:
    one = make([{"q": "1", "a": "2"}], PLAIN, "one")
    talks = make([{"messages": []}], Mapping(format="openai", columns={"messages": "messages"}), "talks")
    with pytest.raises(DatasetError, match="one is alpaca and talks is openai"):
        merge([one, talks], tmp_path / "m.sqlite")
    assert not (tmp_path / "m.sqlite").exists()
