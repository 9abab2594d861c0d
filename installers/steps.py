"""How dev.py speaks and runs things: one line a step, one sentence a failure."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

_REASONS = (
    (
        r"No space left on device|Errno 28|disk full",
        "The disk is full. Free about 4 GB and run the same command again.",
    ),
    (
        r"(?i)do not match the hashes",
        "A downloaded package is not the one that was locked, so it was not installed. Run the same command again; "
        "if it stays so, your package index serves altered files.",
    ),
    (
        r"name resolution|Name or service not known|Network is unreachable|Connection (refused|reset|aborted|timed out)"
        r"|ConnectTimeout|ReadTimeout|Read timed out|ProxyError|NewConnectionError|getaddrinfo|Max retries exceeded",
        "The package index cannot be reached. Check the network (or the proxy) and run the same command again.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "The package index's certificate is not trusted here. Tell pip about your company's certificate (PIP_CERT) "
        "and run the same command again.",
    ),
    (
        r"No matching distribution found for (\S+)|Could not find a version that satisfies the requirement (\S+)",
        "The package index does not offer {0} for this Python ({python}) and machine.",
    ),
    (r"Permission denied", "A file or folder may not be written: {line}"),
)


class SetupError(Exception):
    """A failure that is the world's and not ours; its text is one sentence for the person."""


def explain(output: str) -> str | None:
    """The sentence for a failed pip or apt by what it printed, or None if that says nothing known."""
    for pattern, sentence in _REASONS:
        found = re.search(pattern, output)
        if found:
            name = next((group for group in found.groups() if group), "that package")
            line = next((text.strip() for text in output.splitlines() if found.group(0) in text), "")
            return sentence.format(name, python=sys.version.split()[0], line=line)
    return None


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Says what is being done, and how long it took."""
    print(f"  {title} ... ", end="", flush=True)
    begin = time.monotonic()
    try:
        yield
    except BaseException:
        print("failed", flush=True)
        raise
    print(f"{time.monotonic() - begin:.0f} s", flush=True)


def quietly(command: Sequence[str | Path], log: Path) -> str:
    """Run a command, its output into log. Returns its stdout; SetupError with a plain sentence if it fails."""
    argv = [str(part) for part in command]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace")
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"$ {' '.join(map(str, command))}\n{done.stdout}{done.stderr}\n")
    if done.returncode:
        lines = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.lower().startswith(("error", "e:"))]
        last = (errors or lines or [f"exit code {done.returncode}"])[-1]
        raise SetupError(explain(done.stdout + done.stderr) or f"{last} (the whole output is in {log})")
    return done.stdout


def shown(command: Sequence[str | Path], **environment: str) -> int:
    """Run a command in the repository with its output shown. Returns its exit code."""
    sys.stdout.flush()
    env = {**os.environ, "PYTHONUTF8": "1", **environment}
    try:
        return subprocess.run([str(part) for part in command], cwd=ROOT, env=env).returncode
    except KeyboardInterrupt:
        return 130
