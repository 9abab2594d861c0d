"""Characters that nobody sees."""

import re

from services.datasets.lint import Example, Subject, TextCheck, checks
from services.i18n import N_

_HIDDEN = re.compile(
    "[\u200b\u2060\ufeff\u00ad\u200e\u200f\u202a-\u202e\u2066-\u2069\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]"
)
_JOINER = re.compile("(?<=[A-Za-z0-9\u4e00-\u9fff ])[\u200c\u200d](?=[A-Za-z0-9\u4e00-\u9fff ])")
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


@checks.add("invisible")
class Invisible(TextCheck):
    """Zero-width characters, soft hyphens, marks of direction where no text runs from right to left, and control
    characters. Joiners within emoji and within scripts that need them stay."""

    id, title = "invisible", N_("Invisible characters")
    help = N_("Zero-width and control characters, often pasted from a web page, break words into odd tokens.")
    verb, does = N_("Remove"), N_("Remove the invisible characters.")
    roles = ("question", "answer", "system", "text", "rejected", "result")
    sentence = N_("{column} holds an invisible character: {seen}")
    sure = "sure"
    example = Example(
        ({"instruction": "a", "output": "zero\u200bwidth"}, {"instruction": "b", "output": "a NUL \x00 here"},
         {"instruction": "c", "output": "soft\u00adhyphen"}, {"instruction": "d", "output": "👩\u200d👧 family"},
         {"instruction": "e", "output": "می\u200cخواهم \u200fخوب"}, {"instruction": "f", "output": "tab\tand\nline\r\n"
          "end"}), (0, 1, 2)
    )  # fmt: skip

    def look(self, text: str, row: Subject) -> str | None:
        """The code of the first one."""
        found = _hidden(text)
        return f"U+{ord(found[0]):04X}" if found else None

    def mended(self, text: str, row: Subject) -> str:
        """The text without them."""
        keep = bool(_RIGHT_TO_LEFT.search(text))
        new = _HIDDEN.sub(lambda c: c[0] if keep and _DIRECTIONS.match(c[0]) else "", text)
        return _JOINER.sub("", new)


def _hidden(text: str) -> str:
    if text.isprintable():  # quick: all of them are not printable
        return ""
    rtl = bool(_RIGHT_TO_LEFT.search(text))
    for found in _HIDDEN.finditer(text):
        if not (rtl and _DIRECTIONS.match(found[0])):
            return found[0]
    joiner = _JOINER.search(text)
    return joiner[0] if joiner else ""
