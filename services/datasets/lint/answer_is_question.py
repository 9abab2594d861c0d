"""An answer that only repeats the question."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Fix, Subject, checks, delete_row, plain
from services.i18n import N_

_SHORTEST = 12  # characters; greetings are rightly answered by themselves
_MARKS = " .,!?;:。，！？；：\"'“”"


@checks.add("answer-is-question")
class AnswerIsQuestion(Check):
    """Compared without case, blanks and the marks at both ends."""

    id, title = "answer-is-question", N_("The answer repeats the question")
    help = N_("The model would learn to parrot. Short greetings are let be.")
    verb = N_("Delete")
    example = Example(
        ({"instruction": "How do I reset my password?", "output": "how do I reset  my password"},
         {"instruction": "Hello!", "output": "Hello!"}, {"instruction": "How do I reset my password?",
          "output": "How do I reset my password? Press Forgotten."},
         {"instruction": "怎样才能重新设置我的登录密码呢？", "output": "怎样才能重新设置我的登录密码呢"}), (0, 3)
    )  # fmt: skip

    def find(self, row: Subject, problems: list[Problem]) -> list[Problem]:
        """The first exchange whose two sides are the same."""
        for question, answer in row.pairs:
            if len(answer) >= _SHORTEST and plain(question).strip(_MARKS) == plain(answer).strip(_MARKS):
                return [
                    Problem(self.id, N_("The answer repeats the question."), N_("Write one, or delete the row."),
                            blocks=False, sure="sure" if question == answer else "likely")
                ]  # fmt: skip
        return []

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
