"""What an exam is: how its questions are read, and the words around them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from services.engine.exams._files import Question, read_exam
from services.resources import resource

LETTERS = ("A", "B", "C", "D")


@dataclass
class MultipleChoice:
    """An exam. The prompt is header, worked examples, question; the answer is a letter after `cue`.

    title: N_-marked name. header: with {subject}. joint: what stands between the cue and the letter. splits: where
    questions are looked for, in order. facts: a file of resources/exams with each subject's name and groups.
    """

    title: str
    header: str = "The following are multiple choice questions (with answers) about {subject}.\n\n"
    cue: str = "Answer:"
    joint: str = " "
    splits: tuple[str, ...] = ("test", "val")
    facts: str = ""
    order: int = field(default=100)

    def read(self, place: Path) -> dict[str, list[Question]]:
        """Questions by split, in the order of the files. ExamError if there are none. place: a folder or a CSV."""
        return read_exam(place)

    @cached_property
    def subjects(self) -> Mapping[str, Sequence[str]]:
        """Subject -> its name in the exam's language, then the groups that it counts to."""
        if not self.facts:
            return {}
        found: dict[str, list[str]] = json.loads(resource("exams", self.facts).read_text(encoding="utf-8"))
        return found

    def subject_name(self, subject: str) -> str:
        """A subject as the header says it."""
        return self.subjects[subject][0] if subject in self.subjects else subject.replace("_", " ")

    def groups(self, subject: str) -> list[str]:
        """Groups that a subject counts to (STEM, Humanities ...)."""
        return list(self.subjects[subject][1:]) if subject in self.subjects else []

    def begin(self, subject: str) -> str:
        """What stands before the first question of a subject."""
        return self.header.format(subject=self.subject_name(subject))

    def ask(self, question: Question) -> str:
        """A question up to its cue. The answer is in no part of it; choices stand as they came."""
        lines = [question.text.strip(), *(f"{L}. {text}" for L, text in zip(LETTERS, question.choices, strict=True))]
        return "\n".join([*lines, self.cue])
