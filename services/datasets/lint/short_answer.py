"""Answers that are very short beside the others."""

import re
from collections.abc import Iterator

import numpy as np

from services.datasets.conversation import Problem
from services.datasets.lint import Example, Ids, Keys, Option, Read, SetCheck, Subject, checks
from services.i18n import N_

_WORD = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_]+")
_ASKS_FOR_LITTLE = re.compile(
    r"classif|categor|identif|yes or no|true or false|right or wrong|one word|\bname (?:a|an|the|one)\b|which|"
    r"what (?:is|was|are|does)|who |how (?:many|much|old)|when|where|\bfind\b|calculat|comput|solve|convert|\bwords?\b|"
    r"onym|sentiment|answer with|choose|select|predict|detect|determine|translat|guess|\brat(?:e|ing)\b|correct|spell|"
    r"\btype\b|complete|fill|replace|extract|\?|？|是否|哪|多少|几|谁|分类|判断|选择",
    re.I,
)
_FEWEST_ROWS = 20
_MANY = 1_000_000
_USUAL = 15  # words of the middle answer; below it short answers are what the set is about


@checks.add("short-answer")
class ShortAnswer(SetCheck):
    """Only where answers are usually long, and few are short: in a set of labels or names nothing is found. Questions
    that may be answered in a word are let be."""

    id, title = "short-answer", N_("Very short answer")
    help = N_("Where answers are usually long, one of a word or two is often a slip, and teaches to be curt.")
    scope, linked = "all", slice(0, 0)
    options = (Option("words", N_("Fewest words"), N_("A Chinese character counts as a word."), 2, 1, 50),)
    example = Example(
        (*({"instruction": f"How does thing {i} work?", "output": "Press the button " * 6 + str(i)} for i in range(24)),
         {"instruction": "Explain how it works.", "output": "Yes."},
         {"instruction": "Is it loud?", "output": "No."}), (24,)
    )  # fmt: skip

    def keys(self, row: Subject) -> tuple[int, ...]:
        """Words of the answer, plus one; many where a short one is right."""
        talk = row.talk
        if talk is None or talk.text is not None or not row.answer.strip():
            return (0,)
        words = len(_WORD.findall(row.answer[:2000]))
        return (_MANY if words <= _USUAL and _ASKS_FOR_LITTLE.search(row.question[-1000:]) else 1 + words,)

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Answers of no more words than the setting, if they are rare."""
        words = keys[(keys[:, 0] > 0) & (keys[:, 0] < _MANY), 0] - 1
        if len(words) < _FEWEST_ROWS or np.median(words) < _USUAL:
            return
        most = self.option("words")
        short = (keys[:, 0] > 0) & (keys[:, 0] - 1 <= most)
        if short.sum() > 0.05 * len(words):
            return
        for row_id, count in zip(ids[short], keys[short, 0] - 1, strict=True):
            yield int(row_id), Problem(
                self.id, N_("The answer has {words} words; half of the answers have {usual} or more."),
                N_("Write more, or leave it if that is all there is to say."),
                {"words": int(count), "usual": int(np.median(words))}, blocks=False, sure="maybe",
            )  # fmt: skip
