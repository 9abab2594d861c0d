"""Formats to convert into, one file each: a conversation as a row of that format, and what the row cannot say.

To add one, put a file here with a class that has what `Target` asks for: `targets.add("my-format")(MyTarget())`. The
command line, the export dialog and *Convert* list it.
"""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from services.datasets.conversation import Conversation
from services.datasets.mapping import Mapping
from services.registry import Registry, load_siblings

Lose = Callable[[str], None]
"""Told what a row loses: an N_-marked sentence, always the same one for the same loss."""


class Target(Protocol):
    """A format to convert into. mapping: what its columns mean, all of those that it may write."""

    @property
    def title(self) -> str: ...
    @property
    def mapping(self) -> Mapping: ...

    def rows(self, talk: Conversation, lose: Lose) -> Iterator[dict[str, Any]]:
        """The rows that a conversation becomes: mostly one; none if the format has no place for it (which lose says).

        A row leaves out the columns that it has nothing for.
        """


targets: Registry[Target] = Registry("target format")

load_siblings(__name__, __path__)
