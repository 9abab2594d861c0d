"""Turns of a cell: what is read, what each operation changes, and the laws that nothing else changes."""

import json
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from services.datasets.jsontext import members, place, put, split_list, take, value_at
from services.datasets.mapping import OPENAI_TAGS, Tags
from services.datasets.turn_items import SPEAKERS, json_fault, role_for
from services.datasets.turns import TurnCell, read_cell, read_plain
from services.datasets.values import ABSENT, dump, encode, load

SHAREGPT = Tags()
WORDS = st.text(max_size=12) | st.sampled_from(
    ["", "  ", "a\nb", "مرحبا", "👩‍👩‍👧 é", '"\\ \u2028', "你好。", "x\r\ny"]
)
EXTRA = st.dictionaries(
    st.sampled_from(["id", "score", "note", "weight2", "文"]),
    st.sampled_from(
        [None, True, load("1e5"), load("0.10"), load("-0"), 12345678901234567890123, "1.50", [1, {"a": []}]]
    ),
    max_size=3,
)


def _spelled(value: Any, indent: str) -> str:
    """JSON as a file may spell it: with blanks, ASCII escapes and line ends."""
    if indent == "compact":
        return dump(value)
    plain = json.loads(dump(value), parse_float=str, parse_int=str)  # numbers as text: only the shape matters here
    return json.dumps(plain, ensure_ascii=True, indent=2 if indent == "lines" else None)


@st.composite
def cells(draw: st.DrawFn, least: int = 0, shapes: tuple[str, ...] = ("list", "lines", "ascii")) -> TurnCell:
    tags = draw(st.sampled_from([SHAREGPT, OPENAI_TAGS]))
    items = []
    for _ in range(draw(st.integers(least, 5))):
        speaker = draw(st.sampled_from(SPEAKERS))
        item: dict[str, Any] = {tags.role_tag: role_for(speaker, tags), **draw(EXTRA), tags.content_tag: draw(WORDS)}
        if tags is OPENAI_TAGS and speaker == "function":
            call = {"id": "1", "type": "function", "function": {"name": "f", "arguments": draw(WORDS)}}
            item["tool_calls"] = [call]
        items.append(item)
    shape = draw(st.sampled_from(shapes))
    cell = read_cell(items if shape == "list" else _spelled(items, shape), tags, wants_list=True)
    return cell


def bytes_of(cell: TurnCell) -> Any:
    return encode(cell.value())


def raws(cell: TurnCell) -> list[str]:
    return [turn.raw for turn in cell.turns]


# ---- laws


@given(cells())
def test_a_cell_that_is_only_read_comes_back_byte_for_byte(cell: TurnCell) -> None:
    assert cell.value() is cell.original
    split = cell.pieces.split
    assert split is not None and split.text() == (cell.original if cell.as_text else dump(cell.original))


@given(cells(1), st.data())
def test_only_the_turn_that_is_typed_over_changes(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns) - 1))
    text = data.draw(WORDS)
    field = next(f for f in cell.turns[at].fields if f.kind == "text")
    made = cell.with_text(at, field, text)
    assert made.turns[at].text == text
    assert [r for i, r in enumerate(raws(made)) if i != at] == [r for i, r in enumerate(raws(cell)) if i != at]
    before, after = load(cell.turns[at].raw), load(made.turns[at].raw)
    assert {k: encode(v) for k, v in after.items() if k != cell.tags.content_tag} == {
        k: encode(v) for k, v in before.items() if k != cell.tags.content_tag
    }
    assert list(before) == list(after)
    back = made.with_text(at, next(f for f in made.turns[at].fields if f.path == field.path), field.text)
    assert load(raws(back)[at]) == before


@given(cells(), st.data())
def test_removing_what_was_inserted_gives_the_cell_back(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns)))
    made = cell.inserted(at, data.draw(st.sampled_from(SPEAKERS)), "new")
    assert len(made.turns) == len(cell.turns) + 1 and made.removed(at).pieces == cell.pieces
    assert raws(made)[:at] + raws(made)[at + 1 :] == raws(cell)


