"""Rows that are the same, character by character."""

from collections.abc import Iterator

from services.datasets.conversation import Problem
from services.datasets.lint import (
    Example,
    Fix,
    Ids,
    Keys,
    Read,
    SetCheck,
    Subject,
    checks,
    delete_row,
    groups_of,
    key_of,
)
from services.i18n import N_

_ROW = {"instruction": "Where is the serial number?", "output": "On the label."}


@checks.add("duplicate")
class Duplicate(SetCheck):
    """By a key of all that the row teaches; columns that are not trained may differ. The first of its kind stays."""

    id, title = "duplicate", N_("The same row again")
    help = N_("A row that stands there twice is learned twice. The first one stays, the others can be deleted.")
    verb = N_("Keep the first")
    example = Example((_ROW, {**_ROW, "output": "On the label"}, {**_ROW, "note": "again"}), (2,))

    def keys(self, row: Subject) -> tuple[int, ...]:
        """A key of the content; 0 for a row that cannot be read."""
        return (key_of(row.content) if row.talk is not None else 0,)

    def judge(self, ids: Ids, keys: Keys, read: Read) -> Iterator[tuple[int | None, Problem]]:
        """All but the first row of each group."""
        for group in groups_of(ids, keys[:, 0]):
            first = int(ids[group[0]])
            for place in group[1:]:
                yield (
                    int(ids[place]),
                    Problem(
                        self.id, N_("The row is the same as row {other}."), N_("Delete it."), blocks=False, other=first
                    ),
                )

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Delete the row."""
        return delete_row(row)
