"""What the health page does: runs the doctor's checks off the window's thread, hands on what is found as it comes."""

import platform
import queue
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.threads import Task, run_in_thread
from services import __version__
from services.hardware.checks import checks
from services.hardware.checks._check import Machine
from services.hardware.doctor import Finding, examining

if TYPE_CHECKING:
    from collections.abc import Iterable

_TICK_MS = 60
_MARKS = {"ok": "ok  ", "warn": "note", "bad": "BAD "}


@dataclass(frozen=True)
class Found:
    """A finding and when it was made (seconds since 1970)."""

    finding: Finding
    when: float


class HealthController(QObject):
    """The checks of this PC: what each found last, and which are being made."""

    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.found: dict[str, Found] = {}
        self.pending: set[str] = set()
        self._later: set[str] = set()
        self._arrived: queue.SimpleQueue[Finding] = queue.SimpleQueue()
        self._machine: Machine | None = None
        self._task: Task | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._take)

    @staticmethod
    def titles() -> dict[str, str]:
        """Check id -> N_-marked title, in the checks' order."""
        return {check_id: checks.get(check_id).title for check_id in checks.ids()}

    @property
    def busy(self) -> bool:
        """Whether checks are being made."""
        return self._task is not None

    def examine(self, ids: "Iterable[str] | None" = None) -> None:
        """Make all checks, or those of ids; after those that are being made, if some are."""
        asked = set(self.titles() if ids is None else ids)
        if self._task is not None:
            self._later |= asked
            return
        wanted = [i for i in self.titles() if i in asked]
        self.pending = set(wanted)
        machine = self._machine = Machine()  # what it remembers is asked anew

        def work() -> None:
            for finding in examining(wanted, machine):
                self._arrived.put(finding)

        self._task = run_in_thread(self, work, lambda _: self._over(), self._broken)
        self._timer.start()
        self.changed.emit()

    def end(self) -> None:
        """Nobody looks any more: break off what runs."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
        if self._machine is not None:
            self._machine.end()

    def report(self) -> str:
        """All findings as plain English text, for asking somebody; without the person's name."""
        head = f"Tunesmith {__version__}, Python {platform.python_version()}, {platform.platform()}"
        lines = []
        for check_id in self.titles():
            if check_id in self.found:
                plain = self.found[check_id].finding.plain()
                words = f"{_MARKS[plain['state']]}  {plain['title']}: {plain['sentence']} {plain['way_out']}"
                lines.append(words.rstrip())
        return nameless("\n".join([head, datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"), *lines])) + "\n"

    def _take(self) -> None:
        came = False
        now = datetime.now(UTC).timestamp()
        while not self._arrived.empty():
            finding = self._arrived.get()
            self.found[finding.id] = Found(finding, now)
            self.pending.discard(finding.id)
            came = True
        if came:
            self.changed.emit()

    def _over(self) -> None:
        self._timer.stop()
        self._task = None
        self._take()
        self.pending.clear()
        if self._later:
            later, self._later = self._later, set()
            self.examine(later)
        else:
            self.changed.emit()

    def _broken(self, error: Exception) -> None:
        self._over()
        self.failed.emit(error)


def nameless(text: str, home: Path | None = None) -> str:
    """The text with the person's home folder as '~' and their account's name as 'USER' wherever a path has it."""
    place = home if home is not None else Path.home()
    text = text.replace(str(place), "~")
    if len(place.parts) < 3:  # /root: no name is in it
        return text
    return re.sub(rf"(?<=[\\/]){re.escape(place.name)}(?=[\\/]|$)", "USER", text, flags=re.MULTILINE)
