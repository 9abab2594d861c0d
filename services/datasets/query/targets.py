"""What a filter's question is about: columns, or one speaker's turns in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.datasets.errors import DatasetError
from services.datasets.mapping import Mapping
from services.datasets.query.filters import Filter
from services.datasets.query.questions import Contains, Empty, Equals, Length, Matches, Number, Starts, Turns
from services.i18n import N_


@dataclass(frozen=True)
class Target:
    """names: columns, () for all. keys, speaker: with them, the turns of that speaker in the (one) column."""

    names: tuple[str, ...]
    keys: tuple[str, str] = ("", "")
    speaker: str = ""

    def contains(self, text: str) -> Filter:
        """The text stands there."""
        return self._turns("contains", text=text) if self.speaker else Contains(text, self.names)

    def matches(self, text: str, *, case: bool) -> Filter:
        """The regular expression fits."""
        return self._turns("matches", text=text, case=case) if self.speaker else Matches(text, self.names, case)

    def starts(self, text: str, *, end: bool) -> Filter:
        """The text stands at the beginning, or the end."""
        return self._turns("ends" if end else "starts", text=text) if self.speaker else Starts(text, self.names, end)

    def empty(self) -> Filter:
        """Nothing is there."""
        return self._turns("empty") if self.speaker else Empty(self.names)

    def length(self, sign: str, number: float) -> Filter:
        """So many characters."""
        return self._turns("length", sign=sign, number=number) if self.speaker else Length(sign, number, self.names)

    def number(self, sign: str, number: float) -> Filter:
        """The number that is there, against one."""
        return self._turns("length", sign=sign, number=number) if self.speaker else Number(self.names[0], sign, number)

    def equals(self, text: str) -> Filter:
        """Exactly this is there."""
        return self._turns("equals", text=text) if self.speaker else Equals(self.names[0], text)

    def _turns(self, of: str, text: str = "", sign: str = "", number: float = 0.0, case: bool = True) -> Filter:
        return Turns(self.names[0], self.keys, self.speaker, of, text, sign, number, case)


def named(text: str, columns: Sequence[str]) -> str:
    """The column of that name, in whatever case; "" if there is none."""
    if text in columns:
        return text
    return next((name for name in columns if name.casefold() == text.casefold()), "")


def role(name: str, mapping: Mapping, columns: Sequence[str], written: str) -> Target:
    """What plays a role in these rows. DatasetError if nothing does."""
    column = mapping.column(name) or (mapping.column("chosen") if name == "response" else "")
    if column in columns:
        return Target((column,))
    conversation = mapping.column("messages")
    tags = mapping.tags
    speaker = {"prompt": tags.user_tag, "response": tags.assistant_tag, "system": tags.system_tag}.get(name, "")
    if conversation in columns and speaker:
        return Target((conversation,), (tags.role_tag, tags.content_tag), speaker)
    raise DatasetError(
        N_("No column of these rows is the {role}."),
        way_out=N_("Say what the columns mean, or name a column: {names}."),
        role=written,
        names=", ".join(columns) or "-",
    )
