"""The answer is empty."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Fix, checks, delete_row
from services.datasets.rows import Row
from services.i18n import N_


class EmptyAnswer(Check):
    """Found while the row is read; an honest fix is to delete the row, what it should say only a person knows."""

    id, title = "empty-answer", N_("The answer is empty")

    def fix(self, row: Row, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)


checks.add(EmptyAnswer.id)(EmptyAnswer)
