"""How a person has arranged the columns of a grid: their order, which are hidden, which stay while others scroll."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

COUNTED = ""
"""Name that stands for the column of lengths, which the set itself does not have."""


@dataclass(frozen=True)
class ColumnLayout:
    """Columns by name, so that it outlives renaming others, adding and deleting. Frozen ones always stand first."""

    order: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    frozen: tuple[str, ...] = ()

    def places(self, columns: Sequence[str]) -> list[str]:
        """These columns in the order chosen; one that is new stands after its neighbour in the set."""
        if not self.order and not self.frozen:
            return list(columns)
        there = set(columns)
        known = [name for name in dict.fromkeys([*self.frozen, *self.order]) if name in there]
        placed = set(known)
        for number, name in enumerate(columns):
            if name not in placed:
                left = columns[number - 1] if number else None
                known.insert(known.index(left) + 1 if left in placed else number, name)
                placed.add(name)
        first = set(self.frozen)
        return [name for name in known if name in first] + [name for name in known if name not in first]

    def visible(self, columns: Sequence[str]) -> list[str]:
        """Those of them that are not hidden, in order."""
        return [name for name in self.places(columns) if name not in self.hidden]

    def arranged(self, names: Sequence[str]) -> "ColumnLayout":
        """In this order, as after a drag; frozen ones stay the first ones."""
        stay = tuple(name for name in names if name in self.frozen)
        return replace(self, order=tuple(names), frozen=stay)

    def moved(self, columns: Sequence[str], name: str, by: int) -> "ColumnLayout":
        """One column a place to the left (-1) or the right (1), over hidden ones; not out of the frozen ones."""
        names, shown = self.places(columns), self.visible(columns)
        if name not in shown or not 0 <= shown.index(name) + by < len(shown):
            return self
        other = shown[shown.index(name) + by]
        if (other in self.frozen) != (name in self.frozen):
            return self
        names.remove(name)
        names.insert(names.index(other) + (by > 0), name)
        return self.arranged(names)

    def without(self, columns: Sequence[str], name: str) -> "ColumnLayout":
        """One column hidden; never the last one."""
        if len(self.visible(columns)) < 2:
            return self
        return replace(self, hidden=self.hidden | {name})

    def with_all(self) -> "ColumnLayout":
        """None hidden."""
        return replace(self, hidden=frozenset())

    def with_one(self, name: str) -> "ColumnLayout":
        """One shown again."""
        return replace(self, hidden=self.hidden - {name})

    def frozen_with(self, columns: Sequence[str], name: str) -> "ColumnLayout":
        """One more column that stays, after those that do already."""
        return replace(self, order=tuple(self.places(columns)), frozen=(*self.frozen, name))

    def frozen_to(self, columns: Sequence[str], name: str) -> "ColumnLayout":
        """All columns up to this one stay."""
        names = self.places(columns)
        return replace(self, order=tuple(names), frozen=tuple(names[: names.index(name) + 1]))

    def unfrozen(self) -> "ColumnLayout":
        """None stays; the order is kept."""
        return replace(self, frozen=())

    def plain(self) -> dict[str, list[str]]:
        """As plain data."""
        return {"order": [*self.order], "hidden": sorted(self.hidden), "frozen": [*self.frozen]}

    @staticmethod
    def from_plain(data: Any) -> "ColumnLayout":
        """The inverse of `plain`; anything else is no layout."""
        lists = [data.get(key) if isinstance(data, dict) else None for key in ("order", "hidden", "frozen")]
        order, hidden, frozen = (
            [n for n in part if isinstance(n, str)] if isinstance(part, list) else [] for part in lists
        )
        return ColumnLayout(tuple(order), frozenset(hidden), tuple(frozen))
