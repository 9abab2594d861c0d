"""Marks of what differs, word by word; bounded whatever the texts are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.datasets import wording
from services.datasets.mapping import OPENAI_TAGS, Mapping
from services.datasets.values import ABSENT
from services.datasets.wording import Side, sides, word_marks


def marked(side: Side) -> list[str]:
    return [side.text[a:b] for a, b in side.marks]


def test_whole_words_are_marked() -> None:
    old, new = sides("Hold the red button now.", "Hold the green button for 5 seconds.")
    assert marked(old) == ["red", "now"] and marked(new) == ["green", "for 5 seconds"]
    old, new = sides("It runs.", "It ran.")
    assert marked(old) == ["runs"] and marked(new) == ["ran"], "never half a word"
    old, new = sides("price 100", "price 1000")
    assert marked(new) == ["1000"]


def test_chinese_is_marked_sign_by_sign() -> None:
    old, new = sides("请按住红色按钮。", "请按住绿色按钮五秒。")
    assert marked(old) == ["红"] and marked(new) == ["绿", "五秒"]


def test_what_only_one_side_has() -> None:
    assert sides(ABSENT, "new") == (Side(""), Side("new"))
    old, new = sides("a b", "a b c")
    assert marked(old) == [] and marked(new) == ["c"]
    old, new = sides(1, "1")
    assert marked(old) == ["1"] and marked(new) == ["1"], "a number and its text differ, though they read alike"


def test_turns_read_as_turns() -> None:
    was = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
    now = [was[0], {"role": "assistant", "content": "Hello there.", "weight": 0}]
    old, new = sides(was, now, Mapping(format="openai", tags=OPENAI_TAGS))
    assert old.text == "user\nHi\n\nassistant\nHello."
    assert [old.text[a:b] for a, b in old.heads] == ["user", "assistant"]
    assert new.text.endswith('Hello there.\n{"weight":0}')
    assert sides('[{"from": "human", "value": "x"}]', [])[0].text == "human\nx", "also where the file spells it as text"
    assert sides([1, 2], {"a": 1})[0].text == "[1,2]"


def test_lines_that_are_compared_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wording, "_MOST", 0)
    test_what_is_not_marked_is_the_same_on_both_sides()


@given(st.text("ab 。红\n", max_size=30), st.text("ab 。红\n", max_size=30))
def test_what_is_not_marked_is_the_same_on_both_sides(before: str, after: str) -> None:
    old, new = word_marks(before, after)

    def rest(text: str, spans: list[tuple[int, int]]) -> str:
        at, out = 0, []
        for start, stop in spans:
            assert at <= start < stop <= len(text)
            out.append(text[at:start])
            at = stop
        return "".join([*out, text[at:]])

    def bare(text: str) -> str:
        return "".join(text.split())

    assert bare(rest(before, old)) == bare(rest(after, new))


def test_long_texts_do_not_hang() -> None:
    words = [f"word{i % 97} " for i in range(40_000)]
    other = [w.upper() if i % 3 else w for i, w in enumerate(words)]
    old, new = word_marks("".join(words), "".join(other))
    assert old and new
    lines = "\n".join(f"line {i}" for i in range(2000))
    old, new = word_marks(lines, lines.replace("line 700", "line seven hundred").replace("line 3\n", "line three\n"))
    assert [lines[a:b] for a, b in old] == ["3", "700"], "long texts by lines, then by words"
    shuffled = "\n".join(f"line {i * 7919 % 2000}" for i in range(2000))
    old, new = word_marks(lines, shuffled)
    assert old and new
