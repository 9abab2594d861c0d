"""A refresh in a process of its own: `python -m services.datasets.findings.apart PATH`. One line of JSON for each step.

Looking at rows is Python and holds the interpreter; a million rows take minutes. In a process of its own the window
stays as quick as without it. It ends when its standard input is closed, so that none outlives the window.
"""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from services.datasets.errors import DatasetError
from services.datasets.findings.refresh import StoppedError, Told, refresh
from services.errors import TunesmithError
from services.i18n import N_

if sys.platform == "win32":
    _NO_WINDOW = subprocess.CREATE_NO_WINDOW
else:
    _NO_WINDOW = 0
_LOOK_S = 0.2


def refresh_apart(path: Path, told: Told) -> int:
    """As `refresh`, in another process. StoppedError if it was stopped; DatasetError as there, or if it died."""
    root = str(Path(__file__).resolve().parents[3])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH", ""))))
    process = subprocess.Popen(
        [sys.executable, "-m", "services.datasets.findings.apart", str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8"},
        creationflags=_NO_WINDOW,
    )
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process, told.stop, ended), daemon=True)
    watcher.start()
    outcome: dict[str, object] = {}
    assert process.stdout is not None and process.stdin is not None
    try:
        for line in process.stdout:
            outcome = _message(line)
            if "done" in outcome:
                told.progress(int(str(outcome["done"])), int(str(outcome["of"])))
    finally:
        ended.set()
        process.stdin.close()
        process.stdout.close()
        process.wait()
        watcher.join()
    if told.stop():
        raise StoppedError
    if "revision" in outcome:
        return int(str(outcome["revision"]))
    if "sentence" in outcome:
        values = outcome["values"]
        fields = values if isinstance(values, dict) else {}
        raise DatasetError(str(outcome["sentence"]), way_out=str(outcome["way_out"]), **fields)
    raise DatasetError(
        N_("The checks of {name} ended without a word."),
        way_out=N_("Open the data set again to repeat them."),
        name=path.stem,
    )


def _watch(process: "subprocess.Popen[str]", stop: Callable[[], bool], ended: threading.Event) -> None:
    while not ended.wait(_LOOK_S):
        if stop():
            process.terminate()
            return


def _message(line: str) -> dict[str, object]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def main(path: Path) -> None:
    """Refresh, telling each step on standard output."""
    gone = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        gone.set()

    threading.Thread(target=wait, daemon=True).start()

    def say(**what: object) -> None:
        sys.stdout.write(json.dumps(what, ensure_ascii=True, default=str) + "\n")
        sys.stdout.flush()

    try:
        say(revision=refresh(path, Told(gone.is_set, lambda done, of: say(done=done, of=of))))
    except StoppedError:
        say(stopped=True)
    except TunesmithError as error:
        say(sentence=error.message, way_out=error.way_out_message, values=error.values)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
