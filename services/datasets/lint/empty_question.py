"""The question is empty."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Fix, Subject, checks, delete_row
from services.i18n import N_


@checks.add("empty-question")
class EmptyQuestion(Check):
    """Found while the row is read; an honest fix is to delete the row, what it should say only a person knows."""

    id, title = "empty-question", N_("The question is empty")
    help = N_("The model would learn to say this whatever it is asked.")
    verb = N_("Delete")
    example = Example(
        ({"instruction": "", "input": " ", "output": "Yes."}, {"instruction": "", "input": "Tea?", "output": "Yes."},
         {"instruction": "?", "output": "Yes."}), (0,)
    )  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
