"""The program that renders chat templates, run as a process of its own: `python -I sandbox.py PATHS LIMIT_BYTES`.

A chat template comes with a model and is hostile input. Jinja's sandbox keeps it from files and attributes, but not
from looping for ever or eating all memory, so it runs here: a watching thread ends this process when a row takes too
long, saying in which line; the parent kills it where even that does not help; and it may take only LIMIT_BYTES.
Nothing of the project is imported; it reads requests from standard input and writes one answer a row to standard
output, both as a 4-byte little-endian length and JSON.

The names a template finds (raise_exception, strftime_now, tojson, the generation tag, loop controls, trimmed blocks)
are those that transformers' apply_chat_template offers; templates are written for them.
"""

import json
import os
import struct
import sys
import threading
import time
from datetime import datetime
from typing import Any, BinaryIO

if __name__ == "__main__":
    sys.path[:0] = json.loads(sys.argv[1])

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment

OUTPUT_LIMIT = 64 * 1024 * 1024
"""Characters one row may render to."""


class _Generation(Extension):
    """`{% generation %} ... {% endgeneration %}`: what the model is to write. Its text is framed, then found again."""

    tags = {"generation"}
    OPEN, CLOSE = "\ufdd4", "\ufdd5"  # non-characters: no text holds them

    def parse(self, parser: Any) -> nodes.Node:
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return nodes.CallBlock(self.call_method("_frame"), [], [], body).set_lineno(line)

    def _frame(self, caller: Any) -> str:
        return f"{self.OPEN}{caller()}{self.CLOSE}"


class _Namespace(jinja2.utils.Namespace):
    """namespace() whose fields may not begin with an underscore, so that none reaches into Python."""

    def __init__(*args: Any, **kwargs: Any) -> None:
        self, args = args[0], args[1:]
        fields = dict(*args, **kwargs)
        for name in fields:
            _refuse_underscore(name)
        jinja2.utils.Namespace.__init__(self, fields)

    def __setitem__(self, name: str, value: Any) -> None:
        _refuse_underscore(name)
        super().__setitem__(name, value)


def _refuse_underscore(name: Any) -> None:
    if isinstance(name, str) and name.startswith("_"):
        raise jinja2.exceptions.SecurityError(f"a namespace field may not be called {name!r}")


def _raise_exception(message: str) -> None:
    raise TemplateSaysNo(str(message))


class TemplateSaysNo(Exception):
    """The template called raise_exception: this conversation does not suit it."""


def environment() -> ImmutableSandboxedEnvironment:
    """A sandbox with the names that templates of models expect."""
    env = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[_Generation, loopcontrols])

    def tojson(
        x: Any, ensure_ascii: bool = False, indent: Any = None, separators: Any = None, sort_keys: bool = False
    ) -> str:
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = _raise_exception
    env.globals["strftime_now"] = lambda form: datetime.now().strftime(form)
    env.globals["dict"] = lambda *args, **kwargs: dict(*args, **kwargs)
    env.globals["namespace"] = _Namespace
    return env


class Rows:
    """Renders rows of one template."""

    def __init__(self, source: str, env: ImmutableSandboxedEnvironment) -> None:
        self.template = env.from_string(source)
        self.has_generation = "endgeneration" in source

    def framed(self, row: dict[str, Any], upto: int | None = None, prompt: bool = False) -> str:
        """Text of the first `upto` messages (all if None), generation frames still in it."""
        messages = row["messages"] if upto is None else row["messages"][:upto]
        text = self.template.render(
            messages=messages, tools=row.get("tools"), documents=None, add_generation_prompt=prompt, **row["names"]
        )
        if len(text) > OUTPUT_LIMIT:
            raise MemoryError
        return text

    def text(self, row: dict[str, Any], upto: int | None = None, prompt: bool = False) -> str:
        """Text of the first `upto` messages, plain."""
        text = self.framed(row, upto, prompt)
        return text.replace(_Generation.OPEN, "").replace(_Generation.CLOSE, "") if self.has_generation else text

    def layout(self, row: dict[str, Any]) -> dict[str, Any]:
        """Text of the whole row and where the answers in it lie.

        Returns {"text", "spans": [[start, end, message]], "alone": [message]}: half-open in characters. A span runs
        from where the prompt for that answer ends to where the next turn begins. `alone` are answers that read
        differently in the whole row than when they were last (the template drops earlier thoughts, say): each must be
        rendered as the last turn of a row of its own. "short": answers whose prompt is no prefix of their text.
        """
        framed = self.framed(row)
        spans, alone, short = [], [], []
        text, frames = unframe(framed) if self.has_generation else (framed, [])
        if frames and row.get("generation", True):
            return {"text": text, "spans": self._owners(row, frames), "alone": [], "short": []}
        last = len(row["messages"]) - 1
        for index in row["answers"]:
            prompt = self.text(row, index, prompt=True)
            ended = text if index == last else self.text(row, index + 1)
            if not text.startswith(ended):
                alone.append(index)
                continue
            start = common_prefix(prompt, ended)
            if start < len(prompt):
                short.append(index)
            spans.append([start, len(ended), index])
        return {"text": text, "spans": spans, "alone": alone, "short": short}

    def _owners(self, row: dict[str, Any], frames: list[list[int]]) -> list[list[int]]:
        answers = [i for i, m in enumerate(row["messages"]) if m.get("role") == "assistant"]
        if len(frames) == len(answers):
            return [[start, end, owner] for (start, end), owner in zip(frames, answers, strict=True)]
        ends = [len(self.text(row, i + 1)) for i in answers]
        return [
            [s, e, next((a for a, end in zip(answers, ends, strict=True) if e <= end), answers[-1])] for s, e in frames
        ]


