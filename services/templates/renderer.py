"""Renders chat templates in a killable process that is kept warm, whole batches at a time."""

import atexit
import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jinja2
import markupsafe
import psutil

from services.templates import sandbox
from services.templates.errors import TemplateError, from_sandbox, too_big, too_slow

TIME_LIMIT_S = 1.5
"""Processor seconds that one row may take; an honest template takes under a millisecond."""
MEMORY_LIMIT_BYTES = 640 * 1024 * 1024
PREVIEW_LIMIT_S = 0.5
"""The same while a person edits: with the clock's last word it is over in less than a second."""
_CHUNK = 128
_GRACE_S = 0.2
"""Seconds after its limit at which a row that does not end itself, and say where it was, is ended."""
_KILLS = 2
_PATIENCE = 2
"""How many times its limit a row may take by the clock, on a machine that is busy with other things."""
_POLL_S = 0.05
_START_S = 30.0
"""Seconds a cold start of the process may take on a busy machine, beside the row's own limit."""


class Renderer:
    """One sandbox process. Safe to share between threads; started at first use, restarted after a kill."""

    def __init__(self, memory_limit_bytes: int = MEMORY_LIMIT_BYTES, patience: float = _PATIENCE) -> None:
        self._memory_limit_bytes = memory_limit_bytes
        self._patience = patience
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._answers: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._warm = False

    def run(
        self, template: str, mode: str, rows: Sequence[dict[str, Any]], *, time_limit_s: float = TIME_LIMIT_S
    ) -> Iterator[dict[str, Any] | TemplateError]:
        """One answer a row, in order: a dict (see sandbox.answer) or the TemplateError of that row.

        template: Jinja source. mode: 'text' or 'layout'. rows: {"messages", "tools", "names", ...}, plain JSON data.
        After _KILLS rows that hang or grow, the rest is given the last one's error without being tried.
        """
        at, kills = 0, 0
        while at < len(rows):
            chunk = rows[at : at + _CHUNK]
            with self._lock:
                answers, killed = self._ask(template, mode, chunk, time_limit_s)
            yield from answers
            at += len(answers)
            kills += killed
            if kills >= _KILLS:
                yield from [answers[-1]] * (len(rows) - at)
                return

    def one(
        self, template: str, mode: str, row: dict[str, Any], *, time_limit_s: float = TIME_LIMIT_S
    ) -> dict[str, Any]:
        """The answer for a single row. Raises its TemplateError."""
        (answer,) = self.run(template, mode, [row], time_limit_s=time_limit_s)
        if isinstance(answer, TemplateError):
            raise answer
        return answer

    def check(self, template: str, *, time_limit_s: float = TIME_LIMIT_S) -> None:
        """Raise the TemplateError, with its line, of a text that is no Jinja."""
        self.one(template, "check", {"messages": [], "names": {}}, time_limit_s=time_limit_s)

    def warm(self) -> None:
        """Start the process, so that the next template waits for nothing."""
        with self._lock:
            self._started()

    def _ask(
        self, template: str, mode: str, chunk: Sequence[dict[str, Any]], time_limit_s: float
    ) -> tuple[list[dict[str, Any] | TemplateError], bool]:
        process = self._started()
        answers: list[dict[str, Any] | TemplateError] = []
        request = {"template": template, "mode": mode, "limits_s": [time_limit_s, self._patience * time_limit_s]}
        try:
            # The process is idle, so it reads all of this before it writes: neither side can block the other.
            sandbox.write_frame(process.stdin, {**request, "rows": list(chunk)})  # type: ignore[arg-type]
        except OSError:
            self.close()
            return [too_big()], True
        for _ in chunk:
            answer = self._next(process, time_limit_s)
            if not isinstance(answer, TemplateError) and answer.get("error") == "slow":  # it has ended itself
                answer = too_slow(time_limit_s, answer.get("line"))
            if isinstance(answer, TemplateError):
                self.close()
                return [*answers, answer], True
            answers.append(from_sandbox(answer) if "error" in answer else answer)
        return answers, False

    def _next(self, process: subprocess.Popen[bytes], time_limit_s: float) -> dict[str, Any] | TemplateError:
        # A template cannot sleep, so processor time tells a slow one from a busy machine; the clock is the last word.
        began = time.monotonic()
        allowed_s = self._patience * time_limit_s + _GRACE_S + (0.0 if self._warm else _START_S)
        before_s: float | None = None
        while True:
            try:
                answer = self._answers.get(timeout=_POLL_S)
            except queue.Empty:
                used_s, resident = self._usage(process)
                before_s = used_s if before_s is None or not self._warm else before_s
                if resident > self._memory_limit_bytes:
                    return too_big()
                if used_s - before_s > time_limit_s + _GRACE_S or time.monotonic() - began > allowed_s:
                    return too_slow(time_limit_s)
                continue
            if answer is None:  # the process died; nothing but memory kills it
                return too_big()
            if answer == "ready":
                self._warm = True
                began, allowed_s = time.monotonic(), self._patience * time_limit_s + _GRACE_S
                continue
            return answer

    def _usage(self, process: subprocess.Popen[bytes]) -> tuple[float, int]:
        """Processor seconds and resident bytes of the process."""
        with contextlib.suppress(psutil.Error):
            its = psutil.Process(process.pid)
            times = its.cpu_times()
            return times.user + times.system, int(its.memory_info().rss)
        return 0.0, 0

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        paths = sorted({str(Path(str(module.__file__)).parent.parent) for module in (jinja2, markupsafe)})
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-I",
                "-X",
                "utf8",
                sandbox.__file__,
                sandbox.json.dumps(paths),
                str(self._memory_limit_bytes),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={name: os.environ[name] for name in ("SYSTEMROOT", "TZ", "LANG", "LC_ALL") if name in os.environ},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._answers = queue.SimpleQueue()
        self._warm = False
        threading.Thread(
            target=_pump, args=(self._process.stdout, self._answers), name="template-sandbox", daemon=True
        ).start()
        return self._process

    def close(self) -> None:
        """End the process; the next call starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _pump(stream: Any, answers: "queue.SimpleQueue[Any]") -> None:
    try:
        while True:
            answers.put(sandbox.read_frame(stream))
    except (EOFError, OSError, ValueError):
        answers.put(None)


_shared: Renderer | None = None
_preview: Renderer | None = None
_shared_lock = threading.Lock()


def shared() -> Renderer:
    """The renderer of this process."""
    global _shared
    with _shared_lock:
        if _shared is None:
            _shared = Renderer()
            atexit.register(_shared.close)
        return _shared


def preview() -> Renderer:
    """The renderer of the template that a person is writing: it keeps nobody else waiting when it is stopped."""
    global _preview
    with _shared_lock:
        if _preview is None:
            _preview = Renderer(patience=1.5)
            atexit.register(_preview.close)
        return _preview
