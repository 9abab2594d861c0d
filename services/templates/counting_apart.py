"""Counting in a process of its own, so that a window with a large data set stays as quick as without it."""

import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from services.datasets.lengths import LengthTable
from services.datasets.store import DatasetStore
from services.i18n import N_
from services.templates.counting import Count, Progress, count_lengths, known_lengths
from services.templates.errors import TemplateError
from services.templates.template import Template

APART_OVER = 3000
"""Rows to be counted; fewer are counted where one is, which is over before a process has started."""
_LOOK_S = 0.2
_MOST = 4  # processes: each has a tokenizer and a sandbox beside it


def count_kindly(
    count: Count, template: Template, stop: threading.Event, progress: Progress = lambda done, todo: None
) -> LengthTable | None:
    """As `count_lengths`, apart if there is much to count. TemplateError if that process died."""
    with DatasetStore.open(Path(count.dataset), read_only=True) as store:
        _, missing = known_lengths(count, template, store)
    if missing <= APART_OVER:
        return count_lengths(count, template, stop, progress)
    problem = _run_all(count, missing, stop, progress)
    if stop.is_set():
        return None
    if problem:
        raise TemplateError(
            N_("The tokens of {name} could not be counted: {reason}"),
            way_out=N_("Try again; what was counted is kept."),
            name=Path(count.dataset).stem,
            reason=problem,
        )
    return count_lengths(count, template, stop)  # what was edited meanwhile


def _run_all(count: Count, missing: int, stop: threading.Event, progress: Progress) -> str:
    """Run several programs side by side, each over its part of the rows; what went wrong, '' for nothing."""
    parts = max(1, min(_MOST, (os.cpu_count() or 2) // 2, missing // APART_OVER))
    done = [0] * parts
    guard = threading.Lock()

    def one(number: int) -> str:
        def tell(so_far: int, _: int) -> None:
            with guard:
                done[number] = so_far
                progress(sum(done), missing)

        return _run(replace(count, part=(number, parts)), stop, tell)

    with ThreadPoolExecutor(parts, "counting") as pool:
        return next(filter(None, pool.map(one, range(parts))), "")


def _run(count: Count, stop: threading.Event, progress: Progress) -> str:
    """Run the program to its end; what it said went wrong, '' for nothing."""
    root = str(Path(__file__).resolve().parents[2])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    process = subprocess.Popen(
        [sys.executable, "-X", "utf8", "-m", "services.templates.counting"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": paths},
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert process.stdin is not None and process.stdout is not None
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process, stop, ended), daemon=True)
    watcher.start()
    problem = ""
    try:
        process.stdin.write(count.text() + "\n")
        process.stdin.flush()
        for line in process.stdout:
            said = json.loads(line)
            problem = str(said.get("error", problem))
            if "done" in said:
                progress(int(said["done"]), int(said["todo"]))
    except (OSError, ValueError) as error:
        problem = str(error)
    finally:
        ended.set()
        process.stdin.close()
        process.stdout.close()
        process.wait()
        watcher.join()
    return problem or ("" if process.returncode == 0 else f"exit {process.returncode}")


def _watch(process: "subprocess.Popen[str]", stop: threading.Event, ended: threading.Event) -> None:
    while not ended.wait(_LOOK_S):
        if stop.is_set():
            process.terminate()
            return
