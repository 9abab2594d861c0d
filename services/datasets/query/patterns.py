"""Regular expressions that a person wrote: compiled with a sentence for what is wrong, and stopped when they run away.

Python's own `re` cannot be interrupted; `regex` can, lets the window's thread run meanwhile, and knows full case
folding.
"""

import re
from itertools import islice
from typing import Any

from services.datasets.errors import DatasetError
from services.i18n import N_

LIMIT_S = 1.0  # for one cell
# what may fit in a text alone and not in the same text among others: looking around, atomic parts, ends of the text
_ALONE = re.compile(r"\(\?|\(\*|\\[AZzGKRX]|[*+?}]\+")


class Pattern:
    """A regular expression. DatasetError, with the reason and the place, if it is none."""

    def __init__(self, text: str, *, case: bool = True, whole: bool = False, literal: bool = False) -> None:
        try:
            import regex
        except ImportError as error:
            raise DatasetError(
                N_("Regular expressions need the Python package regex, which is not installed."),
                way_out=N_("Search for plain text, or install the package."),
            ) from error
        self.text = text
        body = regex.escape(text) if literal else text
        if whole:
            body = rf"(?<!\w)(?:{body})(?!\w)"
        flags = regex.VERSION0 | regex.MULTILINE | (0 if case else regex.IGNORECASE | regex.FULLCASE)
        try:
            self._compiled: Any = regex.compile(body, flags)
        except regex.error as error:
            raise DatasetError(
                N_("/{text}/ is no regular expression: {reason}"),
                way_out=N_("Correct it; to find its characters as they are, write them in quotes."),
                text=text,
                reason=str(error),
            ) from error

    def check(self, replacement: str) -> None:
        """DatasetError if a replacement names a group that there is not."""
        import regex

        try:
            self._compiled.sub(replacement, "", count=1)
            # a template is only read when something matches
            regex.compile(f"(?:{self._compiled.pattern})|").sub(replacement, "", count=1)
        except (regex.error, IndexError, ValueError) as error:
            raise DatasetError(
                N_("{text} cannot replace it: {reason}"),
                way_out=N_("\\1 is the first group, \\g<name> a named one, \\\\ a backslash."),
                text=replacement,
                reason=str(error),
            ) from error

    def found(self, text: str) -> bool:
        """Whether it is somewhere in a text. DatasetError if it takes longer than a second."""
        try:
            return self._compiled.search(text, timeout=LIMIT_S, concurrent=True) is not None
        except TimeoutError as error:
            raise self._too_long() from error

    def among(self, texts: str, most: int) -> list[tuple[int, int]] | None:
        """Where it fits in many texts, one below the other: every text in which it fits is touched by one of these
        places, (start, end). None where that cannot be told, takes long, or gives more than so many places."""
        if _ALONE.search(self.text):
            return None
        try:
            found = self._compiled.finditer(texts, timeout=LIMIT_S, concurrent=True)
            places = [match.span() for match in islice(found, most + 1)]
        except TimeoutError:
            return None
        return places if len(places) <= most else None

    def spans(self, text: str, replacement: str | None, literal: str = "") -> list[tuple[int, int, str]]:
        """What stands where, and what shall: (start, end, new text), from left to right. Nothing overlaps.

        replacement: a template (\\1, \\g<name>), or None for `literal` as it is. DatasetError after a second.
        """
        try:
            matches = self._compiled.finditer(text, timeout=LIMIT_S, concurrent=True)
            return [(m.start(), m.end(), literal if replacement is None else m.expand(replacement)) for m in matches]
        except TimeoutError as error:
            raise self._too_long() from error

    def _too_long(self) -> DatasetError:
        return DatasetError(
            N_("/{text}/ takes too long: it was stopped after a second in one cell."),
            way_out=N_("Repetitions within repetitions, such as (a+)+, make it slow; write it more simply."),
            text=self.text,
        )
