"""KTO rows that are all good or all bad."""

from collections.abc import Iterator

from services.datasets.conversation import Problem
from services.datasets.formats.kto import read_label
from services.datasets.lint import Example, Ids, Keys, Read, SetCheck, Subject, checks
from services.datasets.mapping import Mapping
from services.i18n import N_

_KTO = Mapping(format="kto", columns={"prompt": "q", "response": "a", "kto_tag": "l"})
_GOOD, _BAD = 1, 2


@checks.add("one-sided")
class OneSided(SetCheck):
    """Counts the labels and says when one side is missing, or hardly there."""

    id, title = "one-sided", N_("Labels of one kind only")
    help = N_("KTO learns from good answers against bad ones; with one kind alone there is nothing to weigh.")
    scope = "all"
    example = Example(tuple({"q": str(i), "a": "x", "l": True} for i in range(3)), (), _KTO)

    def keys(self, row: Subject) -> tuple[int, ...]:
        """1 good, 2 bad, 0 not known."""
        if self.mapping.format != "kto":
            return (0,)
        meant, sure = read_label(self.mapping.cell(row.values, "kto_tag"))
        return (0 if meant is None or not sure else _GOOD if meant else _BAD,)

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """Whether both sides are there."""
        good, bad = int((keys[:, 0] == _GOOD).sum()), int((keys[:, 0] == _BAD).sum())
        if bool(good) == bool(bad):
            return
        sentence = N_("All {n} labels are true: there is no undesired answer to learn from.")
        if bad:
            sentence = N_("All {n} labels are false: there is no desired answer to learn from.")
        way_out = N_("Add rows of the other kind, or train with sft instead.")
        column = self.mapping.column("kto_tag")
        yield None, Problem(self.id, sentence, way_out, {"n": good + bad}, column, blocks=False)