def unframe(framed: str) -> tuple[str, list[list[int]]]:
    """Plain text of a framed one, and the framed places in it, half-open in characters."""
    out: list[str] = []
    frames: list[list[int]] = []
    length = 0
    for i, part in enumerate(framed.split(_Generation.OPEN)):
        inside, _, after = part.partition(_Generation.CLOSE) if i else ("", "", part)
        if inside:
            frames.append([length, length + len(inside)])
        out += [inside, after]
        length += len(inside) + len(after)
    return "".join(out), frames


def common_prefix(one: str, other: str) -> int:
    """How many characters two texts share at their start."""
    if other.startswith(one):
        return len(one)
    size = min(len(one), len(other))
    return next((i for i in range(size) if one[i] != other[i]), size)


def answer(rows: Rows, row: dict[str, Any], mode: str) -> dict[str, Any]:
    """The answer for one row: its text or layout, or what went wrong and at which message."""
    try:
        if mode == "check":  # it compiled: that is all
            return {"text": ""}
        if mode == "layout":
            return rows.layout(row)
        return {"text": rows.text(row, prompt=bool(row.get("prompt")))}
    except MemoryError as error:
        return {"error": "memory", "message": "", "line": _line(error)}
    except Exception as error:  # noqa: BLE001 - whatever a foreign template raises is the template's fault
        return {**problem(error), **(_culprit(rows, row) if isinstance(error, TemplateSaysNo) else {})}


def _culprit(rows: Rows, row: dict[str, Any]) -> dict[str, Any]:
    """The first message that the template refuses when the row is built up message by message.

    Returns {"turn": its place, the system message not counted} or {"system": True}; {} if no single one is refused.
    """
    messages = row["messages"]
    system = bool(messages) and messages[0].get("role") == "system"
    for upto in range(1, len(messages) + 1):
        try:
            rows.text(row, upto)
        except TemplateSaysNo:
            return {"system": True} if system and upto == 1 else {"turn": upto - 1 - system}
        except Exception:  # noqa: BLE001 - any other fault of the template says nothing about the message
            return {}
    return {}


def problem(error: Exception) -> dict[str, Any]:
    """An error as data. kinds: refused (raise_exception), unsafe, syntax, failed."""
    line = getattr(error, "lineno", None) or _line(error)
    if isinstance(error, TemplateSaysNo):
        kind = "refused"
    elif isinstance(error, jinja2.exceptions.SecurityError):
        kind = "unsafe"
    elif isinstance(error, jinja2.exceptions.TemplateSyntaxError):
        kind = "syntax"
    else:
        kind = "failed"
    return {"error": kind, "message": str(error) or type(error).__name__, "line": line}


def _line(error: Exception) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<template>":
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


