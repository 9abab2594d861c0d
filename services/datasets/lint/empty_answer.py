"""The answer is empty."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Fix, Subject, checks, delete_row
from services.i18n import N_


@checks.add("empty-answer")
class EmptyAnswer(Check):
    """Found while the row is read; an honest fix is to delete the row, what it should say only a person knows."""

    id, title = "empty-answer", N_("The answer is empty")
    help = N_("A row without an answer teaches nothing and is left out of training.")
    verb = N_("Delete")
    example = Example(
        ({"instruction": "Who?", "output": ""}, {"instruction": "Who?", "output": " \n"}, {"instruction": "Who?",
          "output": "null"}, {"instruction": "Who?", "output": "0"}), (0, 1)
    )  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