@given(cells(1, ("list",)), st.data())
def test_putting_back_what_was_removed_gives_the_cell_back(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns) - 1))
    assert bytes_of(cell.removed(at).with_raw_at(at, cell.turns[at].raw)) == bytes_of(cell)


@given(cells(1), st.data())
def test_moving_back_gives_the_cell_back(cell: TurnCell, data: st.DataObject) -> None:
    places = st.integers(0, len(cell.turns) - 1)
    start, goal = data.draw(places), data.draw(places)
    made = cell.moved(start, goal)
    assert sorted(raws(made)) == sorted(raws(cell)) and raws(made)[goal] == raws(cell)[start]
    assert made.moved(goal, start).pieces == cell.pieces


@given(cells(1), st.data())
def test_a_copy_taken_away_gives_the_cell_back(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns) - 1))
    made = cell.duplicated(at)
    assert raws(made)[at] == raws(made)[at + 1] and made.removed(at + 1).pieces == cell.pieces


@given(cells(1), st.data())
def test_a_changed_speaker_changes_only_the_role(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns) - 1))
    turn = cell.turns[at]
    speaker = data.draw(st.sampled_from(SPEAKERS))
    made = cell.with_speaker(at, speaker)
    assert made.turns[at].speaker == speaker and made.turns[at].text == turn.text
    unknown = [k for k in load(turn.raw) if k not in (cell.tags.role_tag, "tool_calls")]
    assert all(encode(load(made.turns[at].raw)[k]) == encode(load(turn.raw)[k]) for k in unknown)
    if "function" not in (speaker, turn.speaker):
        assert made.with_speaker(at, turn.speaker).turns[at].raw == turn.raw


@given(cells(1), st.data())
def test_joining_what_was_split_gives_the_text_back(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns) - 1))
    field = next(f for f in cell.turns[at].fields if f.kind == "text")
    cut = data.draw(st.integers(0, len(field.text)))
    made = cell.split_at(at, field, cut)
    assert len(made.turns) == len(cell.turns) + 1
    assert made.turns[at].speaker in (cell.turns[at].speaker, "assistant")
    fell = len(field.text) - len(made.turns[at].text) - len(made.turns[at + 1].text)
    assert fell in (0, 1)
    between = field.text[cut - 1 : cut] if field.text[:cut].endswith("\n") else field.text[cut : cut + fell]
    assert made.joined(at, between if fell else "").turns[at].text == field.text
    assert set(load(cell.turns[at].raw)) <= set(load(made.joined(at).turns[at].raw))


@given(cells(1), st.data())
def test_training_off_and_on_again(cell: TurnCell, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(cell.turns) - 1))
    off = cell.with_trained(at, False)
    assert not off.turns[at].trained and off.with_trained(at, True).turns[at].trained
    assert set(load(off.turns[at].raw)) - set(load(cell.turns[at].raw)) in ({"weight"}, {"loss"})


@given(
    st.recursive(
        st.none() | st.booleans() | WORDS,
        lambda v: st.lists(v, max_size=3) | st.dictionaries(WORDS, v, max_size=3),
    ),
    st.booleans(),
)
@example({"a": {"a": 1}}, True)
def test_pieces_of_json_text(value: Any, lines: bool) -> None:
    text = json.dumps(value, indent=2 if lines else None, ensure_ascii=lines)
    if isinstance(value, dict):
        assert [m.key for m in members(text)] == list(value)
        for key in value:
            assert value_at(text, (key,)) == value[key]
            assert load(put(text, (key,), "new")) == {**value, key: "new"}
            assert load(take(text, (key,))) == {k: v for k, v in value.items() if k != key}
        assume("fresh" not in value)
        assert load(put(text, ("fresh",), 1)) == {**value, "fresh": 1}
        assert load(take(put(text, ("fresh",), 1), ("fresh",))) == value
    elif isinstance(value, list):
        split = split_list(text)
        assert split is not None and split.text() == text and [load(i) for i in split.items] == value
        for at in range(len(value)):
            assert value_at(text, (at,)) == value[at]
            assert load(take(text, (at,))) == value[:at] + value[at + 1 :]
    else:
        assert split_list(text) is None and place(text, ("x",)) is None


