"""A cell as a replacement leaves it, and what of that goes into the log."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from services.datasets.changes import Change
from services.datasets.splices import cell_changes
from services.datasets.values import ABSENT, Stored, decode, encode, from_text, to_text

Span = tuple[int, int, str]
"""Start and end in a text, and what comes there."""
_SHORT = 256
_ENTRY_BYTES = 40  # of an entry of the log beside its texts


@dataclass(slots=True)
class ChangedCell:
    """old, new: as kept. places: how many places change. spans: which, where the cell is text."""

    old: Stored
    new: Stored
    places: int
    spans: Sequence[Span] = ()

    def changes(self, row: int, column: int) -> list[Change]:
        """The log's entries: where a long text changes in few places, each of them."""
        old = self.old
        if isinstance(old, str) and self.spans and len(old) >= _SHORT:
            size = sum(_ENTRY_BYTES + stop - start + len(text) for start, stop, text in self.spans)
            if size < len(old):
                # from the right, so that each place is where it was in the old text
                return [
                    Change("cell", old[start:stop], text, row, column, start)
                    for start, stop, text in reversed(self.spans)
                ]
        return cell_changes(row, column, self.old, self.new)


def changed_cell(stored: Stored, find: Callable[[str], list[Span]]) -> ChangedCell | None:
    """A cell in which what `find` finds is replaced; None if that changes nothing."""
    if isinstance(stored, str):
        text, spans = _replaced(stored, find)
        if not spans:
            return None
        new = encode(text)
        return ChangedCell(stored, new, len(spans), spans if isinstance(new, str) else ())
    value = decode(stored)
    if value is ABSENT or value is None:
        return None
    places = 0

    def walk(item: Any) -> Any:
        nonlocal places
        if isinstance(item, str):
            made, spans = _replaced(item, find)
            places += len(spans)
            return made
        if isinstance(item, list):
            return [walk(inner) for inner in item]
        return {key: walk(inner) for key, inner in item.items()} if isinstance(item, dict) else item

    if isinstance(value, list | dict | str):
        made = walk(value)
    else:
        text, spans = _replaced(to_text(value), find)
        places, made = len(spans), from_text(text, value)
    return ChangedCell(stored, encode(made), places) if places else None


def _replaced(text: str, find: Callable[[str], list[Span]]) -> tuple[str, list[Span]]:
    found = find(text)
    if not found:
        return text, found
    spans = [span for span in found if text[span[0] : span[1]] != span[2]]
    parts, at = [], 0
    for start, stop, new in spans:
        parts += [text[at:start], new]
        at = stop
    return "".join([*parts, text[at:]]), spans
