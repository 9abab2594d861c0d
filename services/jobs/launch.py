"""Starting a worker as a process of its own, which lives on when its starter dies.

What is started is the keeper (`services.jobs.keeper`), which runs the worker, writes its end into the journal if the
worker could not, and starts the next job of the queue.
"""

import atexit
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from services.jobs.job import Job

Starter = Callable[[list[str], Path], None]
"""Starts (argument vector, working folder) detached; OSError if the program cannot be started."""

NO_WINDOW = 0
"""Creation flags of a process that shows no console and gets no Ctrl+C of ours; 0 outside Windows."""
if sys.platform == "win32":
    NO_WINDOW = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW

_children: list[subprocess.Popen[bytes]] = []  # kept so that ended ones are reaped and none is warned about


def _let_go() -> None:
    """At exit: they live on without us, which is no reason for a warning."""
    for child in _children:
        if child.poll() is None:
            child.returncode = 0


atexit.register(_let_go)


def engine_python() -> str:
    """The interpreter that has the training libraries: TUNESMITH_ENGINE_PYTHON, else the one we run in."""
    return os.environ.get("TUNESMITH_ENGINE_PYTHON") or _console_python(sys.executable)


def python_command(module: str, *arguments: str) -> list[str]:
    """Argument vector that runs a module of ours in the engine's interpreter.

    -P keeps the working folder (a project from anywhere) off the import path; UTF-8 whatever the system says.
    """
    return [engine_python(), "-P", "-X", "utf8", "-m", module, *arguments]


def keeper_command(job: Job) -> list[str]:
    """Argument vector of a job's keeper."""
    return python_command("services.jobs.keeper", str(job.folder))


def worker_command(job: Job) -> list[str]:
    """Argument vector of a job's worker."""
    return python_command(job.request.worker, str(job.folder))


def start_detached(arguments: list[str], folder: Path) -> None:
    """Start a process in a session of its own, without console and without our handles."""
    _children[:] = [child for child in _children if child.poll() is None]
    _children.append(
        subprocess.Popen(
            arguments,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=sys.platform != "win32",
            creationflags=NO_WINDOW,
            close_fds=True,
        )
    )


def _console_python(executable: str) -> str:
    path = Path(executable)
    if path.name.lower() == "pythonw.exe":  # a worker needs the streams that pythonw does not have
        return str(path.with_name("python.exe"))
    return executable
