"""Numbers, and true or false, where a text is meant: what a spreadsheet makes of an answer such as 42."""

from services.datasets.conversation import Problem
from services.datasets.lint import Check, Example, Fix, Subject, checks
from services.datasets.mapping import Mapping
from services.datasets.values import ABSENT, to_text
from services.i18n import N_

_ROLES = ("prompt", "query", "response", "system", "text", "chosen", "rejected")
_PAIRS = Mapping(format="alpaca", columns={"prompt": "q", "response": "a"})


@checks.add("not-text")
class NotText(Check):
    """Found while the row is read; the fix writes the value as text, in all such cells of the row."""

    id, title = "not-text", N_("A value that is no text")
    help = N_("Only text is trained. A number in its place is what spreadsheets make of an answer such as 42.")
    verb = N_("Make it text")
    example = Example(
        ({"q": "6 x 7?", "a": 42}, {"q": 1, "a": True}, {"q": "Tea?", "a": "42"}, {"q": "Tea?", "a": ["x"]}),
        (0, 1, 3), _PAIRS,
    )  # fmt: skip

    def fix(self, row: Subject, problem: Problem) -> Fix | None:
        """Write the values as text; nothing for lists and objects, whose meaning cannot be told."""
        cells = []
        for role in _ROLES:
            value = self.mapping.cell(row.values, role)
            if value is not ABSENT and isinstance(value, bool | int | float):
                cells.append((row.id, self.mapping.column(role), to_text(value)))
        return Fix(N_("Write it as text."), tuple(cells)) if cells else None
