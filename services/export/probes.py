"""Conversations on which two renderings of a prompt are compared, and the comparison."""

from dataclasses import dataclass

from services.errors import TunesmithError
from services.i18n import N_

Message = dict[str, str]

PROBES: dict[str, list[Message]] = {
    "one turn": [{"role": "user", "content": "Hello"}],
    "system": [{"role": "system", "content": "Answer in one word."}, {"role": "user", "content": "Which way is up?"}],
    "many turns": [
        {"role": "user", "content": "Tea?"},
        {"role": "assistant", "content": "Yes, please."},
        {"role": "user", "content": "Milk?"},
        {"role": "assistant", "content": "No."},
        {"role": "user", "content": "Sugar?"},
    ],
    "unicode and blank edges": [
        {"role": "user", "content": "  \u4f60\u597d\uff01 caf\u00e9 \U0001f44b\U0001f3fd\n\n1234567 "}
    ],
    "code": [{"role": "user", "content": "```python\nif a < b:\n\tprint('{{ \"x\" }} {% raw %}')\n```\n"}],
}
"""By what each of them tries."""


class PromptsDiffer(TunesmithError):
    """A prompt, or its tokens, is another one than in training. difference: both in full, for a side-by-side view."""

    def __init__(self, message: str, difference: "Difference", **values: str) -> None:
        super().__init__(
            message,
            way_out=N_("The model would be asked in another way than it was trained. Export a folder instead."),
            expected=difference.expected_part,
            found=difference.found_part,
            **values,
        )
        self.difference = difference


@dataclass(frozen=True)
class Difference:
    """The first difference of two texts. at: characters from the start."""

    expected: str
    found: str
    at: int

    @property
    def expected_part(self) -> str:
        """A few characters from there on, readable."""
        return repr(self.expected[self.at : self.at + 40])

    @property
    def found_part(self) -> str:
        """Likewise, of what was found."""
        return repr(self.found[self.at : self.at + 40])


def first_difference(expected: str, found: str) -> Difference | None:
    """Where two texts part; None if they are equal."""
    if expected == found:
        return None
    at = next(
        (i for i, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), min(len(expected), len(found))
    )
    return Difference(expected, found, at)


def without_bos(text: str, bos_token: str) -> str:
    """The text without one leading BOS: servers add it themselves, some renderings hold it."""
    return text.removeprefix(bos_token) if bos_token else text
