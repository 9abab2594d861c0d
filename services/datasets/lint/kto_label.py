"""Labels that are not plainly true or false."""

from services.datasets.conversation import Problem
from services.datasets.formats.kto import read_label
from services.datasets.lint import Check, Fix, checks
from services.datasets.rows import Row
from services.i18n import N_


class KtoLabel(Check):
    """Found while the row is read; where the meaning is known or likely, the fix writes it."""

    id, title = "kto-label", N_("The label is not true or false")

    def fix(self, row: Row, problem: Problem) -> Fix | None:
        """Write true or false; nothing where it cannot be told."""
        meant, _ = read_label(self.mapping.cell(row.values, "kto_tag"))
        if meant is None:
            return None
        return Fix(N_("Write it as {meant}."), ((row.id, problem.column, meant),), values={"meant": str(meant).lower()})


checks.add(KtoLabel.id)(KtoLabel)
