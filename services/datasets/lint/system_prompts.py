"""System prompts that should be one and are not quite."""

import re
from collections.abc import Iterator

import numpy as np

from services.datasets.conversation import Problem
from services.datasets.lint import (
    Example,
    Fix,
    Ids,
    Keys,
    Piece,
    Read,
    SetCheck,
    Subject,
    checks,
    groups_of,
    key_of,
    plain,
)
from services.datasets.mapping import Mapping
from services.i18n import N_

_MARKS = re.compile(r"[\W_]+")
_WITH = Mapping(format="alpaca", columns={"prompt": "q", "response": "a", "system": "s"})


@checks.add("system-prompts")
class SystemPrompts(SetCheck):
    """System prompts that differ from a more frequent one in case, blanks or punctuation only. The fix writes the
    frequent one."""

    id, title = "system-prompts", N_("Almost the same system prompt")
    help = N_("The prompt you will use later should be the one that was trained, letter by letter.")
    verb = N_("Write the usual one")
    width, linked = 2, slice(0, 1)
    example = Example(
        (*({"s": "You are Tessaly. Be brief.", "q": str(i), "a": "x"} for i in range(4)), {"s": "You are Tessaly, be "
          "brief", "q": "5", "a": "x"}, {"s": "Be kind.", "q": "6", "a": "x"}), (4,), _WITH
    )  # fmt: skip

    def keys(self, row: Subject) -> tuple[int, ...]:
        """(prompt without marks, prompt as it is)."""
        system = row.talk.system if row.talk is not None else None
        if not system or not system.strip():
            return 0, 0
        return key_of(_MARKS.sub(" ", plain(system)).strip()), key_of(system)

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Rows whose prompt is not the most frequent of its group."""
        for group in groups_of(ids, keys[:, 0]):
            spelled, counts = np.unique(keys[group, 1], return_counts=True)
            if len(spelled) < 2 or counts.max() * 2 <= len(group):
                continue
            usual = spelled[np.argmax(counts)]
            first = int(ids[group[keys[group, 1] == usual][0]])
            for place in group[keys[group, 1] != usual]:
                yield int(ids[place]), Problem(
                    self.id, N_("The system prompt differs from that of row {other} in marks or blanks only."),
                    N_("Write it as there."), {"text": self._text(read, first)},
                    self.mapping.column("system"), blocks=False, sure="likely", other=first,
                )  # fmt: skip

    def _text(self, read: Read, row_id: int) -> str:
        rows = read([row_id])
        return (rows[0].talk.system or "") if rows and rows[0].talk else ""

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """The usual prompt in the place of this one."""
        texts: dict[Piece, str] = {p: problem.values["text"] for p in row.pieces if p.role == "system"}
        return (
            Fix(N_("Write the system prompt of most rows."), row.cells(texts))
            if texts and problem.values["text"]
            else None
        )
