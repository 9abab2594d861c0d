"""Cells keep what the file said, numbers their spelling."""

import copy
import json
import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datasets.values import ABSENT, DEPTH, SpelledFloat, decode, dump, encode, from_text, load, to_text

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize(
    "text",
    ["1.0", "1e5", "0.10", "-0", "-0.0", "1E+2", "NaN", "-Infinity", "123456789012345678901234567890", "1" * 5000,
     "[1.50,{\"a\":1e5,\"b\":[NaN]}]", '"\\ud83d!"', '"库存 \\u0000"', "true", "null", "0.1000000000000000055"],
)  # fmt: skip
def test_json_is_written_as_it_was_spelled(text: str) -> None:
    assert dump(load(text)) == text
    assert dump(decode(encode(load(text)))) == text


@given(json_values)
def test_any_value_survives_the_cell(value: object) -> None:
    assert decode(encode(value)) == value
    assert json.loads(dump(value)) == value


def test_plain_floats_of_our_own_making_survive_too() -> None:
    assert dump([float("nan"), math.inf, 1e16, 0.1]) == "[NaN, Infinity, 1e+16, 0.1]".replace(" ", "")
    assert dump({"a": {"b": float("nan")}}) == '{"a":{"b":NaN}}'


def test_text_is_kept_as_text_whatever_it_looks_like() -> None:
    for text in ("null", "NaN", "1e5", "", " ", "[1]", "TRUE"):
        assert encode(text) == text and decode(text) == text


def test_absent_is_not_null() -> None:
    assert encode(ABSENT) is None and decode(None) is ABSENT
    assert encode(None) == b"null" and decode(b"null") is None


def test_spelled_floats_copy_and_pickle_with_their_spelling() -> None:
    number = SpelledFloat("1e5")
    assert number == 100000.0
    assert copy.deepcopy([number])[0].text == pickle.loads(pickle.dumps(number)).text == "1e5"


def test_a_value_that_json_does_not_know_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        dump({"a": {1, 2}})


@pytest.mark.parametrize(
    ("text", "old", "meant"),
    [("5", "text", "5"), ("5", ABSENT, "5"), ("5", 4, 5), ("2.50", 1, 2.5), ("no number", 4, "no number"),
     ("[1]", [2], [1]), ("null", None, None), ("true", False, True)],
)  # fmt: skip
def test_typing_over_a_cell_keeps_its_kind(text: str, old: object, meant: object) -> None:
    assert from_text(text, old) == meant


def test_what_is_shown() -> None:
    assert [to_text(v) for v in ("a", None, ABSENT, load("1e5"), [1, "x"], True)] == [
        "a",
        "",
        "",
        "1e5",
        '[1,"x"]',
        "true",
    ]


def test_nesting_is_taken_down_to_a_depth_that_everything_can_handle() -> None:
    text = "[" * DEPTH + "]" * DEPTH
    assert dump(decode(encode(load(text)))) == text
    with pytest.raises(RecursionError):
        load(f"[{text}]")
    assert from_text(f"[{text}]", 1) == f"[{text}]"
    wide = "[" + ",".join(["{}"] * 1000) + "]"
    assert len(load(wide)) == 1000
