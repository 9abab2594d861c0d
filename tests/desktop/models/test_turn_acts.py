"""What can be done with a turn, by name."""

import pytest

from desktop.models.turn_acts import act_on, next_speaker
from services.datasets.mapping import Tags
from services.datasets.turns import read_cell

TALK = read_cell(
    [{"from": r, "value": v} for r, v in (("human", "a"), ("gpt", "b\nc"), ("function_call", "d"))], Tags()
)
PAIRS = read_cell([["a", "b"], ["c", "d"]], Tags(), pairs=True)


def done(what: str, turn: int, *rest: object, cell=TALK):
    made = act_on(cell, turn, what, *rest)
    assert made is not None
    act, goal, label = made
    assert label
    return [t.text for t in act(cell).turns], goal


@pytest.mark.parametrize(
    ("what", "turn", "rest", "texts", "goal"),
    [
        ("up", 1, (), ["b\nc", "a", "d"], 0), ("down", 0, (), ["b\nc", "a", "d"], 1),
        ("to", 0, (2,), ["b\nc", "d", "a"], 2),
        ("remove", 1, (), ["a", "d"], 1), ("duplicate", 0, (), ["a", "a", "b\nc", "d"], 1),
        ("join", 0, (), ["a\nb\nc", "d"], 0), ("split", 1, (None, (0, 1)), ["a", "b", "c", "d"], 2),
        ("above", 0, (), ["", "a", "b\nc", "d"], 0), ("below", 2, (), ["a", "b\nc", "d", ""], 3),
    ],
)  # fmt: skip
def test_acts(what: str, turn: int, rest: tuple, texts: list[str], goal: int) -> None:
    assert done(what, turn, *rest) == (texts, goal)


def test_what_cannot_be_done_is_nothing() -> None:
    assert [act_on(TALK, *args) for args in ((0, "up"), (2, "down"), (2, "join"), (0, "split"), (0, "no-such"))] == [
        None
    ] * 5
    text = read_cell("plain", Tags(), speaker="user")
    assert act_on(text, 0, "remove") is None and act_on(text, 0, "down") is None


def test_pairs_move_together() -> None:
    assert done("down", 0, cell=PAIRS) == (["c", "d", "a", "b"], 2)
    assert done("remove", 1, cell=PAIRS)[0] == ["c", "d"]


def test_the_other_side_speaks_next() -> None:
    assert [next_speaker(TALK, at) for at in range(4)] == ["user", "assistant", "user", "observation"]
