"""Both answers are the same."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Fix, Subject, checks, delete_row
from services.datasets.mapping import Mapping
from services.i18n import N_

_PAIRS = Mapping(format="preference", columns={"prompt": "q", "chosen": "c", "rejected": "r"})


@checks.add("chosen-equals-rejected")
class SameAnswers(Check):
    """Found while the row is read; an honest fix is to delete the row, what it should say only a person knows."""

    id, title = "chosen-equals-rejected", N_("Both answers are the same")
    help = N_("A preference is learned from the difference of two answers; here there is none, or one of blanks only.")
    verb = N_("Delete")
    example = Example(
        ({"q": "Tea?", "c": "Yes.", "r": "Yes."}, {"q": "Tea?", "c": "Yes, please.", "r": "Yes,  please. "},
         {"q": "Tea?", "c": "Yes.", "r": "Yes!"}, {"q": "Tea?", "c": "yes", "r": "Yes"}), (0, 1), _PAIRS
    )  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
