"""What a check is, and what it answers."""

import functools
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import orjson

from services.hardware.nvidia import Answer, Runner, run_program
from services.registry import Registry

_LONGEST_S = 120
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
        self._slow = SlowRunner()
        self._run_engine = run_engine or self._slow

    def end(self) -> None:
        """Break off what still runs: nobody waits for the answers any more."""
        self._slow.end()

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


def beside_engine(machine: Machine, name: str) -> list[Path]:
    """Where a package may lie that is kept apart in the engine's environment: TUNESMITH_NAME, else its prefix."""
    chosen = os.environ.get(f"TUNESMITH_{name.upper()}")
    if chosen:
        return [Path(chosen)]
    return [up / name for up in list(Path(machine.engine.get("executable", "")).parents)[:2]]


class Check(Protocol):
    """A check: its title is N_-marked; `run` looks at the machine and changes nothing."""

    title: str

    def run(self, machine: Machine) -> Outcome:
        """Look, and say what was found."""


checks: Registry[type[Check]] = Registry("check")


class SlowRunner:
    """Like `run_program`, with the time that importing torch from a cold disk takes, and an end from another thread."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._ended = False

    def __call__(self, arguments: list[str]) -> Answer:
        """Run to the end, at most two minutes."""
        flags = 0
        if sys.platform == "win32":
            flags = subprocess.CREATE_NO_WINDOW
        try:
            self._process = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                creationflags=flags,
            )
        except OSError as error:
            return Answer(None, str(error))
        with self._process as process:
            if self._ended:
                process.kill()
            try:
                output, _ = process.communicate(timeout=_LONGEST_S)
            except subprocess.TimeoutExpired as error:
                process.kill()
                return Answer(None, str(error))
        return Answer(process.returncode, output.decode("utf-8", errors="replace"))

    def end(self) -> None:
        """Kill it, if it runs."""
        self._ended = True
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
