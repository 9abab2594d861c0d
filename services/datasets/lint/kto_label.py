"""Labels that are not plainly true or false."""

from services.datasets.conversation import Problem
from services.datasets.formats.kto import read_label
from services.datasets.lint import Check, Example, Fix, Subject, checks
from services.datasets.mapping import Mapping
from services.i18n import N_

_KTO = Mapping(format="kto", columns={"prompt": "q", "response": "a", "kto_tag": "l"})


@checks.add("kto-label")
class KtoLabel(Check):
    """Found while the row is read; where the meaning is known or likely, the fix writes it."""

    id, title = "kto-label", N_("The label is not true or false")
    help = N_("KTO needs to know of each answer whether it is a good one. What is written otherwise is asked about.")
    verb = N_("Write it")
    example = Example(
        ({"q": "a", "a": "x", "l": "yes"}, {"q": "b", "a": "y", "l": 0}, {"q": "c", "a": "z", "l": None},
         {"q": "d", "a": "w", "l": True}, {"q": "e", "a": "v", "l": False}), (0, 1, 2), _KTO
    )  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Write true or false; nothing where it cannot be told."""
        meant, _ = read_label(self.mapping.cell(row.values, "kto_tag"))
        if meant is None:
            return None
        return Fix(N_("Write it as {meant}."), ((row.id, problem.column, meant),), values={"meant": str(meant).lower()})
