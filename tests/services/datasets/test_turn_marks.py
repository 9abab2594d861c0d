"""What is wrong with turns is said at the turn, agrees with what training says of the row, and is mended by its fix."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.row_parts import is_conversation, other_columns, row_parts, swapped
from services.datasets.turn_items import SPEAKERS, role_for
from services.datasets.turn_marks import Mark, marks
from services.datasets.values import ABSENT

SHAREGPT = Mapping(format="sharegpt", columns={"messages": "talk"})
OPENAI = Mapping(format="openai", columns={"messages": "talk"}, tags=OPENAI_TAGS)
PAIR = Mapping(format="preference", columns={"messages": "talk", "chosen": "yes", "rejected": "no"})
_ORDER = ("role-order", "no-answer", "role", "turns", "system-place", "empty-answer")


def talk(mapping: Mapping, *turns: tuple[str, str]) -> list[dict[str, Any]]:
    tags = mapping.tags
    return [{tags.role_tag: role_for(s, tags) if s in SPEAKERS else s, tags.content_tag: text} for s, text in turns]


def found(mapping: Mapping, items: Any, *, follows: bool = False) -> list[Mark]:
    (part, *_) = row_parts({"talk": items}, mapping)
    return marks(part, mapping, answer_follows=follows)


def mended(mapping: Mapping, items: Any, mark: Mark, number: int) -> Any:
    (part, *_) = row_parts({"talk": items}, mapping)
    return mark.fixes[number].apply(part.cell).value()


speakers = st.lists(st.sampled_from([*SPEAKERS, "nobody"]), min_size=1, max_size=7)


@given(speakers, st.sampled_from([SHAREGPT, OPENAI]))
def test_marks_agree_with_what_training_says(who: list[str], mapping: Mapping) -> None:
    items = talk(mapping, *[(s, "text") for s in who])
    if mapping is OPENAI:
        items = [{k: v for k, v in item.items() if v is not None} for item in items]
    marked = [mark for mark in found(mapping, items) if mark.blocks]
    blocking = [p for p in mapping.check({"talk": items}) if p.blocks]
    assert bool([m for m in marked if m.code in _ORDER]) == bool(
        [p for p in blocking if p.code in (*_ORDER, "no-turns")]
    ) or set(who) == {"system"}
    told = [p for p in blocking if "turn" in p.values]
    if told:
        assert told[0].values["turn"] - 1 in {mark.turn for mark in marked}


@given(speakers.filter(lambda who: "nobody" not in who))
def test_fixes_mend_a_talk_step_by_step(who: list[str]) -> None:
    items = [*talk(SHAREGPT, *[(s, "text") for s in who]), *talk(SHAREGPT, ("assistant", "end"))]
    for _ in range(40):
        left = [mark for mark in found(SHAREGPT, items) if mark.blocks and mark.fixes]
        if not left:
            break
        before, items = items, mended(SHAREGPT, items, left[0], len(left[0].fixes) - 1)
        assert items != before
    if items and any(item["from"] != "system" for item in items):
        assert not [p for p in SHAREGPT.check({"talk": items}) if p.blocks and p.code != "empty-answer"]


def test_two_of_one_side_in_a_row() -> None:
    items = talk(SHAREGPT, ("user", "a"), ("user", "b"), ("assistant", "c"), ("assistant", "d"))
    first, second = found(SHAREGPT, items)
    assert (first.turn, first.sentence, second.turn, second.sentence) == (
        1, "Two questions in a row.", 3, "Two answers in a row.",
    )  # fmt: skip
    once = mended(SHAREGPT, items, first, 0)
    assert once == talk(SHAREGPT, ("user", "a\nb"), ("assistant", "c"), ("assistant", "d"))
    (left,) = found(SHAREGPT, once)
    assert mended(SHAREGPT, once, left, 1)[2] == {"from": "human", "value": ""}


def test_a_question_without_an_answer_and_an_answer_too_many() -> None:
    items = talk(SHAREGPT, ("user", "a"), ("assistant", "b"), ("user", "c"))
    (mark,) = found(SHAREGPT, items)
    assert mark.turn == 2 and mended(SHAREGPT, items, mark, 0)[3] == {"from": "gpt", "value": ""}
    assert mended(SHAREGPT, items, mark, 1) == items[:2]
    assert found(PAIR, items, follows=True) == []
    (much,) = found(PAIR, items[:2], follows=True)
    assert mended(PAIR, items[:2], much, 0) == items[:1]


def test_a_system_turn_in_the_middle_moves_to_the_top_or_joins_the_first() -> None:
    items = talk(OPENAI, ("user", "a"), ("system", "s"), ("assistant", "b"))
    (mark,) = found(OPENAI, items)
    assert mark.code == "system-place" and mended(OPENAI, items, mark, 0)[0]["role"] == "system"
    twice = talk(OPENAI, ("system", "s"), ("user", "a"), ("assistant", "b"), ("system", "t"))
    (mark,) = [m for m in found(OPENAI, twice) if m.code == "system-place"]
    assert mended(OPENAI, twice, mark, 0)[0]["content"] == "s\nt"


def test_calls_and_results() -> None:
    call = {"id": "1", "type": "function", "function": {"name": "", "arguments": "{oops"}}
    items = [
        {"role": "user", "content": "q"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "2", "content": "r"},
        {"role": "assistant", "content": " "},
    ]
    said = {(m.turn, m.code): m for m in found(OPENAI, items)}
    assert set(said) == {(1, "tool-calls"), (1, "tool-arguments"), (2, "result-id"), (3, "empty-answer")}
    assert said[1, "tool-arguments"].values["place"] == 2
    text = talk(SHAREGPT, ("user", "q"), ("function", '{"name": "f", }'), ("observation", "r"), ("assistant", "a"))
    (mark,) = found(SHAREGPT, text)
    assert mark.code == "tool-arguments" and mark.values["line"] == 1 and not mark.blocks


def test_weights_take_an_answer_out_of_the_rules_of_empty_ones() -> None:
    items = talk(OPENAI, ("user", "q"), ("assistant", ""), ("user", "r"), ("assistant", "a"))
    assert [m.code for m in found(OPENAI, items)] == ["empty-answer"]
    items[1]["weight"] = 0
    assert found(OPENAI, items) == []
    assert not OPENAI.conversation({"talk": items}).turns[1].trained
    items = talk(SHAREGPT, ("user", "q"), ("assistant", "a"))
    items[1]["loss"] = False
    assert [p.code for p in SHAREGPT.check({"talk": items})] == ["nothing-trained"]


def test_a_cell_that_is_no_list_says_where_it_breaks() -> None:
    (mark,) = found(SHAREGPT, '[{"from": "human",\n "value": x}]')
    assert (mark.code, mark.values["line"], mark.values["place"]) == ("turns", 2, 11)
    (mark,) = found(SHAREGPT, '{"a": 1}')
    assert mark.sentence == "{column} is not a list of turns."
    history = Mapping(format="alpaca", columns={"history": "talk", "prompt": "q", "response": "a"})
    (mark,) = found(history, [["a", "b"], ["c"]])
    assert mark.turn == 2 and mended(history, [["a", "b"], ["c"]], mark, 0) == [["a", "b"]]


# ---- parts of a row


def test_parts_of_rows() -> None:
    alpaca = Mapping(format="alpaca", columns={"prompt": "Q", "query": "more", "response": "a", "history": "h",
                                               "system": "s", "images": "pic"})  # fmt: skip
    row = {"q": "?", "more": "", "a": "!", "h": [["x", "y"]], "pic": ["1.png"], "note": 3}
    parts = row_parts(row, alpaca)
    assert [(p.role, p.column, p.cell.shape) for p in parts] == [
        ("system", "s", "text"), ("history", "h", "pairs"), ("prompt", "q", "text"), ("query", "more", "text"),
        ("response", "a", "text"),
    ]  # fmt: skip
    others = other_columns(row, list(row), alpaca)
    assert [(o.role, o.column, o.value) for o in others] == [("images", "pic", ["1.png"]), ("", "note", 3)]
    assert row_parts(row, Mapping()) == () and len(other_columns(row, list(row), Mapping())) == len(row)
    assert is_conversation(row, "h", alpaca) and not is_conversation(row, "q", alpaca)
    assert not is_conversation(row, "note", alpaca) and not is_conversation(row, "pic", alpaca)


@pytest.mark.parametrize("value", ["good", {"from": "gpt", "value": "good"}, [{"from": "gpt", "value": "good"}]])
def test_answers_to_compare(value: Any) -> None:
    row = {"talk": talk(PAIR, ("user", "q")), "yes": value, "no": "bad"}
    parts = {p.role: p for p in row_parts(row, PAIR)}
    assert parts["chosen"].cell.turns[0].text == "good" and parts["chosen"].cell.turns[0].speaker == "assistant"
    assert is_conversation(row, "yes", PAIR) is not isinstance(value, str)
    assert swapped(row, PAIR) == [("yes", "bad"), ("no", value)]
    assert swapped({"yes": "a"}, PAIR) == [("yes", ABSENT), ("no", "a")] and swapped(row, SHAREGPT) == []


# ---- hostile cells

_LEAF = (
    st.none()
    | st.booleans()
    | st.integers(-2, 2)
    | st.sampled_from(["", "x", "[", "[1", '[{"from": 1}]', "{}", "null"])
)
_KEYS = st.sampled_from(["from", "value", "role", "content", "text", "tool_calls", "function", "name", "arguments",
                         "type", "weight", "loss", "id", "tool_call_id", "function_call", "文"])  # fmt: skip
_ROLES = st.sampled_from(
    ["human", "gpt", "user", "assistant", "tool", "system", "function_call", "developer", "nobody"]
)
_ANY = st.recursive(
    _LEAF | _ROLES, lambda v: st.lists(v, max_size=4) | st.dictionaries(_KEYS, v | _ROLES, max_size=5), max_leaves=25
)


@given(
    _ANY,
    st.sampled_from([SHAREGPT, OPENAI, PAIR]),
    st.sampled_from(["messages", "history", "prompt", "chosen", "tools"]),
)
def test_whatever_a_cell_holds_it_is_shown_and_can_be_mended(value: Any, mapping: Mapping, role: str) -> None:
    columns = {"prompt": "q", "response": "a", "chosen": "yes", "rejected": "no", role: "cell"}
    known = "alpaca" if role == "history" else mapping.format
    mapping = mapping.model_copy(update={"columns": columns, "format": known})
    row = {"cell": value, "q": "q", "a": "a", "no": "n"}
    for part in row_parts(row, mapping):
        assert part.cell.value() is row.get(part.column, ABSENT)
        for mark in marks(part, mapping, answer_follows=role == "chosen"):
            assert mark.sentence.format(**mark.values)
            for fix in mark.fixes:
                fix.apply(part.cell).value()
        for number, turn in enumerate(part.cell.turns):
            for field in turn.fields:
                made = part.cell.with_text(number, field, field.text + "z")
                assert made.changed or field.kind == "other"
                made.value()
            part.cell.with_speaker(number, "function").value()
            part.cell.with_trained(number, False).value()
            part.cell.with_call(number).without_call(number, 0).value()
            if part.cell.is_list:
                part.cell.removed(number).value()
                part.cell.split_at(number, turn.fields[0], 0).value()
                if number + 1 < len(part.cell.turns):
                    part.cell.joined(number).value()