def limit_memory(limit_bytes: int) -> None:
    """Keep this process under limit_bytes: RLIMIT_AS on POSIX, a job object on Windows. The parent watches as well."""
    if sys.platform != "win32":
        import resource

        try:
            resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))
        except (ValueError, OSError):  # macOS refuses; the parent's watch is left
            return
        return
    import ctypes
    from ctypes import wintypes

    # JOBOBJECT_EXTENDED_LIMIT_INFORMATION; only LimitFlags and ProcessMemoryLimit are set.
    class Basic(ctypes.Structure):
        _fields_ = [
            ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
            ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        ]

    class Extended(ctypes.Structure):
        _fields_ = [
            ("BasicLimitInformation", Basic),
            ("IoInfo", ctypes.c_ulonglong * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        ]

    process_memory, extended_limits = 0x100, 9
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    kernel.GetCurrentProcess.restype = wintypes.HANDLE
    kernel.SetInformationJobObject.argtypes = [wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD]
    kernel.AssignProcessToJobObject.argtypes = [wintypes.HANDLE, wintypes.HANDLE]
    limits = Extended()
    limits.BasicLimitInformation.LimitFlags = process_memory
    limits.ProcessMemoryLimit = limit_bytes
    job = kernel.CreateJobObjectW(None, None)
    kernel.SetInformationJobObject(job, extended_limits, ctypes.byref(limits), ctypes.sizeof(limits))
    kernel.AssignProcessToJobObject(job, kernel.GetCurrentProcess())


def read_frame(stream: BinaryIO) -> Any:
    """The next message of a stream; EOFError at its end."""
    head = stream.read(4)
    if len(head) < 4:
        raise EOFError
    return json.loads(stream.read(struct.unpack("<I", head)[0]))


def write_frame(stream: BinaryIO, data: Any) -> None:
    """Write a message and flush."""
    body = json.dumps(data).encode("ascii")
    stream.write(struct.pack("<I", len(body)) + body)
    stream.flush()


class Watch(threading.Thread):
    """Ends the process when a row takes longer than it may, and says where it was then.

    A loop of Jinja gives other threads their turn; what does not (one huge power) is left to the parent.
    """

    _EVERY_S = 0.02

    def __init__(self, sink: BinaryIO) -> None:
        super().__init__(name="watch", daemon=True)
        self._sink = sink
        self._writing = threading.Lock()
        self._asked = threading.Event()
        self._main = threading.get_ident()
        self._until_s: tuple[float, float] | None = None  # processor seconds of the process, and the clock
        self.rows: Rows | None = None

    def begin(self, limits_s: list[float] | None) -> None:
        """A row begins, which may take so many processor seconds, and so many by the clock."""
        if limits_s is not None:
            self._until_s = (time.process_time() + limits_s[0], time.monotonic() + limits_s[1])
            self._asked.set()

    def rest(self) -> None:
        """No row is under way."""
        self._until_s = None
        self._asked.clear()

    def write(self, data: Any) -> None:
        """Write an answer, unless the process is just being ended."""
        with self._writing:
            write_frame(self._sink, data)

    def run(self) -> None:
        while True:
            self._asked.wait()
            until_s = self._until_s
            if until_s is not None and (time.process_time() > until_s[0] or time.monotonic() > until_s[1]):
                with self._writing:
                    if self._until_s is not until_s:  # it has just ended by itself
                        continue
                    write_frame(self._sink, {"error": "slow", "message": "", "line": self._place()})
                    os._exit(3)
            time.sleep(self._EVERY_S)

    def _place(self) -> int | None:
        """The line of the template that is running."""
        frame = sys._current_frames().get(self._main)
        while frame is not None and self.rows is not None:
            if frame.f_code.co_filename == "<template>":
                return self.rows.template.get_corresponding_lineno(frame.f_lineno)
            frame = frame.f_back
        return None


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer requests {"template", "mode", "rows", "limits_s"} until the source ends: one message a row."""
    env = environment()
    compiled: dict[str, Rows] = {}
    watch = Watch(sink)
    watch.start()
    while True:
        watch.rest()
        try:
            request = read_frame(source)
        except EOFError:
            return
        template, limits_s = request["template"], request.get("limits_s")
        watch.rows = None
        watch.begin(limits_s)
        try:
            rows = compiled.get(template)
            if rows is None:
                if len(compiled) > 32:
                    compiled.clear()
                rows = compiled[template] = Rows(template, env)
        except Exception as error:  # noqa: BLE001 - a template that does not compile, in whatever way
            for _ in request["rows"]:
                watch.write(problem(error))
            continue
        watch.rows = rows
        for row in request["rows"]:
            watch.begin(limits_s)
            try:
                watch.write(answer(rows, row, request["mode"]))
            except MemoryError:
                watch.write({"error": "memory", "message": ""})


if __name__ == "__main__":
    limit_memory(int(sys.argv[2]))
    write_frame(sys.stdout.buffer, "ready")
    serve(sys.stdin.buffer, sys.stdout.buffer)
