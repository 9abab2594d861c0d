"""KTO rows that are all good or all bad."""

from services.datasets.conversation import Problem
from services.datasets.formats.kto import read_label
from services.datasets.lint import Check, checks
from services.datasets.mapping import Mapping
from services.datasets.rows import Row
from services.i18n import N_


class OneSided(Check):
    """Counts the labels and says when one side is missing."""

    id, title = "one-sided", N_("Labels of one kind only")

    def __init__(self, mapping: Mapping) -> None:
        super().__init__(mapping)
        self.counts = {True: 0, False: 0}

    def find(self, row: Row, problems: list[Problem]) -> list[Problem]:
        """Count; a single row is never the problem."""
        if self.mapping.format == "kto":
            meant, sure = read_label(self.mapping.cell(row.values, "kto_tag"))
            if meant is not None and sure:
                self.counts[meant] += 1
        return []

    def finish(self) -> list[Problem]:
        """Whether both sides are there."""
        good, bad = self.counts[True], self.counts[False]
        if bool(good) == bool(bad):
            return []
        sentence = N_("All {n} labels are true: there is no undesired answer to learn from.")
        if bad:
            sentence = N_("All {n} labels are false: there is no desired answer to learn from.")
        way_out = N_("Add rows of the other kind, or train with sft instead.")
        return [Problem(self.id, sentence, way_out, {"n": good + bad}, self.mapping.column("kto_tag"), blocks=False)]


checks.add(OneSided.id)(OneSided)
