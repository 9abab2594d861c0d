"""Writes the hashed lock from pyproject.toml. Torch is left out: its build is chosen when it is installed."""

import argparse
import re
import shutil
import tempfile
from pathlib import Path

import environment
from steps import ROOT, quietly, say, step

_HEADER = """\
# Every package that Tunesmith needs, with its hashes, except torch (see installers/environment.py).
# Written by `python3 installers/dev.py lock` from pyproject.toml; do not edit by hand.
"""
_NEVER = re.compile(r"(torch==|triton==|nvidia-|cuda-)", re.IGNORECASE)
"""Belong to torch's CUDA builds, which come from torch's own index or not at all."""


def make(options: argparse.Namespace) -> int:
    """Resolve pyproject's engine and dev extras and write the lock. Versions stay unless --upgrade."""
    with tempfile.TemporaryDirectory() as folder, step(f"Resolving into {environment.LOCK.relative_to(ROOT)}"):
        draft = Path(folder) / "lock.txt"
        if environment.LOCK.exists():
            shutil.copy(environment.LOCK, draft)
        command = [environment.python(), "-m", "piptools", "compile", "--quiet", "--generate-hashes", "--strip-extras"]
        command += ["--extra", "engine", "--extra", "dev", "--unsafe-package", "torch", "--annotation-style", "line"]
        command += ["--no-emit-index-url", "--no-emit-find-links", "--no-emit-trusted-host", "--no-header"]
        command += ["--upgrade"] if options.upgrade else []
        quietly([*command, "--output-file", draft, "pyproject.toml"], environment.LOG)
        text = _HEADER + tidy(draft.read_text(encoding="utf-8"))
        environment.LOCK.write_text(text, encoding="utf-8", newline="\n")
    say(f"{len(pins(text))} packages")
    return 0


def tidy(text: str) -> str:
    """pip-compile's output without what belongs to torch and without remarks of its own."""
    text = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    blocks = re.split(r"\n(?=[A-Za-z0-9])", text.strip())
    return "\n".join(block.rstrip() for block in blocks if not _NEVER.match(block)) + "\n"


def pins(text: str) -> dict[str, str]:
    """Package -> version of a lock's text, names in their normal form."""
    found = re.findall(r"^([A-Za-z0-9][\w.\-]*)==([^\s\\;]+)", text, flags=re.MULTILINE)
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in found}