# ---- cases


def test_unknown_keys_doubled_keys_and_numbers_keep_their_spelling() -> None:
    text = '[ {"from" : "human", "score": 1.50e+3, "value": "a", "value": "b"} ,\n\t{"from": "gpt", "value": "c"}]'
    cell = read_cell(text, SHAREGPT, wants_list=True)
    made = cell.with_text(0, cell.turns[0].fields[0], "Z")
    assert made.value() == text.replace('"b"', '"Z"')
    assert cell.removed(0).value() == '[ {"from": "gpt", "value": "c"}]'
    cell = read_cell([{"from": "human", "value": "a", "n": load("1.50")}], SHAREGPT)
    assert encode(cell.inserted(1, "assistant", "b").value()) == (
        b'[{"from":"human","value":"a","n":1.50},{"from":"gpt","value":"b"}]'
    )


def test_a_tool_call_is_a_name_and_arguments() -> None:
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": '{"city": '}}
    cell = read_cell([{"role": "assistant", "content": None, "tool_calls": [call]},
                      {"role": "tool", "tool_call_id": "c1", "content": "20"}], OPENAI_TAGS)  # fmt: skip
    turn, result = cell.turns
    assert turn.speaker == "function" and [f.kind for f in turn.fields] == ["call", "arguments", "text"]
    assert turn.fields[2].null and result.speaker == "observation"
    assert [(f.kind, f.text) for f in result.fields] == [("text", "20"), ("result_id", "c1")]
    fault = json_fault(turn.fields[1].text)
    assert fault is not None and (fault.line, fault.column) == (1, 10)
    made = cell.with_text(0, turn.fields[1], '{"city": "Ulm"}').with_text(0, turn.fields[0], "forecast")
    assert made.value()[0]["tool_calls"][0]["function"] == {"name": "forecast", "arguments": '{"city": "Ulm"}'}
    assert made.value()[0]["content"] is None
    assert (
        cell.with_text(0, turn.fields[1], "no json").value()[0]["tool_calls"][0]["function"]["arguments"] == "no json"
    )
    two = cell.with_call(0)
    assert [f.number for f in two.turns[0].fields if f.kind == "call"] == [0, 1]
    assert "tool_calls" not in cell.without_call(0, 0).value()[0] and two.without_call(0, 1).value() == cell.value()


def test_arguments_that_are_an_object_stay_one() -> None:
    call = {"function": {"name": "f", "arguments": {"a": load("1.0")}}}
    cell = read_cell([{"role": "assistant", "content": "", "tool_calls": [call]}], OPENAI_TAGS)
    field = next(f for f in cell.turns[0].fields if f.kind == "arguments")
    assert field.text == '{"a":1.0}'
    assert cell.with_text(0, field, '{"a": 2}').value()[0]["tool_calls"][0]["function"]["arguments"] == {"a": 2}
    assert cell.with_text(0, field, "{").value()[0]["tool_calls"][0]["function"]["arguments"] == "{"


def test_parts_of_a_message_are_edited_one_by_one_and_pictures_stay() -> None:
    parts = [{"type": "text", "text": "Look"}, {"type": "image_url", "image_url": {"url": "x"}}, "there"]
    cell = read_cell([{"role": "user", "content": parts}], OPENAI_TAGS)
    fields = cell.turns[0].fields
    assert [f.kind for f in fields] == ["part", "other", "part"] and cell.turns[0].text == "Lookthere"
    made = cell.with_text(0, fields[0], "See").with_text(0, fields[2], "here").value()[0]["content"]
    assert made == [{"type": "text", "text": "See"}, parts[1], "here"]


