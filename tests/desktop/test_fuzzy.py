"""What a few letters find."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.fuzzy import best, score


@pytest.mark.parametrize(
    ("typed", "line"),
    [("train", "New training run"), ("ntr", "New training run"), ("训练", "新建训练"), ("run new", "New run"),
     ("EXPORT", "Export the latest run"), ("resume", "Résumé"), ("svv", "Save version")],
)  # fmt: skip
def test_finds(typed: str, line: str) -> None:
    assert score(typed, line) > 0


@pytest.mark.parametrize(
    ("typed", "line"), [("xyz", "New run"), ("run old", "New run"), ("aeo", "Take the guided one")]
)
def test_does_not_find(typed: str, line: str) -> None:
    assert score(typed, line) == 0


def test_whole_words_come_before_scattered_letters() -> None:
    lines = ["Open a recipe now", "Export", "Open"]
    assert best("open", lines, 3)[0] == 2


def test_nothing_typed_keeps_the_order() -> None:
    assert best("", ["b", "a", "c"], 2) == [0, 1]


@given(st.text(min_size=1), st.text())
def test_a_line_finds_itself_and_nothing_breaks(line: str, other: str) -> None:
    score(other, line)
    if line.split():
        assert score(line, line) > 0
