"""Answers in another language than the rest."""

import re
from collections.abc import Iterator

import numpy as np

from services.datasets.conversation import Problem
from services.datasets.lint import Example, Ids, Keys, Option, Read, SetCheck, Subject, checks
from services.datasets.lint._languages import language_of
from services.i18n import N_

_FEWEST_ROWS = 20
_ABOUT = re.compile(
    r"translat|翻译|译成|译为|\b(?:in|into|to) (?:french|spanish|german|italian|chinese|japanese|korean|english|latin|"
    r"russian|portuguese|dutch|arabic|hindi)\b|用(?:英语|英文|中文|法语|日语|德语)|英文|lyrics|haiku|synonym|pig latin",
    re.I,
)
_EN = (
    "Hold the power button for five seconds and wait until the light at the front turns green again, then open the app."
)
_DE = (
    "Halten Sie die Taste fünf Sekunden lang gedrückt und warten Sie, bis das Licht vorne wieder grün leuchtet, bitte."
)


@checks.add("language")
class Language(SetCheck):
    """By the last answer. Short answers, code, mixtures and rows whose question is about languages take no part, and a
    language that many rows have is no stranger."""

    id, title = "language", N_("Language unlike the rest")
    help = N_("A few answers in another language than nearly all others, often a slip of an import.")
    scope, linked = "all", slice(0, 0)
    options = (
        Option(
            "rare", N_("Rare up to, in percent"), N_("A language of so few rows counts as unlike the rest."), 3, 1, 40
        ),
    )
    example = Example(
        (*({"instruction": f"Question {i}", "output": f"{_EN} {i}"} for i in range(39)), {"instruction": "And?",
          "output": _DE}, {"instruction": "Translate to German", "output": _DE}, {"instruction": "x", "output": "Ja."},
         {"instruction": "y", "output": "请按住电源键，等待 the front light 变绿 again, then open the app 就好"}), (39,)
    )  # fmt: skip

    def keys(self, row: Subject) -> tuple[int, ...]:
        """The language's two letters as a number."""
        talk = row.talk
        if talk is None or not row.answer or _ABOUT.search(row.question[-2000:]):
            return (0,)
        return (_number(language_of(row.answer)),)

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Rows of languages that are rare beside one that is not."""
        known = keys[keys[:, 0] != 0, 0]
        if len(known) < _FEWEST_ROWS:
            return
        codes, counts = np.unique(known, return_counts=True)
        usual = codes[np.argmax(counts)]
        if counts.max() < 0.6 * len(known):
            return
        rare = codes[counts <= max(1, len(known) * self.option("rare") / 100)]
        for place in np.flatnonzero(np.isin(keys[:, 0], rare)):
            yield int(ids[place]), Problem(
                self.id, N_("The answer is in {language}; most answers are in {usual}."),
                N_("Translate it, or delete the row."),
                {"language": _code(int(keys[place, 0])), "usual": _code(int(usual))}, blocks=False, sure="maybe",
            )  # fmt: skip


def _number(code: str) -> int:
    return int.from_bytes(code.encode("ascii"), "big")


def _code(number: int) -> str:
    return number.to_bytes(8, "big").strip(b"\0").decode("ascii")