def test_pairs_of_a_history() -> None:
    cell = read_cell([["q1", "a1"], ["q2", "a2"], "odd"], SHAREGPT, pairs=True)
    assert [t.speaker for t in cell.turns] == ["user", "assistant", "user", "assistant", ""]
    assert cell.with_text(3, cell.turns[3].fields[0], "A").value() == [["q1", "a1"], ["q2", "A"], "odd"]
    assert cell.removed(1).value() == [["q2", "a2"], "odd"]
    assert cell.moved(0, 2).value() == [["q2", "a2"], ["q1", "a1"], "odd"] and cell.moved(0, 1) is cell
    assert cell.inserted(5, "user", "q3").value()[-1] == ["q3", ""]
    assert cell.with_text(4, cell.turns[4].fields[0], '["q", "a"]').value()[-1] == ["q", "a"]
    assert read_cell(ABSENT, SHAREGPT, pairs=True, wants_list=True).inserted(0, "user").value() == [["", ""]]


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("plain", "text"), ("[not json", "text"), ('{"a": 1}', "text"), (None, "text"), (7, "text"),
        ({"from": "gpt", "value": "x"}, "message"), ('{"from": "gpt", "value": "x"}', "message"),
        ([{"from": "gpt", "value": "x"}], "turns"), ('[{"from": "gpt"}]', "turns"),
    ],
)  # fmt: skip
def test_what_a_cell_holds(value: Any, shape: str) -> None:
    cell = read_cell(value, SHAREGPT, speaker="assistant")
    assert cell.shape == shape and cell.value() is value
    if shape == "text":
        assert cell.with_text(0, cell.turns[0].fields[0], "new").value() == "new"
    elif shape == "message":
        made = cell.with_text(0, cell.turns[0].fields[0], "y").value()
        assert made == ('{"from": "gpt", "value": "y"}' if isinstance(value, str) else {"from": "gpt", "value": "y"})
        with pytest.raises(IndexError):
            cell.removed(0)


def test_a_list_that_is_broken_is_mended_as_text() -> None:
    cell = read_cell('[{"from": "human", "value": "x"}', SHAREGPT, wants_list=True)
    assert cell.shape == "broken" and cell.turns[0].fields[0].kind == "raw"
    assert cell.with_text(0, cell.turns[0].fields[0], "[]").value() == "[]"
    tools = read_plain([{"name": "f"}], SHAREGPT, "")
    assert tools.turns[0].fields[0].text == '[{"name":"f"}]'
    assert tools.with_text(0, tools.turns[0].fields[0], '[{"name": "g"}]').value() == [{"name": "g"}]


def test_things_that_are_no_turns_are_shown_as_json_and_can_become_turns() -> None:
    cell = read_cell(["hello", {"x": 1}, 5], SHAREGPT, wants_list=True)
    assert [t.speaker for t in cell.turns] == ["", "", ""] and cell.turns[0].fields[0].text == '"hello"'
    assert cell.with_speaker(0, "user").value()[0] == {"from": "human", "value": "hello"}
    assert cell.with_speaker(1, "assistant").value()[1] == {"x": 1, "from": "gpt"}
    assert cell.with_text(2, cell.turns[2].fields[0], "no json").value()[2] == "no json"


@pytest.mark.parametrize(
    ("text", "line", "column", "reason"),
    [
        ('{"a": }', 1, 7, "a value is missing"), ('{"a" 1}', 1, 6, "a colon is missing"),
        ('{"a": 1,\n "b" 2}', 2, 6, "a colon is missing"), ("[1 2]", 1, 4, "a comma is missing"),
        ('{"a": "b}', 1, 7, "the text that begins here is not closed"),
        ("{} x", 1, 4, "something follows after the end"),
        ('"a\nb"', 1, 3, "a line end or another control character stands within a text"),
        ("{a: 1}", 1, 2, "a name in double quotes is missing"), ("[" * 2000 + "]" * 2000, 1, 1, "nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_json_is_named_by_its_place(text: str, line: int, column: int, reason: str) -> None:
    fault = json_fault(text)
    assert fault is not None and (fault.line, fault.column, fault.reason) == (line, column, reason)
    assert json_fault('{"a": [1.50, null, "x"]}') is None


def test_half_surrogates_and_deep_values_do_no_harm() -> None:
    cell = read_cell([{"from": "human", "value": "a\ud83d", "x": load("[" * 60 + "]" * 60)}], SHAREGPT)
    made = cell.with_text(0, cell.turns[0].fields[0], "b\ud83d")
    assert made.value()[0]["value"] == "b\ud83d" and len(made.turns) == 1
