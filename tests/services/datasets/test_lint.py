"""Checks, their fixes as ordinary edits, and that nothing is silent."""

from services.datasets.conversation import Conversation
from services.datasets.lint import apply_fixes, checks, lint
from services.datasets.mapping import Mapping
from tests.services.datasets.conftest import Make, values
from tests.services.datasets.test_formats import SHAREGPT, talk

ALPACA = Mapping(format="alpaca", columns={"prompt": "q", "response": "a"})


def test_fixes_are_edits_and_undo_takes_them_back(make: Make) -> None:
    rows = [{"q": "1", "a": "x"}, {"q": "2", "a": ""}, {"q": "", "a": "y"}]
    store = make(rows, ALPACA)
    found = list(lint(store))
    assert [(f.row_id, f.check, f.problem.blocks) for f in found] == [
        (2, "empty-answer", True),
        (3, "empty-question", False),
    ]
    assert apply_fixes(store, found) == 2
    assert values(store) == rows[:1] and not list(lint(store))
    store.undo()
    assert values(store) == rows


def test_role_order_is_mended_by_joining(make: Make) -> None:
    store = make(
        [
            {"conversations": talk("sys:s", "gpt:hello", "human:a", "human:b", "gpt:c", "gpt:d", "human:e")},
            {"conversations": talk("human:a", "call:{}", "gpt:b")},
            {"conversations": [*talk("human:a"), {"from": "robot", "value": "b"}]},
        ],
        SHAREGPT,
    )
    found = list(lint(store, only=["role-order"]))
    assert [f.check for f in found] == ["role-order"] * 3
    assert [bool(f.fix) for f in found] == [True, False, False], "only where the fix mends the row"
    apply_fixes(store, found)
    assert store.rows()[0].values["conversations"] == talk("sys:s", "human:a\nb", "gpt:c\nd")
    assert isinstance(next(iter(store.conversations()))[1], Conversation)


def test_labels_are_written_as_they_were_meant(make: Make) -> None:
    mapping = Mapping(format="kto", columns={"prompt": "q", "response": "a", "kto_tag": "label"})
    store = make([{"q": "1", "a": "x", "label": v} for v in ("True", "no", 0, None, True)], mapping)
    apply_fixes(store, [f for f in lint(store) if f.check == "kto-label"])
    assert [row["label"] for row in values(store)] == [True, False, False, None, True]


def test_labels_all_false(make: Make) -> None:
    mapping = Mapping(format="kto", columns={"prompt": "q", "response": "a", "kto_tag": "label"})
    (finding,) = lint(make([{"q": "1", "a": "x", "label": False}], mapping))
    assert finding.text == "All 1 labels are false: there is no desired answer to learn from."
    assert not list(lint(make([], mapping, name="empty")))


def test_problems_that_no_check_claims_are_listed_too(make: Make) -> None:
    store = make([{"q": "1", "a": 5}, {"q": "2"}], ALPACA)
    assert [(f.row_id, f.check, f.text) for f in lint(store)] == [
        (1, "not-text", "a holds 5, which is no text."),
        (2, "no-answer", "There is no answer."),
    ]
    assert {f.check for f in lint(make([{"a": 1}], name="unmapped"))} == {"no-format"}


def test_the_checks_are_the_registered_ones() -> None:
    assert {"empty-answer", "empty-question", "chosen-equals-rejected", "kto-label", "one-sided", "role-order"} <= set(
        checks.ids()
    )
    assert all(check.title and check.id == checks.ids()[i] for i, check in enumerate(checks))
