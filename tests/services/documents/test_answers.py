"""Replies as models really write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.documents.answers import Judgement, Pair, read_judgement, read_pairs

ONE = [Pair("What is a buoy?", "A float.")]
TWO = [*ONE, Pair("Where?", "Outside.")]


@pytest.mark.parametrize(
    ("reply", "pairs", "unread"),
    [
        ('[{"question": "What is a buoy?", "answer": "A float."}]', ONE, 0),
        ('Sure! Here you go:\n```json\n[{"question": "What is a buoy?", "answer": "A float."},]\n```\nBye', ONE, 0),
        ('{"pairs": [{"Q": "What is a buoy?", "A": "A float."}, {"q": "Where?", "a": "Outside."}]}', TWO, 0),
        ('{"question": "What is a buoy?", "answer": "A float."}\n{"question": "Where?", "answer": "Outside."}', ONE, 0),
        ('[{"question": "What is a buoy?", "answer": "A float."}, {"question": "Where?", "ans', ONE, 0),
        ('[{"question": "What is a buoy?", "answer": "A float."}, {"question": "Where?"}]', ONE, 1),
        ('[["What is a buoy?", "A float."], ["Where?", "Outside."]]', TWO, 0),
        ('[{"问题": "What is a buoy?", "回答": "A float."}]', ONE, 0),
        ("<think>[1] hmm {</think>Q: What is a buoy?\nA: A float.\n\nQ: Where?\nA: Outside.", TWO, 0),
        (
            "1. **Question:** What is a buoy?\n **Answer:** A float.\n2. **Question:** Where?\n **Answer:** Outside.",
            TWO,
            0,
        ),
        ("问：What is a buoy?\n答：A float.\n问：Where?", ONE, 1),
        ("Q1: What is a buoy?\nA1: A float.", ONE, 0),
        ("I cannot help with that.", [], 0),
        ("", [], 0),
        ('[{"question": "", "answer": "A float."}]', [], 1),
        ('[{"question": 7, "answer": ["x"]}]', [], 1),
        ("[1, 2, 3]", [], 3),
    ],
)
def test_pairs(reply: str, pairs: list[Pair], unread: int) -> None:
    assert read_pairs(reply) == (pairs, unread)


def test_an_answer_of_several_lines_is_kept() -> None:
    assert read_pairs("Q: How?\nA: First this.\n- then that\n\nQ: Why?\nA: So.")[0] == [
        Pair("How?", "First this.\n- then that"),
        Pair("Why?", "So."),
    ]


@pytest.mark.parametrize(
    ("reply", "judgement"),
    [
        ('{"score": 4, "reason": "Clear."}', Judgement(4, "Clear.")),
        ('```json\n{"score": "5/5", "reason": "Good"}\n```', Judgement(5, "Good")),
        ('{"评分": 2, "理由": "太短"}', Judgement(2, "太短")),
        ("Score: 3. Half of it is right.", Judgement(3, "Half of it is right")),
        ("**Score:** 4/5 - good", Judgement(4, "good")),
        ("4", Judgement(4, "")),
        ("4/5", Judgement(4, "")),
        ("评分：5，很好", Judgement(5, "很好")),
        ('{"score": 3.5, "reason": ""}', Judgement(3.5, "")),
        ('{"score": 9, "reason": "wow"}', None),
        ('{"score": true}', None),
        ("The answer names 3 boats.", None),
        ("I would rather not.", None),
        ("", None),
        ("Score: 0", None),
        ('<think>score: 1</think>{"score": 5, "reason": "ok"}', Judgement(5, "ok")),
    ],
)
def test_judgements(reply: str, judgement: Judgement | None) -> None:
    assert read_judgement(reply) == judgement


@given(st.text(alphabet='[]{}",:qaQA问答 1.5\n', max_size=120))
def test_nothing_a_model_says_breaks_it(reply: str) -> None:
    pairs, unread = read_pairs(reply)
    assert unread >= 0 and all(p.question and p.answer for p in pairs)
    judged = read_judgement(reply)
    assert judged is None or 1 <= judged.score <= 5
