"""Sitting an exam: which questions go together, what is written down of each, and the marks."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.engine.exam_prompts import Asked, shared_prefix
from services.engine.exams import MultipleChoice
from services.engine.exams._exam import LETTERS
from services.engine.lines import LineFile, Record
from services.templates.tokenizer import Tokenizer


@dataclass(frozen=True)
class Batch:
    """Questions that go through the model together. prefix_len: tokens that their prompts begin with alike."""

    asked: list[Asked]
    prefix_len: int


def batches(subjects: Iterable[Sequence[Asked]], size: int) -> Iterator[Batch]:
    """Questions of one subject and one number of worked examples, those of like length together.

    The same questions always give the same batches.
    """
    for asked in subjects:
        for shots in sorted({(a.shots, bool(a.cut)) for a in asked}, reverse=True):
            alike = [a for a in asked if (a.shots, bool(a.cut)) == shots]
            prefix_len = 0 if shots[1] else shared_prefix([a.ids for a in alike])
            alike.sort(key=lambda a: -len(a.ids))
            for at in range(0, len(alike), size):
                yield Batch(alike[at : at + size], prefix_len)


class AnswerSheet:
    """exam_answers.jsonl: each question with its prompt, the four ids and their scores; grows batch by batch."""

    def __init__(self, folder: Path, tokenizer: Tokenizer, questions: Sequence[Asked]) -> None:
        self._lines = LineFile(folder / "exam_answers.jsonl")
        self._tokenizer = tokenizer
        self._order = {_place(asked): at for at, asked in enumerate(questions)}
        asked_now = {_place(asked): asked for asked in questions}
        self.records: dict[tuple[str, int], Record] = {}
        for record in self._lines.read():
            asked = asked_now.get((record["subject"], record["number"]))
            if asked is not None and _same(record, asked):  # the exam's files may have changed since
                self.records[_place(asked)] = record

    def answered(self, batch: Batch) -> bool:
        """Whether all questions of a batch are answered."""
        return all(_place(asked) in self.records for asked in batch.asked)

    def add(self, batch: Batch, scores: Sequence[Sequence[float]]) -> None:
        """Write down the scores of a batch. The answer is the letter of the largest one, the first of equal ones."""
        new = []
        for asked, found in zip(batch.asked, scores, strict=True):
            question = asked.question
            picked = LETTERS[max(range(4), key=lambda i: found[i])]
            record: Record = {
                "subject": question.subject,
                "number": question.number,
                "question": question.text,
                "choices": list(question.choices),
                "answer": question.answer,
                "picked": picked,
                "right": picked == question.answer,
                "shots": asked.shots,
                "ids": dict(zip(LETTERS, asked.letter_ids, strict=True)),
                "scores": dict(zip(LETTERS, (round(score, 5) for score in found), strict=True)),
                "prompt": self._tokenizer.decode(asked.ids),
            }
            if _place(asked) not in self.records:
                new.append(record)
        self._lines.append(new)
        self.records.update(((record["subject"], record["number"]), record) for record in new)

    def finish(self) -> list[Record]:
        """Put the lines in the exam's order and return them."""
        done = sorted(self.records.values(), key=lambda record: self._order[(record["subject"], record["number"])])
        self._lines.rewrite(done)
        return done


def marks(exam: MultipleChoice, records: Sequence[Record]) -> Record:
    """Shares of right answers in percent, two decimals: over all questions, the mean of subjects, groups, subjects."""
    subjects = _shares(records, lambda subject: [subject])
    groups = _shares(records, exam.groups)
    exact = [s["right"] / s["questions"] * 100 for s in subjects.values()]
    return {
        "questions": len(records),
        "right": sum(bool(r["right"]) for r in records),
        "accuracy_over_questions": _percent(records),
        "mean_of_subjects": round(sum(exact) / len(exact), 2) if exact else 0.0,
        "groups": groups,
        "subjects": subjects,
    }


def _shares(records: Sequence[Record], names: Callable[[str], Iterable[str]]) -> dict[str, Record]:
    """The marks of each name that a subject counts to."""
    found: dict[str, list[Record]] = {}
    for record in records:
        for name in names(str(record["subject"])):
            found.setdefault(name, []).append(record)
    return {
        name: {"questions": len(r), "right": sum(bool(x["right"]) for x in r), "accuracy": _percent(r)}
        for name, r in found.items()
    }


def _percent(records: Sequence[Record]) -> float:
    return round(100 * sum(bool(r["right"]) for r in records) / len(records), 2) if records else 0.0


def _place(asked: Asked) -> tuple[str, int]:
    return asked.question.subject, asked.question.number


def _same(record: Record, asked: Asked) -> bool:
    question = asked.question
    now = (question.text, list(question.choices), question.answer, asked.shots)
    return (record["question"], record["choices"], record["answer"], record["shots"]) == now
