"""How near a written answer comes to the row's own: BLEU-4 and ROUGE as LLaMA-Factory's predictions have them.

Torch-free. jieba cuts both texts into words, rouge_chinese compares them, nltk's BLEU compares their characters; each
score is times 100 with four decimals. Source: the `predict_*` figures of LLaMA-Factory.
"""

import logging
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from services.paths import data_dir

NAMES = ("bleu-4", "rouge-1", "rouge-2", "rouge-l")
Scores = dict[str, float]


def score(predict: str, label: str) -> Scores:
    """The four scores of one answer, each 0 to 100. ROUGE is 0 where a side has no words."""
    return {"bleu-4": _percent(_bleu(predict, label)), **{k: _percent(v) for k, v in _rouge(predict, label).items()}}


def means(rows: Iterable[Mapping[str, Any]]) -> Scores:
    """Mean of each score over rows; 0 without rows."""
    kept = list(rows)
    return {name: sum(float(row[name]) for row in kept) / len(kept) if kept else 0.0 for name in NAMES}


def lcs_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Length of the longest common subsequence of two lists of words.

    A row of the usual table is one whole number here, a bit a word, so that a long answer takes milliseconds and no
    memory (the library's table takes 17 s and 1 GB at 3,000 words). Source: Hyyrö, "Bit-parallel LCS-length
    computation revisited" (2004).
    """
    places: dict[str, int] = {}
    for at, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << at
    every = (1 << len(one)) - 1
    row = every
    for word in other:
        matched = row & places.get(word, 0)
        row = (row + matched | row - matched) & every
    return len(one) - row.bit_count()


def _percent(value: float) -> float:
    return round(value * 100, 4)


def _bleu(predict: str, label: str) -> float:
    from nltk.translate.bleu_score import SmoothingFunction, sentence_bleu

    found = sentence_bleu([list(label)], list(predict), smoothing_function=SmoothingFunction().method3)
    return float(found)


def _rouge(predict: str, label: str) -> Scores:
    sides = [" ".join(_cutter().cut(text)) for text in (predict, label)]
    if not all(side.split() for side in sides):
        return {"rouge-1": 0.0, "rouge-2": 0.0, "rouge-l": 0.0}
    rouge = _counter()
    found = rouge.get_scores(*sides)[0]
    written, own = ([w for s in rouge.cut_sent(side) if s for w in " ".join(s.split()).split(" ")] for side in sides)
    common = lcs_length(written, own)
    precision, recall = common / len(written), common / len(own)
    both = 2 * (precision * recall / (precision + recall + 1e-8))
    return {"rouge-1": found["rouge-1"]["f"], "rouge-2": found["rouge-2"]["f"], "rouge-l": both}


@cache
def _counter() -> Any:
    from rouge_chinese import Rouge

    return Rouge(metrics=["rouge-1", "rouge-2"])


@cache
def _cutter() -> Any:
    """jieba with its own dictionary. It trusts what its cache holds, so that lies in a folder of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its patterns are spelled as Python 2 had them
        import jieba

    jieba.setLogLevel(logging.WARNING)
    cutter = jieba.Tokenizer()
    cutter.tmp_dir = str(data_dir())
    return cutter
