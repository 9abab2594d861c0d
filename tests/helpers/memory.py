"""Memory of this process that no file backs, watched by a thread. Linux only."""

import re
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self


def anonymous_bytes() -> int:
    """RssAnon of this process."""
    found = re.search(r"RssAnon:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    assert found is not None
    return int(found[1]) * 1024


class Peak:
    """Watches anonymous memory for the length of a block."""

    def __init__(self, every_s: float = 0.002) -> None:
        self._every_s = every_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.start = self.most = anonymous_bytes()

    def above_start_bytes(self) -> int:
        """The most so far, above what there was at the start."""
        self.most = max(self.most, anonymous_bytes())
        return self.most - self.start

    def __enter__(self) -> Self:
        self.start = self.most = anonymous_bytes()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._stop.is_set():
            self.most = max(self.most, anonymous_bytes())
            time.sleep(self._every_s)
