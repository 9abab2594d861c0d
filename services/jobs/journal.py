"""The journal: an append-only file of events, one JSON object a line.

A writer appends whole lines. A reader that meets a half-written last line waits for its end; a line in the middle
that is not an event is skipped and named as a finding, and the rest is read.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec

from services.jobs.events import AnyEvent, Event, decoder, encode

_CHUNK = 1 << 20  # bytes


@dataclass(frozen=True)
class JournalFinding:
    """A line that could not be read. offset: bytes from the start of the file."""

    offset: int
    reason: str


class JournalWriter:
    """Appends events. One writer a job: the worker that holds the job's lock."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._half = False  # the last line was cut short (a full drive): the next one begins anew
        size = self._file.seek(0, os.SEEK_END)
        if size:
            with path.open("rb") as reader:
                reader.seek(size - 1)
                if reader.read(1) != b"\n":  # the last writer died in mid-line: close its line
                    self._file.write(b"\n")

    def append(self, event: Event, *, durable: bool = False) -> None:
        """Write one event as one line in one call. durable: on disk before this returns. OSError on a full drive."""
        line = (b"\n" if self._half else b"") + encode(event) + b"\n"
        while line:
            taken = self._file.write(line) or 0  # a drive that is nearly full takes a part and says so next time
            self._half = taken < len(line)
            line = line[taken:]
        if durable:
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; further appends raise ValueError."""
        self._file.close()


class JournalTail:
    """Reads a journal from a byte offset on, as often as asked."""

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset
        self.findings: list[JournalFinding] = []

    def read(self, limit_bytes: int = 1 << 62) -> list[AnyEvent]:
        """Events appended since the last call, at most about limit_bytes of them. A missing file has none."""
        events: list[AnyEvent] = []
        try:
            file = self.path.open("rb")
        except FileNotFoundError:
            return events
        with file:
            file.seek(0, os.SEEK_END)
            if file.tell() < self.offset:  # replaced by a shorter file: read it anew
                self.offset = 0
            file.seek(self.offset)
            taken = 0
            while taken < limit_bytes:
                data = file.read(_CHUNK)
                end = data.rfind(b"\n") + 1
                while end == 0 and data:  # a line longer than a chunk
                    more = file.read(_CHUNK)
                    if not more:
                        break
                    data += more
                    end = data.rfind(b"\n") + 1
                if end == 0:
                    break
                events += self._decode(data[:end])
                self.offset += end
                taken += end
                file.seek(self.offset)
        return events

    def _decode(self, lines: bytes) -> list[AnyEvent]:
        try:
            return decoder.decode_lines(lines)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            pass
        events: list[AnyEvent] = []
        offset = self.offset
        for line in lines.split(b"\n"):
            if line.strip():
                try:
                    events.append(decoder.decode(line))
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    self.findings.append(JournalFinding(offset, str(error)))
            offset += len(line) + 1
        return events


def read_journal(path: Path) -> list[AnyEvent]:
    """All events of a journal, oldest first."""
    return JournalTail(path).read()
