"""Scores against the packages themselves, and against values that they gave once."""

import logging
import random

import jieba
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu
from rouge_chinese import Rouge

from services.engine import metrics

RECORDED = [  # predict, label, (bleu-4, rouge-1, rouge-2, rouge-l)
    ("The harbour lights are green.", "The harbour lights are red and green.", (73.6897, 85.7143, 66.6667, 85.7143)),
    ("今天天气很好，我们去公园吧。", "今天天气不错，我们去公园散步。", (50.698, 70.5882, 40.0, 70.5882)),
    ("我是小潮，由北岸工作室开发。", "我是小潮，由北岸工作室开发。", (100.0, 100.0, 100.0, 100.0)),
    ("ok", "ok", (59.4604, 100.0, 0.0, 100.0)),
    ("one two\nthree", "three two one", (66.5205, 100.0, 0.0, 33.3333)),
    ("", "x", (0, 0.0, 0.0, 0.0)),
    ("x", "", (0, 0.0, 0.0, 0.0)),
    (" ", "。", (0, 0.0, 0.0, 0.0)),
]


def by_the_packages(predict: str, label: str) -> dict[str, float]:
    """The same figures straight from jieba, rouge_chinese and nltk."""
    sides = [" ".join(jieba.cut(text)) for text in (predict, label)]
    if all(side.split() for side in sides):
        rouge = {name: value["f"] for name, value in Rouge().get_scores(*sides)[0].items()}
    else:
        rouge = {"rouge-1": 0.0, "rouge-2": 0.0, "rouge-l": 0.0}
    bleu = sentence_bleu([list(label)], list(predict), smoothing_function=SmoothingFunction().method3)
    return {name: round(value * 100, 4) for name, value in {"bleu-4": bleu, **rouge}.items()}


TEXTS = st.one_of(
    st.text(alphabet="的了天气很好我是abc .。！？?\n”…1", max_size=40),
    st.lists(st.sampled_from(["the", "cat", "sat", "on.", "今天", "天气", "不错。", "\n", "  "]), max_size=20).map(
        " ".join
    ),
    st.text(max_size=12),
)


@pytest.mark.parametrize(("predict", "label", "scores"), RECORDED)
def test_recorded_scores(predict: str, label: str, scores: tuple[float, ...]) -> None:
    assert metrics.score(predict, label) == dict(zip(metrics.NAMES, scores, strict=True))


@settings(max_examples=200, deadline=None)
@given(TEXTS, TEXTS)
def test_scores_are_those_of_the_packages(predict: str, label: str) -> None:
    jieba.setLogLevel(logging.WARNING)
    assert metrics.score(predict, label) == by_the_packages(predict, label)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from("abcd"), max_size=70), st.lists(st.sampled_from("abcd"), max_size=70))
def test_the_quick_way_to_a_common_subsequence_finds_its_length(one: list[str], other: list[str]) -> None:
    table = [[0] * (len(other) + 1) for _ in range(len(one) + 1)]
    for i, a in enumerate(one, 1):
        for j, b in enumerate(other, 1):
            table[i][j] = table[i - 1][j - 1] + 1 if a == b else max(table[i - 1][j], table[i][j - 1])
    assert metrics.lcs_length(one, other) == table[-1][-1]


def test_long_answers_are_scored_at_once() -> None:
    words = random.Random(1).choices(["tide", "lamp", "buoy", "rope"], k=6000)  # the library's table: a minute, 4 GB
    assert metrics.score(" ".join(words[:3000]), " ".join(words[3000:]))["rouge-l"] > 50


def test_means() -> None:
    rows = [dict.fromkeys(metrics.NAMES, 100.0), dict.fromkeys(metrics.NAMES, 0.0), dict.fromkeys(metrics.NAMES, 50.5)]
    assert metrics.means(rows)["bleu-4"] == pytest.approx(50.166666667)
    assert metrics.means([]) == dict.fromkeys(metrics.NAMES, 0.0)
