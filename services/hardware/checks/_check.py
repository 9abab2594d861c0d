"""What a check is, and what it answers."""

import functools
import sys
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import orjson

from services.hardware.nvidia import Answer, Runner, run_program
from services.registry import Registry

State = Literal["ok", "warn", "bad"]
_ENGINE_QUESTION = """
import importlib.metadata as m, json, sys
out = {"python": sys.version.split()[0], "executable": sys.executable, "packages": {}}
for name in ("tunesmith", "torch", "transformers", "peft", "trl", "datasets", "bitsandbytes", "xllamacpp"):
    try:
        out["packages"][name] = m.version(name)
    except m.PackageNotFoundError:
        pass
try:
    import torch
    out["cuda"] = torch.version.cuda
    out["cuda_available"] = torch.cuda.is_available()
    out["cards"] = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())]
except Exception as error:  # whatever a broken installation raises is the answer
    out["torch_error"] = f"{type(error).__name__}: {error}"
print("TUNESMITH " + json.dumps(out))
"""


@dataclass(frozen=True)
class Outcome:
    """What a check found. sentence, way_out: N_-marked English with {fields} of values.

    action: id of the window's command that mends it, "" if the program cannot; the health page draws it as a button.
    """

    state: State
    sentence: str
    way_out: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    action: str = ""


def ok(sentence: str, **values: Any) -> Outcome:
    """All is well."""
    return Outcome("ok", sentence, "", values)


def warn(sentence: str, way_out: str, *, action: str = "", **values: Any) -> Outcome:
    """It works, but something is worth mending."""
    return Outcome("warn", sentence, way_out, values, action)


def bad(sentence: str, way_out: str, *, action: str = "", **values: Any) -> Outcome:
    """Something will not work until it is mended."""
    return Outcome("bad", sentence, way_out, values, action)


class Machine:
    """What checks ask of the machine; answers that several need are asked for once. Tests give another runner."""

    def __init__(self, run: Runner = run_program, run_engine: Runner | None = None) -> None:
        self.run = run
        self._run_engine = run_engine or _run_slowly

    @functools.cached_property
    def engine(self) -> dict[str, Any]:
        """What the engine's interpreter says of itself; {'error': text} if it cannot be asked."""
        from services.jobs.launch import engine_python

        answer = self._run_engine([engine_python(), "-P", "-X", "utf8", "-c", _ENGINE_QUESTION])
        for line in answer.output.splitlines():
            if line.startswith("TUNESMITH "):
                found = orjson.loads(line.removeprefix("TUNESMITH "))
                return dict(found)
        return {"error": answer.output.strip()[-300:] or "no answer", "executable": engine_python()}


class Check(Protocol):
    """A check: its title is N_-marked; `run` looks at the machine and changes nothing."""

    title: str

    def run(self, machine: Machine) -> Outcome:
        """Look, and say what was found."""


checks: Registry[type[Check]] = Registry("check")


def _run_slowly(arguments: list[str]) -> Answer:
    """Like `run_program`, with the time that importing torch from a cold disk takes."""
    import subprocess

    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=120,
            creationflags=flags,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Answer(None, str(error))
    return Answer(done.returncode, done.stdout.decode("utf-8", errors="replace"))
