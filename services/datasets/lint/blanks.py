"""Blanks at the beginning or the end of a text."""

import re

from services.datasets.lint import Example, Subject, TextCheck, checks
from services.i18n import N_

_BEFORE = re.compile(r"(?:[ \t\u3000]*\r?\n)+")


@checks.add("blanks")
class Blanks(TextCheck):
    """Spaces, tabs and line breaks at both ends. Indented first lines of code stay as they are."""

    id, title = "blanks", N_("Stray blanks")
    help = N_("Blanks before or after a text are trained like letters; at the start they change the first token.")
    verb, does = N_("Trim"), N_("Take the blanks away.")
    roles = ("question", "answer", "system", "rejected")
    sentence = N_("{column} begins or ends with blanks.")
    sure = "sure"
    example = Example(
        ({"instruction": "Hi ", "output": "Hello."}, {"instruction": "Hi", "output": "\n\nHello.\n"},
         {"instruction": "Hi", "output": "Hello.\n\nBye."}, {"instruction": "Hi", "output": "    if x:\n    y()"},
         {"instruction": "Hi", "input": "", "output": "Hello"}), (0, 1)
    )  # fmt: skip

    def look(self, text: str, row: Subject) -> str | None:
        """Whether trimming changes it; a text of blanks only is another check's."""
        return "" if text.strip() and _trimmed(text) != text else None

    def mended(self, text: str, row: Subject) -> str:
        """The text without them."""
        return _trimmed(text)


def _trimmed(text: str) -> str:
    new = _BEFORE.sub("", text.rstrip(), count=1) if _BEFORE.match(text) else text.rstrip()
    lines = new.splitlines()
    indented = len(lines) > 1 and new[:1] in " \t" and any(line[:1] in (" ", "\t") for line in lines[1:])
    return new if indented else new.lstrip()
