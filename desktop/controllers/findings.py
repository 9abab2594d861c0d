"""What is doubtful in a data set, by kind. Looked for in a thread that can be stopped."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services.datasets.lint import Finding, checks, lint
from services.datasets.store import DatasetStore
from services.i18n import tr

_LISTED = 5000  # findings kept one by one; beyond that they are only counted
_TELL_EVERY = 5000  # rows
_BREATHE_EVERY = 100  # rows


class StoppedError(Exception):
    """The page has gone, or the rows have changed meanwhile."""


@dataclass(frozen=True)
class FindingGroup:
    """Findings of one kind. first: those that are listed; fixes: how many of them the program can mend."""

    check: str
    count: int
    first: list[Finding]
    blocks: bool

    @property
    def title(self) -> str:
        """Its name in the language in use."""
        if self.check in checks:
            return tr(checks.get(self.check).title)
        problem = self.first[0].problem
        return tr(problem.sentence, **problem.values)

    @property
    def fixes(self) -> int:
        """How many of the listed ones can be mended by the program."""
        return sum(finding.fix is not None for finding in self.first)

    @property
    def size(self) -> int:
        """Cells and rows that mending changes."""
        return sum(len(f.fix.cells) + len(f.fix.delete) for f in self.first if f.fix is not None)


def find(path: Path, stop: threading.Event, tell: Callable[[int], None]) -> list[FindingGroup]:
    """All findings of the set at path by kind, those that block first. tell: how many rows were looked at, now and
    then. Raises StoppedError, or TunesmithError if the file cannot be read."""
    counts: Counter[str] = Counter()
    listed: dict[str, list[Finding]] = {}

    def on_row(number: int) -> None:
        if stop.is_set():
            raise StoppedError
        if number % _BREATHE_EVERY == 0:
            time.sleep(0.0005)  # lets the window's thread have the interpreter at once
        if number % _TELL_EVERY == 0:
            tell(number)

    with DatasetStore.open(path, read_only=True) as store:
        for finding in lint(store, on_row=on_row):
            counts[finding.check] += 1
            kept = listed.setdefault(finding.check, [])
            if len(kept) < _LISTED:
                kept.append(finding)
    groups = [
        FindingGroup(check, counts[check], found, any(f.problem.blocks for f in found))
        for check, found in listed.items()
    ]
    return sorted(groups, key=lambda g: (not g.blocks, -g.count))
